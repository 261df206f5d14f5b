import { readFile } from 'node:fs/promises';
import type { Logger } from '../../src/log/logger.ts';
import { Weights } from './weights.ts';

/** The weights of a file, followed by its content; what is broken or gone leaves the last good ones. */
export class WeightFile {
  weights: Weights = Weights.none;
  readonly path: string;
  readonly #log: Logger;
  #text: string | undefined;
  #looking = false;
  /** What was last said about it. */
  #problem = '';

  constructor(path: string, log: Logger) {
    this.path = path;
    this.#log = log;
  }

  /**
   * The first look.
   * @param optional whether the file may still come
   * @throws Error when the file says nonsense, or cannot be read and is not optional
   */
  async begin(optional: boolean): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (!optional) throw new Error(`cannot read weights: ${(error as Error).message}`, { cause: error });
      this.#report(error as Error);
      return;
    }
    try {
      this.#take(text);
    } catch (error) {
      throw new Error(`weights in ${this.path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Looks again, unless the last look still goes on. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#take(await readFile(this.path, 'utf8'));
      this.#problem = '';
    } catch (error) {
      this.#report(error as Error);
    } finally {
      this.#looking = false;
    }
  }

  #take(text: string): void {
    if (text === this.#text) return;
    this.weights = Weights.parse(text);
    this.#text = text;
  }

  /** Says a thing once, however often it is seen. */
  #report({ message }: Error): void {
    if (message !== this.#problem) this.#log.error(`weights in ${this.path}: ${message}`);
    this.#problem = message;
  }
}
