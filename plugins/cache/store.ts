import { LRUCache } from 'lru-cache';
import { isSubdomain } from '../../src/corefile/zone.ts';
import { HashTable } from '../../src/plugin/hash-table.ts';
import type { FlushScope } from '../../src/plugin/capability.ts';
import type { Shared } from '../../src/plugin/controller.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { nameHash } from '../../src/wire/name-hash.ts';
import type { CacheBudget, Spender } from './budget.ts';
import type { Entry } from './entry.ts';
import { Flights } from './flights.ts';
import type { Kind } from './judgement.ts';

/** Entries of one name: more than there are useful types, and few enough to look through. */
const MOST_OF_A_NAME = 128;
/** Milliseconds: how exactly it is known which entry was used last. Telling at every hit would cost more than finding. */
const RECENCY = 1000;

/** How much a store holds. */
export interface StoreLimits {
  /** Most entries of each kind. */
  readonly capacities: Readonly<Record<Kind, number>>;
  /** What the block says of the process's budget, in bytes; undefined: nothing. */
  readonly maximumBytes: number | undefined;
}

/**
 * Entries by the hash of their name, those of one in a chain: a look-up builds no key. Each kind has room for so many, all stores
 * together for so many bytes; the one that was not asked for the longest goes first.
 */
export class Store implements Spender, Shared {
  readonly maximumBytes: number | undefined;
  /** Fetches under way for this store. */
  readonly flights: Flights = new Flights();
  /** Changes when something is forgotten on demand: then nobody else may go on with it. */
  readonly flushCell: VersionCell;
  readonly #cells: VersionCells;
  readonly #budget: CacheBudget;
  #flushes = 0;
  #closed = false;
  readonly #entries = new HashTable<Entry>();
  readonly #recency: Readonly<Record<Kind, LRUCache<Entry, Entry>>>;
  /** Of failures nothing is left when they have run out; the oldest first. */
  readonly #failures = new Set<Entry>();

  constructor({ capacities, maximumBytes }: StoreLimits, budget: CacheBudget, cells: VersionCells) {
    this.#cells = cells;
    this.flushCell = cells.allocate();
    const recency = (max: number): LRUCache<Entry, Entry> =>
      new LRUCache({ max, dispose: (entry) => this.#forget(entry) });
    this.#recency = { success: recency(capacities.success), denial: recency(capacities.denial) };
    this.maximumBytes = maximumBytes;
    this.#budget = budget;
    budget.join(this);
  }

  size(kind: Kind): number {
    return this.#recency[kind].size;
  }

  /** The first entry of names with a hash, nearly always one name; its `next` is the second. */
  first(hash: number): Entry | undefined {
    return this.#entries.first(hash);
  }

  /** The entry of a kind for the question of another. */
  find({ name, hash, code }: Entry, kind: Kind): Entry | undefined {
    let entry = this.#entries.first(hash);
    while (entry !== undefined && (entry.code !== code || entry.kind !== kind || entry.name !== name)) {
      entry = entry.next;
    }
    return entry;
  }

  /** Notes that an entry was used. */
  touch(entry: Entry, now: number): void {
    if (now - entry.touched < RECENCY) return;
    entry.touched = now;
    this.#recency[entry.kind].get(entry);
  }

  /** Keeps an entry in place of that of the same question and kind. Others may have to go. */
  add(entry: Entry): void {
    if (this.#closed) return;
    const old = this.find(entry, entry.kind);
    if (old !== undefined) this.delete(old);
    if (entry.isFailure) this.#addFailure(entry);
    const crowded = this.#lastOfMany(entry.hash);
    if (crowded !== undefined) this.evict(crowded);
    const recency = this.#recency[entry.kind];
    if (recency.size >= recency.max) this.#makeRoom(recency);
    recency.set(entry, entry);
    this.#entries.add(entry);
    this.#budget.take(entry.bytes);
  }

  delete(entry: Entry): void {
    this.#recency[entry.kind].delete(entry);
  }

  /** Forgets entries, and returns how many. */
  flush(scope: FlushScope): number {
    this.#flushes++;
    // Those who ask from now on must not be given what was asked before.
    this.flights.clear();
    this.#cells.bump(this.flushCell);
    const before = this.size('success') + this.size('denial');
    if (scope === 'all') this.#clear();
    else if ('name' in scope) this.#deleteName(scope.name);
    else {
      for (const entry of this.#entries.values()) {
        if (isSubdomain(scope.subtree, entry.name)) this.delete(entry);
      }
    }
    return before - this.size('success') - this.size('denial');
  }

  /** How often something was forgotten: what was fetched across a flush is not kept. */
  get flushes(): number {
    return this.#flushes;
  }

  /** Deletes an entry to make room, and counts that. */
  evict(entry: Entry): void {
    entry.counters.evictions[entry.kind].count();
    this.delete(entry);
  }

  oldest(): Entry | undefined {
    const success = leastRecent(this.#recency.success);
    const denial = leastRecent(this.#recency.denial);
    if (success === undefined || denial === undefined) return success ?? denial;
    return success.touched <= denial.touched ? success : denial;
  }

  /** Throws everything away and gives its bytes back. What is still on its way is not kept. */
  close(): void {
    this.#closed = true;
    this.#clear();
    this.#budget.leave(this);
    this.#cells.release(this.flushCell);
  }

  /** What `evict` does to the one that was not asked for the longest, without an iterator to find it. */
  #makeRoom(recency: LRUCache<Entry, Entry>): void {
    const entry = recency.pop();
    entry?.counters.evictions[entry.kind].count();
  }

  #clear(): void {
    this.#recency.success.clear();
    this.#recency.denial.clear();
  }

  #deleteName(name: string): void {
    let next: Entry | undefined;
    for (let entry = this.#entries.first(nameHash(name)); entry !== undefined; entry = next) {
      ({ next } = entry);
      if (entry.name === name) this.delete(entry);
    }
  }

  #lastOfMany(hash: number): Entry | undefined {
    let last = this.#entries.first(hash);
    let count = 0;
    for (; last !== undefined; last = last.next) {
      count++;
      if (last.next === undefined) break;
    }
    return count < MOST_OF_A_NAME ? undefined : last;
  }

  /** While an upstream is down there are thousands a second, and each is of use for a few seconds. */
  #addFailure(entry: Entry): void {
    for (const failure of this.#failures) {
      if (failure.remaining(entry.stored) > 0) break;
      this.delete(failure);
    }
    this.#failures.add(entry);
  }

  #forget(entry: Entry): void {
    this.#budget.giveBack(entry.bytes);
    this.#failures.delete(entry);
    this.#entries.delete(entry);
  }
}

function leastRecent(recency: LRUCache<Entry, Entry>): Entry | undefined {
  const first = recency.rkeys().next();
  return first.done === true ? undefined : first.value;
}
