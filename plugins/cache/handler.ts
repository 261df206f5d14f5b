import type { Clock } from '../../src/plugin/clock.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Repeat } from '../../src/server/repeat.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { ExtendedError } from '../../src/wire/extended-error.ts';
import { questionCode } from './entry.ts';
import type { Entry } from './entry.ts';
import { Fetching, give, wantsAuthenticData } from './fetching.ts';
import type { FetchingParts } from './fetching.ts';
import type { Fetched, Flight } from './flights.ts';
import { isIn } from './judgement.ts';
import type { CacheCounters, CacheMetrics } from './metrics.ts';
import type { CacheOptions, StaleOptions } from './options.ts';
import { RepeatedHits } from './repeated-hits.ts';
import type { Store } from './store.ts';

const OPCODE = 0x7800;
const staleAnswer: ExtendedError = { code: ExtendedErrorCode.StaleAnswer, text: '' };
const staleNameError: ExtendedError = { code: ExtendedErrorCode.StaleNxdomainAnswer, text: '' };

/** Answers from what is kept; asks the next plugin for the rest, and keeps that. */
export class CacheHandler implements Handler {
  readonly repeats = 'pure';
  readonly #options: CacheOptions;
  readonly #metrics: CacheMetrics;
  readonly #clock: Clock;
  readonly #cells: VersionCells;
  readonly #store: Store;
  readonly #weakStore: WeakRef<Store>;
  readonly #fetching: Fetching;

  constructor(parts: FetchingParts) {
    this.#options = parts.options;
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.#cells = parts.cells;
    this.#store = parts.store;
    this.#weakStore = new WeakRef(parts.store);
    this.#fetching = new Fetching(parts);
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    if ((query.flags & OPCODE) !== 0 || !isIn(this.#options.zones, query.name)) return next(query);
    const counters = this.#metrics.of(query.arrival.server);
    counters.requests.count();
    const now = this.#clock.monotonic();
    const entry = this.#find(query, now);
    if (entry === undefined) {
      counters.misses.count();
      return this.#miss(query, next, now);
    }
    counters.hits[entry.kind].count();
    const remaining = entry.remaining(now);
    if (remaining <= 0) return this.#stale(entry, query, next, now, counters);
    if (this.#options.prefetch.amount > 0) this.#consider(entry, query, next, now, remaining, counters);
    return this.#repeat(entry, query, remaining, counters);
  }

  /** The entry to answer from: one without records before one with, but a failure never before an answer. */
  #find(query: Query, now: number): Entry | undefined {
    const code = questionCode(query);
    let success: Entry | undefined;
    let denial: Entry | undefined;
    for (let entry = this.#store.first(query.nameHash); entry !== undefined; entry = entry.next) {
      if (entry.code !== code || entry.name !== query.name) continue;
      if (entry.kind === 'success') success = entry;
      else denial = entry;
    }
    if (success !== undefined && !this.#isUsable(success, now)) success = undefined;
    if (denial !== undefined && !this.#isUsable(denial, now)) denial = undefined;
    const denialFirst = denial !== undefined && !denial.isFailure && !this.#options.preferPositive;
    const found = denialFirst ? denial : (success ?? denial);
    if (found !== undefined) this.#store.touch(found, now);
    return found;
  }

  #isUsable(entry: Entry, now: number): boolean {
    const { configuration } = entry;
    if (!entry.holds(this.#cells) || (configuration !== undefined && configuration !== this.#fetching)) {
      this.#store.delete(entry);
      return false;
    }
    const remaining = entry.remaining(now);
    if (remaining > 0) return true;
    const { stale } = this.#options;
    return stale !== undefined && !entry.isFailure && -remaining < stale.within;
  }

  /** Answers from an entry that has not run out. */
  #repeat(entry: Entry, query: Query, remaining: number, counters: CacheCounters): Reply {
    query.dependencies.addAll(entry.dependencies);
    const ttl = this.#options.keepTtl ? entry.ttl : remaining;
    const fresh = entry.repeat(ttl, wantsAuthenticData(query));
    // Only when somebody wants to know: nearly all hits would make it for nothing.
    if (query.client.wantsRepeat !== true || entry.isFailure) return fresh;
    query.dependencies.read(this.#cells, this.#store.flushCell);
    return fresh.with({ repeat: this.#vouch(entry, remaining, counters) });
  }

  /** Joins those who wait for the same, or asks. A look-up of our own waits for nobody: it could be for itself. */
  #miss(query: Query, next: Next, now: number): Reply | Promise<Reply> {
    if (query.depth === 0) {
      const flight = this.#store.flights.find(query, questionCode(query), now);
      const outcome = flight && this.#store.flights.join(flight);
      if (outcome !== undefined) return outcome.then((fetched) => this.#landed(fetched, query, next));
    }
    return this.#fetching.fetch(query, next);
  }

  /** What somebody else's fetch brought counts for this query too, if it was kept and is still there. */
  #landed(fetched: Fetched | undefined, query: Query, next: Next): Reply | Promise<Reply> {
    const now = this.#clock.monotonic();
    const entry = fetched?.kept === true ? this.#find(query, now) : undefined;
    if (entry === undefined) return this.#fetching.fetch(query, next);
    const remaining = entry.remaining(now);
    const counters = this.#metrics.of(query.arrival.server);
    if (remaining > 0) return this.#repeat(entry, query, remaining, counters);
    return this.#old(entry, query, this.#options.stale!, counters);
  }

  /** What the next hits look like: TTLs run down, until one of them would fetch the answer anew. */
  #vouch(entry: Entry, remaining: number, counters: CacheCounters): Repeat {
    const { keepTtl, prefetch } = this.#options;
    const kept = prefetch.amount > 0 ? Math.ceil((prefetch.percentage / 100) * entry.ttl) : 0;
    return {
      running: keepTtl ? undefined : { since: entry.stored, elapsed: entry.ttl - remaining },
      until: entry.stored + Math.max(0, entry.ttl - kept) * 1000,
      counter: new RepeatedHits(this.#weakStore, entry, counters, this.#clock),
    };
  }

  /** Answers from an entry that has run out, within the time that serve_stale allows. */
  #stale(
    entry: Entry,
    query: Query,
    next: Next,
    now: number,
    counters: CacheCounters,
  ): Reply | Promise<Reply> {
    const options = this.#options.stale!;
    const flight = this.#store.flights.find(entry, entry.code, now);
    const alone = flight === undefined ? now < entry.recheckAt : flight.isLate || query.depth > 0;
    if (!alone && options.mode !== 'immediate') {
      return this.#verify(entry, query, next, flight, options, counters);
    }
    if (flight === undefined && !alone) this.#refresh(entry, query, next);
    return this.#old(entry, query, options, counters);
  }

  /** The old answer, with the reason for those who understand it (RFC 8914). */
  #old(entry: Entry, query: Query, options: StaleOptions, counters: CacheCounters): Reply {
    counters.stale.count();
    query.dependencies.addAll(entry.dependencies);
    const reply = entry.repeat(this.#options.keepTtl ? entry.ttl : options.ttl, wantsAuthenticData(query));
    return reply.with({ extendedError: reply.rcode === Rcode.NameError ? staleNameError : staleAnswer });
  }

  /** Asks first; what does not help is replaced by the old answer, and so is what takes too long. */
  async #verify(
    entry: Entry,
    query: Query,
    next: Next,
    joined: Flight | undefined,
    options: StaleOptions,
    counters: CacheCounters,
  ): Promise<Reply> {
    const flight = joined ?? this.#fetching.renew(entry, query, next);
    const fetched = await (options.timeout > 0 ? this.#inTime(flight, options.timeout) : flight.outcome);
    if (fetched !== undefined) {
      return joined === undefined ? give(fetched, query) : this.#landed(fetched, query, next);
    }
    // Local data may have changed meanwhile: then the old answer is a lie, and only the next plugin knows.
    if (!entry.holds(this.#cells)) return this.#fetching.fetch(query, next);
    return this.#old(entry, query, options, counters);
  }

  #inTime(flight: Flight, timeout: number): Promise<Fetched | undefined> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeout, () => {
        flight.isLate = true;
        resolve(undefined);
      });
      void flight.outcome.then((fetched) => {
        timer.cancel();
        resolve(fetched);
      });
    });
  }

  /** Counts a hit, and fetches a popular answer anew when it is about to run out. */
  #consider(
    entry: Entry,
    query: Query,
    next: Next,
    now: number,
    remaining: number,
    counters: CacheCounters,
  ): void {
    const { amount, within, percentage } = this.#options.prefetch;
    entry.hits = now - entry.lastHit > within ? 1 : entry.hits + 1;
    entry.lastHit = now;
    if (entry.hits < amount || remaining > Math.ceil((percentage / 100) * entry.ttl)) return;
    if (entry.refreshing || now < entry.recheckAt) return;
    counters.prefetches.count();
    this.#refresh(entry, query, next);
  }

  /** Fetches a new answer in the background. */
  #refresh(entry: Entry, query: Query, next: Next): void {
    const client = { ...query.client, protocol: 'tcp' as const };
    this.#fetching.renew(entry, query.with({ client, dependencies: new Dependencies() }), next);
  }
}
