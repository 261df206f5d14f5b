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

/** Of each of a worker's two caches. Replies must fit where queries of 4,096 bytes do. */
const LIMITS: WireCacheLimits = { entries: 8192, bytes: 4 << 20, reply: 4096 };
/** Entries that are being replaced keep their slots for a while. */
const COUNTERS = { slots: 2 * LIMITS.entries, durations: 256 };
/** Milliseconds that learned answers wait for others, so that they travel together. */
const GATHERING = 2;
const FAMILIES = [4, 6] as const;

/** What a teacher works with. */
export interface TeacherParts {
  readonly cells: VersionCells;
  readonly clock: Clock;
  readonly workerClock: WorkerClock;
  /** Told why a reply was not learned. */
  refused(reason: Refusal | 'no slot'): void;
  /** There is nothing to teach any more. */
  closed(): void;
}

/** The main thread's side of the wire caches of one worker: teaches it replies, and counts what it gave. */
export class Teacher implements HotAnswersTeacher {
  readonly source: HotAnswersSource;
  readonly #parts: TeacherParts;
  readonly #slots = FAMILIES.map(() => new CounterSlots(COUNTERS));
  readonly #batches: LearnedBatch[];
  #post: ((lesson: Lesson) => void) | undefined;
  #timer: Timer | undefined;

  constructor(parts: TeacherParts) {
    this.#parts = parts;
    this.#batches = this.#slots.map((slots) => new LearnedBatch(slots));
    const [ipv4, ipv6] = this.#slots.map(({ memory }) => memory.buffer);
    const data: HotWireCacheData = {
      limits: LIMITS,
      versions: parts.cells.memory,
      counters: { limits: COUNTERS, ipv4: ipv4!, ipv6: ipv6! },
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
    for (const batch of this.#batches) batch.take();
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
    const answer = learn(given, terms, this.#parts.clock.monotonic());
    if (typeof answer === 'string') return this.#parts.refused(answer);
    const batch = this.#batches[given.query.client.family === 4 ? 0 : 1]!;
    if (!batch.add(answer)) return this.#parts.refused('no slot');
    this.#timer ??= this.#parts.clock.after(GATHERING, () => this.#teach());
  }

  /** Adds up what the worker has counted since the last time. */
  collect(): void {
    for (const slots of this.#slots) slots.collect();
  }

  /** A number that the worker keeps, of both caches: by Statistic. Those that only grow wrap around after 2 ** 32. */
  statistic(which: (typeof Statistic)[keyof typeof Statistic]): number {
    let sum = 0;
    for (const { memory } of this.#slots) sum += Atomics.load(memory.statistics, which);
    return sum;
  }

  #teach(): void {
    this.#timer = undefined;
    for (const [index, family] of FAMILIES.entries()) {
      const records = this.#batches[index]!.take();
      if (records !== undefined) this.#post?.({ family, records });
    }
  }
}
