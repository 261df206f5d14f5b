/** What the upstream of a model does with a query: after `delay` milliseconds an answer, or none. */
export interface Outcome {
  readonly kind: 'answer' | 'denial' | 'failure' | 'silence';
  /** Seconds, at least 5. */
  readonly ttl: number;
  readonly delay: number;
}

/** How old answers are given; times in milliseconds, `within` and `ttl` in seconds. */
export interface Shape {
  readonly mode: 'none' | 'immediate' | 'verify' | 'refresh';
  readonly within: number;
  readonly ttl: number;
  /** Infinity: as long as it takes. */
  readonly timeout: number;
  readonly recheck: number;
}

/** One client's query; `reply` is there once it is answered. */
export interface Client {
  reply?: string;
}

interface Kept {
  readonly text: string;
  readonly ttl: number;
  readonly stored: number;
  recheckAt: number;
}

interface Flight {
  readonly outcome: Outcome;
  readonly text: string;
  readonly landsAt: number;
  readonly renews: Kept | undefined;
  readonly waiting: { readonly client: Client; readonly deadline: number; readonly old: Kept | undefined }[];
  isLate: boolean;
}

const SERVFAIL_SECONDS = 5;
const SILENCE_SECONDS = 1;

/**
 * A cache of one question, as one would tell it to a colleague, in steps of time. An upstream's n-th answer is
 * `n`; a reply reads `n TTL`.
 */
export class CacheModel {
  /** How many queries went upstream. */
  queries = 0;
  readonly #shape: Shape;
  readonly #next: () => Outcome;
  #now = 0;
  #kept: Kept | undefined;
  #failedUntil = 0;
  #flight: Flight | undefined;

  constructor(shape: Shape, next: () => Outcome) {
    this.#shape = shape;
    this.#next = next;
  }

  /** When something happens next without being asked for. */
  get nextEvent(): number {
    const flight = this.#flight;
    if (flight === undefined) return Infinity;
    return Math.min(flight.landsAt, ...flight.waiting.map(({ deadline }) => deadline));
  }

  ask(): Client {
    const client: Client = {};
    const kept = this.#kept;
    const age = kept === undefined ? Infinity : Math.floor((this.#now - kept.stored) / 1000);
    if (kept !== undefined && age < kept.ttl) {
      client.reply = `${kept.text} ${kept.ttl - age}`;
    } else if (kept !== undefined && this.#shape.mode !== 'none' && age - kept.ttl < this.#shape.within) {
      this.#askStale(client, kept);
    } else if (this.#now < this.#failedUntil) {
      client.reply = 'failure';
    } else {
      this.#flight ??= this.#fetch(undefined);
      this.#flight.waiting.push({ client, deadline: Infinity, old: undefined });
      // An upstream that answers at once is not waited for by others.
      if (this.#flight.outcome.delay === 0) this.#land(this.#flight);
    }
    return client;
  }

  /** Time goes on, at most to the next event. */
  moveTo(now: number): void {
    this.#now = now;
    const flight = this.#flight;
    if (flight === undefined) return;
    if (flight.landsAt <= now) return this.#land(flight);
    for (const waiter of [...flight.waiting]) {
      if (waiter.deadline > now) continue;
      flight.isLate = true;
      flight.waiting.splice(flight.waiting.indexOf(waiter), 1);
      waiter.client.reply = this.#oldReply(waiter.old!);
    }
  }

  #askStale(client: Client, kept: Kept): void {
    const { mode, timeout } = this.#shape;
    const mayFetch = this.#flight === undefined && this.#now >= kept.recheckAt;
    const waits = mode !== 'immediate' && (mayFetch || this.#flight?.isLate === false);
    if (mayFetch) this.#flight = this.#fetch(kept);
    if (waits) this.#flight!.waiting.push({ client, deadline: this.#now + timeout, old: kept });
    else client.reply = this.#oldReply(kept);
  }

  #oldReply(kept: Kept): string {
    return `${kept.text} ${this.#shape.ttl}`;
  }

  #fetch(renews: Kept | undefined): Flight {
    const outcome = this.#next();
    const text = String(++this.queries);
    return { outcome, text, landsAt: this.#now + outcome.delay, renews, waiting: [], isLate: false };
  }

  #land(flight: Flight): void {
    this.#flight = undefined;
    const { kind, ttl } = flight.outcome;
    const good = kind === 'answer' || kind === 'denial';
    if (good) this.#kept = { text: flight.text, ttl, stored: this.#now, recheckAt: 0 };
    else if (flight.renews !== undefined) {
      flight.renews.recheckAt = this.#now + Math.max(this.#shape.recheck, SILENCE_SECONDS * 1000);
    } else {
      this.#failedUntil = this.#now + (kind === 'silence' ? SILENCE_SECONDS : SERVFAIL_SECONDS) * 1000;
    }
    for (const { client, old } of flight.waiting) {
      if (good) client.reply = `${flight.text} ${ttl}`;
      else client.reply = old === undefined ? 'failure' : this.#oldReply(old);
    }
  }
}
