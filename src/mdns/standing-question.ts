import type { Random } from '../plugin/random.ts';
import type { Deadline } from '../plugin/deadline-queue.ts';
import type { CachedRecord } from './cached-record.ts';
import type { RecordListener, Subscription } from './record-cache.ts';

/** Milliseconds to the second query of a series; each after it waits twice as long (RFC 6762, section 5.2). */
const FIRST_INTERVAL = 1000;
const LONGEST_INTERVAL = 3_600_000;
/** Milliseconds that a question which somebody else asked for us waits longer: this, and up to HEARD_SPREAD more. */
const HEARD_DELAY = 50;
const HEARD_SPREAD = 100;
/** Hundredths of a record's life after which it is asked for again, while somebody wants it (section 5.2). */
const REFRESH_AT = [80, 85, 90, 95];
/** Up to so many hundredths later, so that not all askers do it at once. */
const REFRESH_SPREAD = 2;

/** A question that is asked again and again, for as long as somebody wants to know. Times as in CachedRecord. */
export class StandingQuestion implements Deadline {
  readonly name: string;
  readonly type: number;
  readonly listeners = new Set<RecordListener>();
  /** Its place among what the cache tells. */
  watch: Subscription | undefined;
  deadline = 0;
  place = -1;
  /** Nobody asked in this series yet: it begins with a question that may be answered by unicast. */
  isFirst = true;
  /** How often it was asked in this series. */
  count = 0;
  #interval = FIRST_INTERVAL;
  #askedAt = -Infinity;
  #nextAt: number;
  readonly #due: (question: StandingQuestion) => void;

  /** @param due is called when it is time to ask */
  constructor(name: string, type: number, firstAt: number, due: (question: StandingQuestion) => void) {
    this.name = name;
    this.type = type;
    this.#nextAt = firstAt;
    this.#due = due;
  }

  expire(): void {
    this.#due(this);
  }

  /** We asked it. */
  asked(now: number): void {
    this.isFirst = false;
    this.count++;
    this.#askedAt = now;
    if (now >= this.#nextAt) this.#advance(now);
  }

  /**
   * Somebody else asked with the same words: that serves for ours if ours would have gone soon (RFC 6762, section 7.3),
   * which is before another half of the time from the last one has passed. Whoever asked is to be the first the next
   * time, too: two that ask at the same moment do not hear each other in time.
   */
  heard(now: number, random: Random): void {
    this.#askedAt = now;
    if (this.#nextAt - now > this.#interval / 4) return;
    this.isFirst = false;
    this.#advance(now + HEARD_DELAY + random.below(HEARD_SPREAD));
  }

  /** Begins the series anew: what was known is gone, or the link is another. */
  restart(at: number): void {
    this.isFirst = true;
    this.count = 0;
    this.#interval = FIRST_INTERVAL;
    this.#nextAt = at;
  }

  /** When to ask next, with what is known now. */
  nextTime(known: readonly CachedRecord[], random: Random): number {
    let time = isSettled(known) ? Infinity : this.#nextAt;
    for (const record of known) time = Math.min(time, refreshTime(record, this.#askedAt, random));
    return time;
  }

  #advance(now: number): void {
    this.#nextAt = now + this.#interval;
    this.#interval = Math.min(this.#interval * 2, LONGEST_INTERVAL);
  }
}

/** The owner itself has answered: there is nothing more to hear until its word grows old (RFC 6762, section 5.2). */
function isSettled(known: readonly CachedRecord[]): boolean {
  for (const { record } of known) if (record.unique) return true;
  return false;
}

/** When a record wants to be asked for again: a little after each of the points that the last question was before. */
function refreshTime({ heardAt, expiresAt, record }: CachedRecord, askedAt: number, random: Random): number {
  const hundredth = record.ttl * 10;
  // It was said goodbye to, or replaced: it is to go.
  if (expiresAt - heardAt < hundredth) return Infinity;
  for (const hundredths of REFRESH_AT) {
    const point = heardAt + hundredths * hundredth;
    if (point > askedAt) return point + (random.below(1000) * REFRESH_SPREAD * hundredth) / 1000;
  }
  return Infinity;
}
