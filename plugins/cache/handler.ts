import type { Clock } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { Entry, questionCode, recordsWithTtl } from './entry.ts';
import { isIn, judge } from './judgement.ts';
import type { CacheCounters, CacheMetrics } from './metrics.ts';
import type { CacheOptions, StaleOptions } from './options.ts';
import type { Store } from './store.ts';

const OPCODE = 0x7800;

/** Answers from what is kept; asks the next plugin for the rest, and keeps that. */
export class CacheHandler implements Handler {
  readonly repeats = 'pure';
  readonly #options: CacheOptions;
  readonly #metrics: CacheMetrics;
  readonly #clock: Clock;
  readonly #cells: VersionCells;
  readonly #store: Store;

  constructor(
    options: CacheOptions,
    store: Store,
    metrics: CacheMetrics,
    { clock, cells }: Pick<Controller, 'clock' | 'cells'>,
  ) {
    this.#options = options;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#cells = cells;
    this.#store = store;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    if ((query.flags & OPCODE) !== 0 || !isIn(this.#options.zones, query.name)) return next(query);
    const counters = this.#metrics.of(query.arrival.server);
    counters.requests.count();
    const now = this.#clock.monotonic();
    const entry = this.#find(query, now);
    if (entry === undefined) {
      counters.misses.count();
      return this.#fetch(query, next);
    }
    counters.hits[entry.kind].count();
    const remaining = entry.remaining(now);
    if (remaining <= 0) return this.#stale(entry, query, next, now, counters);
    if (this.#options.prefetch.amount > 0) this.#consider(entry, query, next, now, remaining, counters);
    query.dependencies.addAll(entry.dependencies);
    return entry.repeat(this.#options.keepTtl ? entry.ttl : remaining, wantsAuthenticData(query));
  }

  /** The entry to answer from: one without records before one with, but a failure never before an answer. */
  #find(query: Query, now: number): Entry | undefined {
    const code = questionCode(query);
    let success: Entry | undefined;
    let denial: Entry | undefined;
    for (let entry = this.#store.first(query.name); entry !== undefined; entry = entry.next) {
      if (entry.code !== code) continue;
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
    if (!entry.holds(this.#cells)) {
      this.#store.delete(entry);
      return false;
    }
    const remaining = entry.remaining(now);
    if (remaining > 0) return true;
    const { stale } = this.#options;
    return stale !== undefined && !entry.isFailure && -remaining < stale.within;
  }

  /** Asks the next plugin and keeps the answer. Stays synchronous where that is. */
  #fetch(query: Query, next: Next): Reply | Promise<Reply> {
    const inner = downstream(query);
    const reply = next(inner);
    if (reply instanceof Promise) return reply.then((late) => this.#take(query, inner, late));
    return this.#take(query, inner, reply);
  }

  /** Gives the reply as the client is to see it, and keeps it if it may be. */
  #take(query: Query, inner: Query, reply: Reply): Reply {
    query.dependencies.addAll(inner.dependencies);
    // Nothing was sent but a code: there is nothing to keep.
    if (reply.bare) return reply;
    const judgement = judge(query, reply, this.#options, this.#clock.now());
    const { kind, ttl } = judgement;
    const sent = reply.with({
      answer: recordsWithTtl(reply.answer, ttl),
      authority: recordsWithTtl(reply.authority, ttl),
      additional: recordsWithTtl(reply.additional, ttl),
      edns: undefined,
    });
    if (kind !== undefined && !inner.dependencies.overflowed && inner.dependencies.hold(this.#cells)) {
      const { dependencies } = inner;
      const origin = {
        dependencies,
        stored: this.#clock.monotonic(),
        counters: this.#metrics.of(query.arrival.server),
      };
      this.#keep(new Entry(query, sent, kind, judgement, origin));
    }
    return sent.authenticData && !wantsAuthenticData(query) ? sent.with({ authenticData: false }) : sent;
  }

  #keep(entry: Entry): void {
    const { name, code, kind } = entry;
    const previous = this.#store.find(name, code, kind);
    if (previous?.refreshing === true) {
      // Fetched anew because it is popular: that it stays.
      entry.hits = previous.hits;
      entry.lastHit = previous.lastHit;
    }
    this.#store.add(entry);
    if (entry.isFailure || (kind === 'denial' && this.#options.preferPositive)) return;
    // What was said before about the same question is no longer so.
    const old = this.#store.find(name, code, kind === 'success' ? 'denial' : 'success');
    if (old !== undefined) this.#store.delete(old);
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
    const mayRefresh = now >= entry.recheckAt;
    if (options.mode === 'verify' && mayRefresh) return this.#verify(entry, query, next, options, counters);
    if (mayRefresh) this.#refresh(entry, query, next);
    return this.#old(entry, query, options, counters);
  }

  #old(entry: Entry, query: Query, options: StaleOptions, counters: CacheCounters): Reply {
    counters.stale.count();
    query.dependencies.addAll(entry.dependencies);
    return entry.repeat(this.#options.keepTtl ? entry.ttl : options.ttl, wantsAuthenticData(query));
  }

  /** Asks first; what does not help is replaced by the old answer, and so is what takes too long. */
  async #verify(
    entry: Entry,
    query: Query,
    next: Next,
    options: StaleOptions,
    counters: CacheCounters,
  ): Promise<Reply> {
    const fresh = this.#renew(entry, query, next);
    const reply = await (options.timeout > 0 ? this.#inTime(fresh, options.timeout) : fresh);
    // Local data may have changed meanwhile: then the old answer is a lie, and only the next plugin knows.
    if (reply === undefined && !entry.holds(this.#cells)) return this.#fetch(query, next);
    return reply ?? this.#old(entry, query, options, counters);
  }

  #inTime(fresh: Promise<Reply | undefined>, timeout: number): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeout, () => resolve(undefined));
      void fresh.then((reply) => {
        timer.cancel();
        resolve(reply);
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
    if (entry.hits < amount || remaining > Math.ceil((percentage / 100) * entry.ttl) || entry.refreshing)
      return;
    counters.prefetches.count();
    this.#refresh(entry, query, next);
  }

  /** Fetches a new answer in the background, one at a time. */
  #refresh(entry: Entry, query: Query, next: Next): void {
    if (entry.refreshing) return;
    const client = { ...query.client, protocol: 'tcp' as const };
    void this.#renew(entry, query.with({ client, dependencies: new Dependencies() }), next);
  }

  /** Asks the next plugin. Undefined, and the entry stays, unless the answer is NOERROR or NXDOMAIN. Never rejects. */
  async #renew(entry: Entry, query: Query, next: Next): Promise<Reply | undefined> {
    entry.refreshing = true;
    try {
      const inner = downstream(query);
      const reply = await next(inner);
      if (!reply.bare && (reply.rcode === Rcode.NoError || reply.rcode === Rcode.NameError)) {
        return this.#take(query, inner, reply);
      }
    } catch {
      // As good as no answer: the old one goes on.
    } finally {
      entry.refreshing = false;
    }
    entry.recheckAt = this.#clock.monotonic() + (this.#options.stale?.recheck ?? 0);
    return undefined;
  }
}

/** The query for the next plugin: it asks for AD, and what is read for it is noted apart. */
function downstream(query: Query): Query {
  return query.with({ flags: query.flags | HeaderFlag.AD, dependencies: new Dependencies() });
}

/** Whether the client understands the AD bit (RFC 6840, section 5.7). */
function wantsAuthenticData({ flags, edns }: Query): boolean {
  return (flags & HeaderFlag.AD) !== 0 || edns?.dnssecOk === true;
}
