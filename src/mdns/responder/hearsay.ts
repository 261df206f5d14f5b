import type { Clock } from '../../plugin/clock.ts';
import type { LinkRecord } from '../message.ts';
import { recordKey } from './record-key.ts';

/** Milliseconds for which what somebody announced is fresh. */
export const JUST_SAID = 2000;

/** What others said just now: where several gateways speak for one device, one word is enough. */
export class Hearsay {
  readonly #clock: Clock;
  /** When it was said last, oldest first. */
  readonly #said = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard(record: LinkRecord): void {
    const now = this.#clock.monotonic();
    for (const [key, time] of this.#said) {
      if (now - time < JUST_SAID) break;
      this.#said.delete(key);
    }
    const key = keyOf(record);
    this.#said.delete(key);
    this.#said.set(key, now);
  }

  /** When the very same was said; −∞ when it was not. */
  when(record: LinkRecord): number {
    return this.#said.get(keyOf(record)) ?? -Infinity;
  }
}

/** Whatever others think of its being unique. */
function keyOf(record: LinkRecord): string {
  return recordKey(record.unique ? record : { ...record, unique: true });
}
