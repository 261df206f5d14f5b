import { TIME_BUCKETS } from '../metrics/buckets.ts';
import type { Observation } from '../observation/observation-ring.ts';
import type { DurationHistogram, HitCounter, RepeatWatcher } from '../server/repeat.ts';
import { CounterMemory, DURATION_SUM, DURATION_WORDS } from './counter-memory.ts';
import type { CounterLimits } from './counter-memory.ts';

const MICROSECONDS = 1e6;
const NOBODY: readonly RepeatWatcher[] = [];

/** Whom the hits of an answer concern. */
interface Owner {
  readonly counters: readonly HitCounter[];
  readonly watchers: readonly RepeatWatcher[];
}

/**
 * The main thread's side of one worker's counters: hands out slots, and adds what the worker has counted since the
 * last time to whom it belongs. Numbers run over at 2³², so the difference is what counts; `collect` must be called
 * more often than that takes, and a last time when the worker has ended.
 */
export class CounterSlots {
  readonly memory: CounterMemory;
  /** By slot; undefined where it is free. */
  readonly #owners: (Owner | undefined)[];
  /** What the slots were when they were last looked at. */
  readonly #hitsBefore: Uint32Array;
  readonly #durationsBefore: Uint32Array;
  readonly #free: number[] = [];
  /** Slots from here on were never used. */
  #unused = 1;
  /** In order of their sets; set 0 is nobody's. */
  readonly #histograms: DurationHistogram[] = [];
  readonly #sets = new Map<DurationHistogram, number>();

  constructor(limits: CounterLimits) {
    this.memory = new CounterMemory(limits);
    this.#owners = new Array<undefined>(limits.slots + 1).fill(undefined);
    this.#hitsBefore = new Uint32Array(limits.slots + 1);
    this.#durationsBefore = new Uint32Array(this.memory.durations.length);
  }

  /**
   * A slot for an answer whose hits `counters` want to know, and `watchers` to see; 0 when nobody does, undefined when
   * none is left. It is free again once the worker has released it and `collect` has seen that.
   */
  allocate(counters: readonly HitCounter[], watchers = NOBODY): number | undefined {
    if (counters.length === 0 && watchers.length === 0) return 0;
    const slot = this.#free.pop() ?? (this.#unused <= this.memory.limits.slots ? this.#unused++ : undefined);
    if (slot === undefined) return undefined;
    this.#owners[slot] = { counters, watchers };
    Atomics.store(this.memory.released, slot, 0);
    return slot;
  }

  /** The set for the first of the counters that wants to know how long hits took; 0 when none does, or none is left. */
  durationsOf(counters: readonly HitCounter[]): number {
    for (const { durations } of counters) if (durations !== undefined) return this.#setOf(durations);
    return 0;
  }

  /** How many slots are in use. */
  get size(): number {
    return this.#unused - 1 - this.#free.length;
  }

  /** Shows a hit of a slot to those that watch it. */
  show(slot: number, observation: Observation): void {
    const owner = this.#owners[slot];
    if (owner !== undefined) for (const watcher of owner.watchers) watcher.repeated(observation);
  }

  /**
   * Adds up what was counted since the last time.
   * @param showAll shows all hits that are to be shown: called before slots that were released get other owners
   */
  collect(showAll?: () => void): void {
    const { hits, released } = this.memory;
    const free: number[] = [];
    for (let slot = 1; slot < this.#unused; slot++) {
      const owner = this.#owners[slot];
      if (owner === undefined) continue;
      // In this order: what was counted before the release is in the number that is read after it.
      const isReleased = Atomics.load(released, slot) === 1;
      const now = Atomics.load(hits, slot);
      const difference = (now - this.#hitsBefore[slot]!) >>> 0;
      this.#hitsBefore[slot] = now;
      if (difference > 0) for (const counter of owner.counters) counter.add(difference);
      if (isReleased) free.push(slot);
    }
    // The worker publishes what it saw of a slot before it releases it.
    if (free.length > 0) showAll?.();
    for (const slot of free) this.#release(slot);
    for (const [index, histogram] of this.#histograms.entries()) this.#collectDurations(index + 1, histogram);
  }

  /** The worker has ended: counts what is left, and takes all slots back. */
  close(): void {
    this.collect();
    for (let slot = 1; slot < this.#unused; slot++) if (this.#owners[slot] !== undefined) this.#release(slot);
  }

  #setOf(histogram: DurationHistogram): number {
    const known = this.#sets.get(histogram);
    if (known !== undefined) return known;
    if (this.#histograms.length === this.memory.limits.durations) return 0;
    const set = this.#histograms.push(histogram);
    this.#sets.set(histogram, set);
    return set;
  }

  #release(slot: number): void {
    this.#owners[slot] = undefined;
    this.#free.push(slot);
  }

  #collectDurations(set: number, histogram: DurationHistogram): void {
    const start = set * DURATION_WORDS;
    for (let bucket = 0; bucket <= TIME_BUCKETS.length; bucket++) {
      histogram.counts[bucket]! += this.#durationDifference(start + bucket);
    }
    histogram.sum += this.#durationDifference(start + DURATION_SUM) / MICROSECONDS;
  }

  #durationDifference(word: number): number {
    const now = Atomics.load(this.memory.durations, word);
    const difference = (now - this.#durationsBefore[word]!) >>> 0;
    this.#durationsBefore[word] = now;
    return difference;
  }
}
