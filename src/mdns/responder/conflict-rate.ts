import type { Clock } from '../../plugin/clock.ts';

/** So many conflicts within so many milliseconds are too many (RFC 6762, section 8.1). */
const MOST = 15;
const WINDOW = 10_000;

/** Notices when names are fought for without end: then each further attempt is to wait (RFC 6762, section 8.1). */
export class ConflictRate {
  readonly #clock: Clock;
  /** When the last ones were, oldest first. */
  readonly #times: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a conflict, and says whether there were too many of late. */
  isTooMany(): boolean {
    const now = this.#clock.monotonic();
    this.#times.push(now);
    if (this.#times.length > MOST) this.#times.shift();
    return this.#times.length === MOST && now - this.#times[0]! <= WINDOW;
  }
}
