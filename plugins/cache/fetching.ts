import type { Clock } from '../../src/plugin/clock.ts';
import type { Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { withTtl } from '../../src/wire/record.ts';
import { Entry, questionCode } from './entry.ts';
import type { Fetched, Flight } from './flights.ts';
import { judge } from './judgement.ts';
import type { Judgement } from './judgement.ts';
import type { CacheMetrics } from './metrics.ts';
import type { CacheOptions } from './options.ts';
import type { Store } from './store.ts';

/** Milliseconds for which it is remembered that nobody could say: the least that RFC 9520, section 3.2, asks for. */
const FAILURE_MEMORY = 1000;

/** What fetching works with. */
export interface FetchingParts {
  readonly options: CacheOptions;
  readonly store: Store;
  readonly metrics: CacheMetrics;
  readonly clock: Clock;
  readonly cells: VersionCells;
}

/** Asks the next plugin, and keeps what may be kept. One for each configuration, while the store may be handed over. */
export class Fetching {
  readonly #options: CacheOptions;
  readonly #store: Store;
  readonly #metrics: CacheMetrics;
  readonly #clock: Clock;
  readonly #cells: VersionCells;
  /** Milliseconds; 0: failures are not remembered. */
  readonly #failureMemory: number;

  constructor({ options, store, metrics, clock, cells }: FetchingParts) {
    this.#options = options;
    this.#store = store;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#cells = cells;
    this.#failureMemory = options.serverFailure >= FAILURE_MEMORY ? FAILURE_MEMORY : 0;
  }

  /** Fetches what is not kept. Stays synchronous where the next plugin is. */
  fetch(query: Query, next: Next): Reply | Promise<Reply> {
    const inner = downstream(query);
    const { flushes, flights } = this.#store;
    const reply = next(inner);
    if (!(reply instanceof Promise)) return give(this.#take(query, inner, reply, flushes), query);
    const flight = flights.add(query, questionCode(query), this.#clock.monotonic());
    return reply.then(
      (late) => this.#land(flight, query, inner, late, flushes),
      (error: unknown) => {
        flights.land(flight, undefined);
        throw error;
      },
    );
  }

  #land(flight: Flight, query: Query, inner: Query, reply: Reply, flushes: number): Reply {
    let fetched: Fetched | undefined;
    try {
      fetched = this.#takeLate(query, inner, reply, flushes);
      return give(fetched, query);
    } finally {
      this.#store.flights.land(flight, fetched);
    }
  }

  /**
   * Fetches what is kept anew. The outcome is undefined, and the entry stays, unless the answer is NOERROR or
   * NXDOMAIN.
   */
  renew(entry: Entry, query: Query, next: Next): Flight {
    const { flights } = this.#store;
    const flight = flights.add(entry, entry.code, this.#clock.monotonic());
    void this.#renewal(entry, query, next).then((fetched) => flights.land(flight, fetched));
    return flight;
  }

  async #renewal(entry: Entry, query: Query, next: Next): Promise<Fetched | undefined> {
    entry.refreshing = true;
    try {
      const inner = downstream(query);
      const { flushes } = this.#store;
      const reply = await next(inner);
      if (!reply.bare && (reply.rcode === Rcode.NoError || reply.rcode === Rcode.NameError)) {
        return this.#take(query, inner, reply, flushes);
      }
    } catch {
      // As good as no answer: the old one goes on.
    } finally {
      entry.refreshing = false;
    }
    const recheck = Math.max(this.#options.stale?.recheck ?? 0, this.#failureMemory);
    entry.recheckAt = this.#clock.monotonic() + recheck;
    return undefined;
  }

  /**
   * Keeps a reply if it may be, and makes it what the client is to see.
   * @param flushes of the store when it was asked for
   */
  #take(query: Query, inner: Query, reply: Reply, flushes: number): Fetched {
    const { dependencies } = inner;
    // Nothing was sent but a code, and at once: asking again costs nothing.
    if (reply.bare) return { reply, dependencies, kept: false };
    const judgement = judge(query, reply, this.#options, this.#clock.now());
    const { ttl } = judgement;
    const sent = reply.with({
      answer: withTtl(reply.answer, ttl),
      authority: withTtl(reply.authority, ttl),
      additional: withTtl(reply.additional, ttl),
      // Of an OPT record only the reason stays (RFC 8914): of a failure, or of an answer's age.
      edns: undefined,
      extendedError: reply.extendedError ?? readExtendedError(reply.edns),
    });
    const kept = flushes === this.#store.flushes && this.#keep(query, sent, judgement, dependencies);
    return { reply: sent, dependencies, kept };
  }

  /** The same for a reply that took its time, which a failure is remembered for (RFC 9520). */
  #takeLate(query: Query, inner: Query, reply: Reply, flushes: number): Fetched {
    const { dependencies } = inner;
    if (!reply.bare || reply.rcode !== Rcode.ServerFailure || this.#failureMemory === 0) {
      return this.#take(query, inner, reply, flushes);
    }
    const judgement = { kind: 'denial', ttl: this.#failureMemory / 1000, isFailure: true } as const;
    const kept = flushes === this.#store.flushes && this.#keep(query, reply, judgement, dependencies);
    return { reply, dependencies, kept };
  }

  #keep(query: Query, reply: Reply, judgement: Judgement, dependencies: Dependencies): boolean {
    const { kind } = judgement;
    if (kind === undefined || dependencies.overflowed || !dependencies.hold(this.#cells)) return false;
    const now = this.#clock.monotonic();
    const counters = this.#metrics.of(query.arrival.server);
    const configuration = dependencies.crossedBlocks ? this : undefined;
    const origin = { dependencies, stored: now, counters, configuration };
    const entry = new Entry(query, reply, kind, judgement, origin);
    const store = this.#store;
    const previous = store.find(entry, kind);
    if (previous !== undefined) {
      // A failure never takes the place of an answer.
      if (entry.isFailure && !previous.isFailure && previous.remaining(now) > 0) return false;
      if (previous.refreshing) {
        // Fetched anew because it is popular: that it stays.
        entry.hits = previous.hits;
        entry.lastHit = previous.lastHit;
      }
    }
    store.add(entry);
    this.#settle(entry, kind === 'success' ? 'denial' : 'success', now);
    return true;
  }

  /** What was said before about the same question is no longer so. */
  #settle(entry: Entry, otherKind: Entry['kind'], now: number): void {
    if (entry.isFailure) return;
    const old = this.#store.find(entry, otherKind);
    if (old === undefined) return;
    if (otherKind === 'denial' || !this.#options.preferPositive) this.#store.delete(old);
    // It goes on being given, and need not be asked for while the denial is fresh.
    else old.recheckAt = now + entry.ttl * 1000;
  }
}

/** The reply to the client that it was fetched for. */
export function give({ reply, dependencies }: Fetched, query: Query): Reply {
  query.dependencies.addAll(dependencies);
  return reply.authenticData && !wantsAuthenticData(query) ? reply.with({ authenticData: false }) : reply;
}

/** Whether the client understands the AD bit (RFC 6840, section 5.7). */
export function wantsAuthenticData({ flags, edns }: Query): boolean {
  return (flags & HeaderFlag.AD) !== 0 || edns?.dnssecOk === true;
}

/** The query for the next plugin: it asks for AD, and what is read for it is noted apart. */
function downstream(query: Query): Query {
  return query.with({ flags: query.flags | HeaderFlag.AD, dependencies: new Dependencies() });
}
