import { TIME_BUCKETS } from '../metrics/buckets.ts';
import { DURATION_SUM, DURATION_WORDS } from './counter-memory.ts';
import type { CounterMemory } from './counter-memory.ts';

/** Bounds in microseconds. */
const BOUNDS = Float64Array.from(TIME_BUCKETS, (seconds) => seconds * 1e6);

/** The worker's side of its counters: it alone adds to them, so that plain additions do. */
export class HitCounters {
  /** By Statistic. */
  readonly statistics: Int32Array;
  readonly #hits: Int32Array;
  readonly #released: Int32Array;
  readonly #durations: Int32Array;
  /** Hits by set of durations whose time is not known yet, and the sets that have some. */
  readonly #pending: Int32Array;
  readonly #touched: Int32Array;
  #touches = 0;

  constructor(memory: CounterMemory) {
    this.statistics = memory.statistics;
    this.#hits = memory.hits;
    this.#released = memory.released;
    this.#durations = memory.durations;
    this.#pending = new Int32Array(memory.limits.durations + 1);
    this.#touched = new Int32Array(memory.limits.durations + 1);
  }

  /** Counts a hit. How long it took is told by `settle`, once the reply is out. */
  count(slot: number, durations: number): void {
    this.#hits[slot]!++;
    if (durations === 0) return;
    if (this.#pending[durations]!++ === 0) this.#touched[this.#touches++] = durations;
  }

  /** All hits since the last call took that long: a batch is answered together. */
  settle(microseconds: number): void {
    const whole = Math.round(microseconds);
    let bucket = 0;
    while (bucket < BOUNDS.length && microseconds > BOUNDS[bucket]!) bucket++;
    for (let index = 0; index < this.#touches; index++) {
      const set = this.#touched[index]!;
      const hits = this.#pending[set]!;
      this.#durations[set * DURATION_WORDS + bucket]! += hits;
      this.#durations[set * DURATION_WORDS + DURATION_SUM]! += hits * whole;
      this.#pending[set] = 0;
    }
    this.#touches = 0;
  }

  /** The slot's entry is gone, and everything has been counted: the main thread may use it for another. */
  release(slot: number): void {
    if (slot !== 0) Atomics.store(this.#released, slot, 1);
  }
}
