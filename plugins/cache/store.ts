import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';

/**
 * Entries by name, then by the rest of the question: a look-up builds no key. The one that was not asked for the
 * longest goes first.
 */
export class Store {
  readonly #names = new Map<string, Map<number, Entry>>();
  readonly #recency: LRUCache<Entry, Entry>;

  constructor(capacity: number) {
    this.#recency = new LRUCache({ max: capacity, dispose: (entry) => this.#forget(entry) });
  }

  get size(): number {
    return this.#recency.size;
  }

  find(name: string, code: number): Entry | undefined {
    const entry = this.#names.get(name)?.get(code);
    if (entry !== undefined) this.#recency.get(entry);
    return entry;
  }

  /** Keeps an entry in place of that of the same question. Returns whether another one had to go. */
  add(entry: Entry): boolean {
    const old = this.#names.get(entry.name)?.get(entry.code);
    if (old !== undefined) this.delete(old);
    const isFull = this.#recency.size >= this.#recency.max;
    this.#recency.set(entry, entry);
    const entries = this.#names.get(entry.name);
    if (entries === undefined) this.#names.set(entry.name, new Map([[entry.code, entry]]));
    else entries.set(entry.code, entry);
    return isFull;
  }

  delete(entry: Entry): void {
    this.#recency.delete(entry);
  }

  #forget(entry: Entry): void {
    const entries = this.#names.get(entry.name);
    if (entries?.get(entry.code) !== entry) return;
    entries.delete(entry.code);
    if (entries.size === 0) this.#names.delete(entry.name);
  }
}
