import type { Logger } from '../log/logger.ts';
import type { VersionCell, VersionCells } from '../truth/version-cells.ts';
import { fileStamp, loadZone } from './load-zone.ts';
import type { FileStamp, LoadedZone } from './load-zone.ts';
import type { Zone } from './zone.ts';

/** What is read, and how. */
export interface FollowedZoneSettings {
  readonly origin: string;
  /** Absolute. */
  readonly path: string;
  /** A changed file counts whatever its serial; else only one with another serial does. */
  readonly byTime: boolean;
  readonly cells: VersionCells;
  readonly log: Logger;
}

/**
 * A zone that is kept like its file. It is undefined until the file was read; from then on what was last read well
 * stays true.
 */
export class FollowedZone {
  readonly origin: string;
  readonly path: string;
  /** Changes when the zone does. */
  readonly cell: VersionCell;
  zone: Zone | undefined;
  readonly #settings: FollowedZoneSettings;
  /** The files of the last attempt, so that one that is wrong is not read again before it changes. */
  #files: readonly FileStamp[] = [];
  /** Of the files that the zone was made from. */
  #content = '';
  /** Times are coarse: what is written twice in one instant shows the same, so a changed file is read once more. */
  #settled = false;
  #looking: Promise<boolean> | undefined;
  #stopped = false;
  /** What was last said about a file that cannot be read. */
  #problem = '';

  constructor(settings: FollowedZoneSettings) {
    this.origin = settings.origin;
    this.path = settings.path;
    this.cell = settings.cells.allocate();
    this.#settings = settings;
  }

  /**
   * Reads the zone for the first time.
   * @throws ZoneFileError when the text is wrong; the system's error when the file cannot be read
   */
  async begin(): Promise<void> {
    this.#take(await this.#load());
  }

  /** Looks whether the files have changed, and reads them if so; errors are logged. Resolves to whether it changed. */
  look(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#report((error as Error).message))
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Every answer that was made from the zone ends. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#settings.cells.release(this.cell);
  }

  async #look(): Promise<boolean> {
    const changed = await this.#filesChanged();
    if (!changed && this.#settled) return false;
    this.#settled = !changed;
    const loaded = await this.#load();
    if (this.#stopped || this.#isServed(loaded)) return false;
    this.#take(loaded);
    this.#settings.log.info(
      `Successfully reloaded zone "${this.origin}" in "${this.path}" with ${loaded.zone.serial} SOA serial`,
    );
    return true;
  }

  /** Whether the zone is the same, or says by its serial that it is. */
  #isServed({ zone, files }: LoadedZone): boolean {
    const content = contentOf(files);
    if (this.zone === undefined) return false;
    if (content === this.#content) {
      this.#problem = '';
      return true;
    }
    if (this.#settings.byTime || zone.serial !== this.zone.serial) return false;
    this.#report(`its content has changed, but its SOA serial is still ${zone.serial}`);
    return true;
  }

  async #load(): Promise<LoadedZone> {
    const files: FileStamp[] = [];
    this.#files = files;
    return loadZone(this.path, this.origin, (file) => files.push(file));
  }

  #take({ zone, outside, files }: LoadedZone): void {
    this.zone = zone;
    this.#content = contentOf(files);
    this.#problem = '';
    this.#settings.cells.bump(this.cell);
    if (outside === 0) return;
    this.#settings.log.warning(
      `zone "${this.origin}" in "${this.path}": ${outside} records are not below it and are left out`,
    );
  }

  async #filesChanged(): Promise<boolean> {
    if (this.#files.length === 0) return true;
    for (const { path, stamp } of this.#files) if ((await fileStamp(path)) !== stamp) return true;
    return false;
  }

  #report(message: string): boolean {
    const problem = `Failed to reload zone "${this.origin}" in "${this.path}": ${message}`;
    if (problem !== this.#problem) this.#settings.log.error(problem);
    this.#problem = problem;
    return false;
  }
}

function contentOf(files: readonly FileStamp[]): string {
  return files.map(({ path, digest }) => `${path} ${digest}`).join('\n');
}
