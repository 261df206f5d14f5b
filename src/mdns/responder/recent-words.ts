import type { Clock } from '../../plugin/clock.ts';
import type { LinkRecord } from '../message.ts';
import { recordKey } from './record-key.ts';

/** Milliseconds in which a reflector may bring back what we said. */
const MEMORY = 3000;

/**
 * What we said until a moment ago and say no more. A reflector, or a proxy that has not heard of the change, may
 * repeat it in its own name: that is no conflict.
 */
export class RecentWords {
  readonly #clock: Clock;
  /** When they ended, oldest first. */
  readonly #ended = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ended(record: LinkRecord): void {
    const now = this.#clock.monotonic();
    for (const [key, time] of this.#ended) {
      if (now - time < MEMORY) break;
      this.#ended.delete(key);
    }
    const key = recordKey(record);
    this.#ended.delete(key);
    this.#ended.set(key, now);
  }

  /** Whether we said so ourselves, just before. */
  has(record: LinkRecord): boolean {
    if (this.#ended.size === 0) return false;
    const time = this.#ended.get(recordKey({ ...record, unique: true }));
    return time !== undefined && this.#clock.monotonic() - time < MEMORY;
  }
}
