import type { Clock } from '../../src/plugin/clock.ts';
import type { HitCounter } from '../../src/server/repeat.ts';
import type { Entry } from './entry.ts';
import type { CacheCounters } from './metrics.ts';
import type { Store } from './store.ts';

/**
 * Counts the hits of an entry that threads gave without asking. It lives until a thread lets go of its answer, which
 * may be long after the entry, or the whole configuration, is gone: so it holds neither.
 */
export class RepeatedHits implements HitCounter {
  readonly #store: WeakRef<Store>;
  readonly #entry: WeakRef<Entry>;
  readonly #kind: Entry['kind'];
  readonly #counters: CacheCounters;
  readonly #clock: Clock;

  constructor(store: WeakRef<Store>, entry: Entry, counters: CacheCounters, clock: Clock) {
    this.#store = store;
    this.#entry = new WeakRef(entry);
    this.#kind = entry.kind;
    this.#counters = counters;
    this.#clock = clock;
  }

  add(hits: number): void {
    this.#counters.requests.count(hits);
    this.#counters.hits[this.#kind].count(hits);
    const entry = this.#entry.deref();
    if (entry === undefined) return;
    const now = this.#clock.monotonic();
    this.#store.deref()?.touch(entry, now);
    entry.hits += hits;
    entry.lastHit = now;
  }
}
