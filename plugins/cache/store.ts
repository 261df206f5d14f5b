import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';
import type { Kind } from './judgement.ts';

/** Entries of one name: more than there are useful types, and few enough to look through. */
const MOST_OF_A_NAME = 128;
/** Milliseconds: how exactly it is known which entry was used last. Telling at every hit would cost more than finding. */
const RECENCY = 1000;

/**
 * Entries by name, those of one name in a chain: a look-up builds no key. Each kind has room for so many; the one
 * that was not asked for the longest goes first.
 */
export class Store {
  readonly #names = new Map<string, Entry>();
  readonly #recency: Readonly<Record<Kind, LRUCache<Entry, Entry>>>;

  constructor(capacities: Readonly<Record<Kind, number>>) {
    const recency = (max: number): LRUCache<Entry, Entry> =>
      new LRUCache({ max, dispose: (entry) => this.#unchain(entry) });
    this.#recency = { success: recency(capacities.success), denial: recency(capacities.denial) };
  }

  size(kind: Kind): number {
    return this.#recency[kind].size;
  }

  /** The first entry of a name; its `next` is the second. */
  first(name: string): Entry | undefined {
    return this.#names.get(name);
  }

  /** The entry of a kind for a question. */
  find(name: string, code: number, kind: Kind): Entry | undefined {
    let entry = this.#names.get(name);
    while (entry !== undefined && (entry.code !== code || entry.kind !== kind)) entry = entry.next;
    return entry;
  }

  /** Notes that an entry was used. */
  touch(entry: Entry, now: number): void {
    if (now - entry.touched < RECENCY) return;
    entry.touched = now;
    this.#recency[entry.kind].get(entry);
  }

  /** Keeps an entry in place of that of the same question and kind. Returns whether another one had to go. */
  add(entry: Entry): boolean {
    const old = this.find(entry.name, entry.code, entry.kind);
    if (old !== undefined) this.delete(old);
    const crowded = this.#lastOfMany(entry.name);
    if (crowded !== undefined) this.delete(crowded);
    const recency = this.#recency[entry.kind];
    const isFull = recency.size >= recency.max;
    recency.set(entry, entry);
    entry.next = this.#names.get(entry.name);
    this.#names.set(entry.name, entry);
    return isFull || crowded !== undefined;
  }

  delete(entry: Entry): void {
    this.#recency[entry.kind].delete(entry);
  }

  #lastOfMany(name: string): Entry | undefined {
    let last = this.#names.get(name);
    let count = 0;
    for (; last !== undefined; last = last.next) {
      count++;
      if (last.next === undefined) break;
    }
    return count < MOST_OF_A_NAME ? undefined : last;
  }

  #unchain(entry: Entry): void {
    const first = this.#names.get(entry.name);
    if (first === entry) {
      if (entry.next === undefined) this.#names.delete(entry.name);
      else this.#names.set(entry.name, entry.next);
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== entry) continue;
      before.next = entry.next;
      return;
    }
  }
}
