import { TIME_BUCKETS } from '../metrics/buckets.ts';

/** What a worker counts of its cache as a whole. */
export const Statistic = {
  Hits: 0,
  /** Look-ups that found nothing. */
  Misses: 1,
  /** Look-ups that found what was no longer true, or too old. */
  Outdated: 2,
  Learned: 3,
  /** Taken out for want of room. */
  Evicted: 4,
  /** Entries at present, and their bytes: no sums, unlike the others. */
  Entries: 5,
  Bytes: 6,
} as const;

const STATISTICS = 8;

/** Words of a set of durations: a count for each bucket, one for what is above all bounds, and microseconds in all. */
export const DURATION_WORDS: number = TIME_BUCKETS.length + 2;
export const DURATION_SUM: number = TIME_BUCKETS.length + 1;

/** How much there is to count. */
export interface CounterLimits {
  /** Entries that can be counted at a time. */
  readonly slots: number;
  /** Sets of durations: one for each zone of a listener will do. */
  readonly durations: number;
}

/**
 * Counters of one worker, in shared memory: 32-bit numbers that only the worker adds to and that run over, and a word
 * beside each slot by which it says that it will not use it any more. Slot 0 and set 0 belong to nobody.
 */
export class CounterMemory {
  readonly buffer: SharedArrayBuffer;
  readonly limits: CounterLimits;
  readonly statistics: Int32Array;
  readonly durations: Int32Array;
  readonly hits: Int32Array;
  readonly released: Int32Array;

  /** @param buffer of the memory on the other side; undefined: it is made anew */
  constructor(limits: CounterLimits, buffer?: SharedArrayBuffer) {
    const sets = (limits.durations + 1) * DURATION_WORDS;
    const slots = limits.slots + 1;
    this.limits = limits;
    this.buffer = buffer ?? new SharedArrayBuffer((STATISTICS + sets + 2 * slots) * 4);
    this.statistics = new Int32Array(this.buffer, 0, STATISTICS);
    this.durations = new Int32Array(this.buffer, STATISTICS * 4, sets);
    this.hits = new Int32Array(this.buffer, (STATISTICS + sets) * 4, slots);
    this.released = new Int32Array(this.buffer, (STATISTICS + sets + slots) * 4, slots);
  }
}
