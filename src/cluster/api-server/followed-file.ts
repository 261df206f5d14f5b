import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../plugin/clock.ts';

/** A file's text, read anew when the file changes: mounted tokens and certificates are replaced while we run. */
export class FollowedFile {
  readonly path: string;
  readonly #clock: Clock;
  #text: string | undefined;
  #stamp = '';
  #lookedAt = -Infinity;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /**
   * The text, at most a tenth of a second old. A file that goes away, or is empty for the moment, leaves the last text.
   * @throws {Error} that names the file, where it could never be read
   */
  text(): string {
    const now = this.#clock.monotonic();
    if (this.#text !== undefined && now - this.#lookedAt < LOOK_EVERY) return this.#text;
    try {
      this.#read();
    } catch (error) {
      if (this.#text === undefined) throw unreadable(this.path, error);
    }
    this.#lookedAt = now;
    return this.#text!;
  }

  /** The next `text` reads the file in any case. */
  forget(): void {
    this.#lookedAt = -Infinity;
    this.#stamp = '';
  }

  #read(): void {
    // Through symbolic links: kubelet swaps the folder that they lead into.
    const { ino, mtimeMs, size } = statSync(this.path);
    const stamp = `${ino} ${mtimeMs} ${size}`;
    if (stamp === this.#stamp) return;
    const text = readFileSync(this.path, 'utf8');
    if (text.trim() === '') throw new Error('it is empty');
    this.#text = text;
    this.#stamp = stamp;
  }
}

/** Milliseconds: enough that the pages of a list cost nothing, little enough that the first attempt is right. */
const LOOK_EVERY = 100;

function unreadable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'there is no such file' : message;
  return new Error(`cannot read ${path}: ${reason}`, { cause: error });
}
