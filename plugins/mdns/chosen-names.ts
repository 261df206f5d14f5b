import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Logger } from '../../src/log/logger.ts';
import type { Shared } from '../../src/plugin/controller.ts';

/** Names that are remembered; the oldest go first. */
const MOST = 10_000;

/**
 * The names under which Services were announced in the end, where others had the ones that were wanted: they are tried
 * first the next time. Kept in a file, where there is one, so that they are the same after a restart.
 */
export class ChosenNames implements Shared {
  readonly #file: string | undefined;
  readonly #log: Logger;
  readonly #names: Map<string, string>;

  constructor(file: string | undefined, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#names = new Map(file === undefined ? [] : readNames(file, log));
  }

  /** @param key of the Service, the link and the wanted name */
  get(key: string): string | undefined {
    return this.#names.get(key);
  }

  /** Another name than the wanted one was free, or the wanted one after all (undefined). */
  set(key: string, name: string | undefined): void {
    if (this.#names.get(key) === name) return;
    this.#names.delete(key);
    if (name !== undefined) this.#names.set(key, name);
    if (this.#names.size > MOST) this.#names.delete(this.#names.keys().next().value!);
    if (this.#file !== undefined) this.#write(this.#file);
  }

  close(): void {
    // Whatever was chosen is written already.
  }

  #write(file: string): void {
    const temporary = `${file}.${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(Object.fromEntries(this.#names), null, 2)}\n`, {
        mode: 0o600,
      });
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      this.#log.warning(`names on links cannot be kept in ${file}: ${(error as Error).message}`);
    }
  }
}

function readNames(file: string, log: Logger): [string, string][] {
  try {
    const names: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof names !== 'object' || names === null) throw new TypeError('it holds no names');
    return Object.entries(names).flatMap(([key, name]): [string, string][] =>
      typeof name === 'string' ? [[key, name]] : [],
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      log.warning(`names on links cannot be read from ${file}: ${(error as Error).message}`);
    }
    return [];
  }
}
