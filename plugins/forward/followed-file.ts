import { readFileSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../../src/plugin/clock.ts';

/** Milliseconds between two looks. The file is a few lines; a look costs some 20 µs. */
const INTERVAL = 500;

/**
 * A small file that is followed as it changes. It is looked at twice a second by its name, so that it does not matter
 * whether it was written, renamed into place, or a symbolic link on its way was turned; news from the file system
 * only make the next look come sooner.
 */
export class FollowedFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #text: string | undefined;
  #timer: Timer | undefined;
  #watcher: FSWatcher | undefined;

  /** @param changed told when the text is another one than at the last look; also when the file comes or goes */
  constructor(path: string, clock: Clock, changed: () => void) {
    this.#path = path;
    this.#clock = clock;
    this.#changed = changed;
    this.#text = this.#read();
  }

  start(): void {
    this.#timer = this.#clock.every(INTERVAL, () => this.look());
    try {
      // The folder: the file itself may be replaced.
      this.#watcher = watch(dirname(this.#path), { persistent: false }, () => this.look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No more watches to be had, or no such folder yet: the timer will do.
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#watcher?.close();
  }

  /** Looks now. */
  look(): void {
    const text = this.#read();
    if (text === this.#text) return;
    this.#text = text;
    this.#changed();
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return undefined;
    }
  }
}
