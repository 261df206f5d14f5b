import { observationMemory, ObservationReader } from '../observation/observation-ring.ts';
import type { Observation } from '../observation/observation-ring.ts';
import type { Clock, Timer } from '../plugin/clock.ts';
import type { GivenReply } from '../server/repeat.ts';
import type { HotAnswersSource, HotAnswersTeacher } from '../transport/batched/hot-answers.ts';
import type { VersionCells } from '../truth/version-cells.ts';
import { Statistic } from '../wire-cache/counter-memory.ts';
import { CounterSlots } from '../wire-cache/counter-slots.ts';
import { learn } from '../wire-cache/learn.ts';
import type { LearningTerms, Refusal } from '../wire-cache/learn.ts';
import { LearnedBatch } from '../wire-cache/learned-batch.ts';
import type { WireCacheLimits } from '../wire-cache/wire-cache.ts';
import type { HotWireCacheData, Lesson } from './hot-wire-cache.ts';
import type { WorkerClock } from './worker-clock.ts';

/**
 * Of each of a worker's two caches: 10,000 Services by A and AAAA, at some 250 bytes each. Memory is taken as it fills.
 * Replies must fit where queries of 4,096 bytes do.
 */
const LIMITS: WireCacheLimits = { entries: 32_768, bytes: 8 << 20, reply: 4096 };
/** Entries that are being replaced keep their slots for a while. */
const COUNTERS = { slots: 2 * LIMITS.entries, durations: 256 };
/** Milliseconds that learned answers wait for others, so that they travel together. */
const GATHERING = 2;
/** Learned answers that travel together at most: while they wait, the same is asked and learned again. */
const MOST_GATHERED = 64;
/** Milliseconds after which hits are shown to those that watch them, at the latest, but for a busy main thread. */
const SHOWING = 50;
/** Hits shown at once while there is time: a line of the log takes 1 or 2 µs, and others wait for the main thread. */
const MOST_SHOWN = 4096;
const FAMILIES = [4, 6] as const;

/** What a teacher works with. */
export interface TeacherParts {
  readonly cells: VersionCells;
  readonly clock: Clock;
  readonly workerClock: WorkerClock;
  /** Hits that may wait to be shown, a power of two. */
  readonly observations: number;
  /** Told why a reply was not learned. */
  refused(reason: Refusal | 'no slot'): void;
  /** Somebody to whom a hit was shown made a mistake. */
  failed(error: unknown): void;
  /** There is nothing to teach any more. */
  closed(): void;
}

/** The main thread's side of the wire caches of one worker: teaches it replies, and counts what it gave. */
export class Teacher implements HotAnswersTeacher {
  readonly source: HotAnswersSource;
  readonly #parts: TeacherParts;
  readonly #slots = FAMILIES.map(() => new CounterSlots(COUNTERS));
  readonly #batches: LearnedBatch[];
  readonly #ring: ObservationReader;
  #shown = 0;
  #post: ((lesson: Lesson) => void) | undefined;
  #timer: Timer | undefined;
  /** Learned answers that wait. */
  #gathered = 0;
  /** Runs while there may be hits to show. */
  #showing: Timer | undefined;

  constructor(parts: TeacherParts) {
    this.#parts = parts;
    this.#batches = this.#slots.map((slots) => new LearnedBatch(slots));
    const [ipv4, ipv6] = this.#slots.map(({ memory }) => memory.buffer);
    const observations = observationMemory(parts.observations);
    this.#ring = new ObservationReader(observations);
    const data: HotWireCacheData = {
      limits: LIMITS,
      versions: parts.cells.memory,
      counters: { limits: COUNTERS, ipv4: ipv4!, ipv6: ipv6! },
      observations,
      clock: parts.workerClock,
    };
    // From source it is hot-wire-cache.ts, from what was built hot-wire-cache.js.
    const file = import.meta.url.endsWith('.ts') ? './hot-wire-cache.ts' : './hot-wire-cache.js';
    this.source = { module: new URL(file, import.meta.url).href, data };
  }

  begin(post: (lesson: unknown) => void): void {
    this.#post = post;
  }

  lost(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#gathered = 0;
    for (const batch of this.#batches) batch.take();
    this.stopShowing();
    for (const slots of this.#slots) {
      slots.close();
      Atomics.store(slots.memory.statistics, Statistic.Entries, 0);
      Atomics.store(slots.memory.statistics, Statistic.Bytes, 0);
    }
  }

  closed(): void {
    this.lost();
    this.#parts.closed();
  }

  /** Learns a reply if that is allowed; nobody waits for it. */
  given(given: GivenReply, terms: LearningTerms): void {
    // Awake anyway; and what came before this one is shown before it.
    this.show(MOST_SHOWN);
    const { clock } = this.#parts;
    const answer = learn(given, terms, clock.monotonic());
    if (typeof answer === 'string') return this.#parts.refused(answer);
    const batch = this.#batches[given.query.client.family === 4 ? 0 : 1]!;
    if (!batch.add(answer)) return this.#parts.refused('no slot');
    if (++this.#gathered === MOST_GATHERED) this.#teach();
    else this.#timer ??= clock.after(GATHERING, () => this.#teach());
    if (answer.watchers.length > 0) this.#showing ??= clock.every(SHOWING, () => this.show(MOST_SHOWN));
  }

  /** Adds up what the worker has counted since the last time, and shows what it has seen. */
  collect(): void {
    for (const slots of this.#slots) slots.collect(() => this.show());
    this.show();
  }

  /** Shows the hits of the worker since the last time to those that watch them; all, or the first so many. */
  show(limit = Infinity): void {
    this.#shown += this.#ring.drain(this.#show, limit);
  }

  /** No hits are to be expected but of answers that are learned from now on: the last ones before are shown. */
  stopShowing(): void {
    this.#showing?.cancel();
    this.#showing = undefined;
    this.show();
  }

  /** Hits that were shown, and those that were not because too many waited; both only grow. */
  get observed(): { readonly shown: number; readonly dropped: number } {
    return { shown: this.#shown, dropped: this.#ring.dropped };
  }

  /** A number that the worker keeps, of both caches: by Statistic. Those that only grow wrap around after 2 ** 32. */
  statistic(which: (typeof Statistic)[keyof typeof Statistic]): number {
    let sum = 0;
    for (const { memory } of this.#slots) sum += Atomics.load(memory.statistics, which);
    return sum;
  }

  readonly #show = (observation: Observation): void => {
    try {
      this.#slots[observation.family === 4 ? 0 : 1]!.show(observation.entry, observation);
    } catch (error) {
      this.#parts.failed(error);
    }
  };

  #teach(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#gathered = 0;
    for (const [index, family] of FAMILIES.entries()) {
      const records = this.#batches[index]!.take();
      if (records !== undefined) this.#post?.({ family, records });
    }
  }
}
