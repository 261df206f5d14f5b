import type { Controller, Shared } from '../../src/plugin/controller.ts';
import type { Entry } from './entry.ts';

/** Bytes for all caches of a process together, where no `max_bytes` says otherwise. */
export const DEFAULT_BYTES = 64 * 2 ** 20;

/** A cache that spends from the budget. */
export interface Spender {
  /** What its server block says of the whole budget, in bytes; undefined: nothing. */
  readonly maximumBytes: number | undefined;
  /** The entry that was not asked for the longest. */
  oldest(): Entry | undefined;
  evict(entry: Entry): void;
}

/**
 * The bytes that all caches of a process may take, whichever server blocks they are of. When they run out, that
 * entry goes that was not asked for the longest, in whatever cache: what is hot stays.
 */
export class CacheBudget implements Shared {
  readonly #spenders = new Set<Spender>();
  #limit = DEFAULT_BYTES;
  #used = 0;

  /** The budget of the process. */
  static of(controller: Controller): CacheBudget {
    return controller.share('plugin/cache: budget', () => new CacheBudget());
  }

  /** The least of all that `max_bytes` says; bytes. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes that all entries take, as estimated. */
  get used(): number {
    return this.#used;
  }

  join(spender: Spender): void {
    this.#spenders.add(spender);
    this.#setLimit();
  }

  leave(spender: Spender): void {
    this.#spenders.delete(spender);
    this.#setLimit();
  }

  /** Counts an entry that is kept from now on, and makes room for it. */
  take(bytes: number): void {
    this.#used += bytes;
    while (this.#used > this.#limit && this.#evictOldest());
  }

  /** Counts an entry that is gone. */
  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  close(): void {
    this.#spenders.clear();
  }

  #setLimit(): void {
    let least = Infinity;
    for (const { maximumBytes = Infinity } of this.#spenders) least = Math.min(least, maximumBytes);
    this.#limit = least === Infinity ? DEFAULT_BYTES : least;
    this.take(0);
  }

  #evictOldest(): boolean {
    let owner: Spender | undefined;
    let oldest: Entry | undefined;
    for (const spender of this.#spenders) {
      const candidate = spender.oldest();
      if (candidate === undefined || (oldest !== undefined && oldest.touched <= candidate.touched)) continue;
      owner = spender;
      oldest = candidate;
    }
    if (owner === undefined || oldest === undefined) return false;
    owner.evict(oldest);
    return true;
  }
}
