import type { CounterSlots } from './counter-slots.ts';
import { recordLength, writeRecord } from './learned-answer.ts';
import type { LearnedAnswer } from './learned-answer.ts';

/** Learned answers on their way to one cache of one worker: they travel in one buffer, which is transferred. */
export class LearnedBatch {
  readonly #slots: CounterSlots;
  readonly #answers: { readonly answer: LearnedAnswer; readonly slot: number }[] = [];
  #bytes = 0;

  /** @param slots of the worker */
  constructor(slots: CounterSlots) {
    this.#slots = slots;
  }

  /** Adds an answer. False, and nothing is added, when the worker has no slot left to count its hits in. */
  add(answer: LearnedAnswer): boolean {
    const slot = this.#slots.allocate(answer.counters, answer.watchers);
    if (slot === undefined) return false;
    this.#answers.push({ answer, slot });
    this.#bytes += recordLength(answer);
    return true;
  }

  /** All that was added since the last time, for `WireCache.learn`; undefined when that is nothing. */
  take(): ArrayBuffer | undefined {
    if (this.#answers.length === 0) return undefined;
    const records = new ArrayBuffer(this.#bytes);
    let at = 0;
    for (const { answer, slot } of this.#answers) {
      at += writeRecord(answer, records, at, slot, this.#slots.durationsOf(answer.counters));
    }
    this.#answers.length = 0;
    this.#bytes = 0;
    return records;
  }
}
