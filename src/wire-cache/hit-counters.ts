import { TIME_BUCKETS } from '../metrics/buckets.ts';
import { DURATION_SUM, DURATION_WORDS } from './counter-memory.ts';
import type { CounterMemory } from './counter-memory.ts';

/** Bounds in microseconds. */
const BOUNDS = Float64Array.from(TIME_BUCKETS, (seconds) => seconds * 1e6);

/** What the worker tells the main thread of single hits; see ObservationWriter. */
interface Observations {
  /** How many were noted and cannot be seen by the main thread yet. */
  readonly pending: number;
}

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
  readonly #observations: Observations | undefined;
  /** Slots that are released as soon as what was noted of them has been published. */
  readonly #leaving: number[] = [];

  /** @param observations are published before each `settle` */
  constructor(memory: CounterMemory, observations?: Observations) {
    this.#observations = observations;
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
    while (this.#leaving.length > 0) Atomics.store(this.#released, this.#leaving.pop()!, 1);
  }

  /**
   * The slot's entry is gone, and everything has been counted: the main thread may use it for another, once it can have
   * seen all that was noted.
   */
  release(slot: number): void {
    if (slot === 0) return;
    if (this.#observations !== undefined && this.#observations.pending > 0) this.#leaving.push(slot);
    else Atomics.store(this.#released, slot, 1);
  }
}
