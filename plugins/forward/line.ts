import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Protocol, Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { UpstreamError } from '../../src/upstream/upstream-error.ts';
import { isFor } from '../../src/upstream/upstream.ts';
import type { Upstream, UpstreamQuery } from '../../src/upstream/upstream.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { Budget } from './budget.ts';
import type { Health } from './health.ts';
import type { ForwardMetrics, UpstreamMetrics } from './metrics.ts';
import type { LineOptions } from './options.ts';
import { orderOf } from './policy.ts';
import type { Order } from './policy.ts';
import { questionKey } from './question-key.ts';
import { failure, formatError, refusal, toReply } from './reply.ts';

/** Milliseconds after which no further upstream is tried. */
const QUERY_DEADLINE = 5000;

/** An upstream with what is known and counted about it. */
export interface Member {
  readonly upstream: Upstream;
  readonly health: Health;
  readonly metrics: UpstreamMetrics;
}

/** What one `forward` line does. */
export class ForwardLine {
  readonly #options: LineOptions;
  readonly #members: readonly Member[];
  readonly #order: Order<Member>;
  readonly #metrics: ForwardMetrics;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #budget: Budget;
  /** What is in flight, by question. */
  readonly #questions = new Map<string, Promise<Message | Reply>>();
  #concurrent = 0;

  constructor(
    options: LineOptions,
    members: readonly Member[],
    metrics: ForwardMetrics,
    budget: Budget,
    clock: Clock,
    random: Random,
  ) {
    this.#options = options;
    this.#members = members;
    this.#metrics = metrics;
    this.#budget = budget;
    this.#clock = clock;
    this.#random = random;
    this.#order = orderOf(options.policy, members, random);
  }

  /** Whether a name (lower case, fully qualified) is this line's to forward. */
  matches(name: string): boolean {
    const { from, except } = this.#options;
    if (!isSubdomain(from, name)) return false;
    if (name === from) return true;
    for (const zone of except) if (isSubdomain(zone, name)) return false;
    return true;
  }

  /** Asks the upstreams. Undefined when `next` or `next_on_nodata` hands over to the next line, if there is one. */
  async answer(query: Query, isLast: boolean): Promise<Reply | undefined> {
    const { maximumConcurrent } = this.#options;
    if (maximumConcurrent > 0 && this.#concurrent >= maximumConcurrent) {
      this.#metrics.rejected.value++;
      return refusal(new Error(`concurrent queries exceeded maximum ${maximumConcurrent}`), query);
    }
    const key = questionKey(query, this.#protocol(query));
    const inFlight = this.#questions.get(key);
    const cost = this.#budget.take(query.size, inFlight !== undefined);
    if (cost === 0) {
      this.#metrics.shed.value++;
      return refusal(new Error('too many queries are in flight'), query);
    }
    this.#concurrent++;
    try {
      const outcome = await (inFlight ?? this.#begin(key, query));
      if (outcome instanceof Reply) return outcome;
      if (!isLast && this.#handsOver(outcome)) return undefined;
      return toReply(outcome, query);
    } finally {
      this.#concurrent--;
      this.#budget.give(cost);
    }
  }

  /** Asks, for this client and all that ask the same until the reply is there. */
  async #begin(key: string, query: Query): Promise<Message | Reply> {
    const outcome = this.#ask(query);
    this.#questions.set(key, outcome);
    try {
      return await outcome;
    } finally {
      this.#questions.delete(key);
    }
  }

  /** Tries one upstream after the other. */
  async #ask(query: Query): Promise<Message | Reply> {
    const { maximumFails, maximumAttempts, failFast, failover } = this.#options;
    const count = this.#members.length;
    if (count === 0)
      return failure(new Error('no upstream is known: no TO names one'), query, ExtendedErrorCode.NotReady);
    const asked = toUpstreamQuery(query);
    const order = this.#order();
    const deadline = this.#clock.monotonic() + QUERY_DEADLINE;
    const attempts = maximumAttempts === undefined ? 2 * count : maximumAttempts || Infinity;
    let lastError: unknown;
    let lastMessage: Message | undefined;
    let attempt = 0;
    let skipped = 0;
    let failovers = 0;
    for (let turn = 0; attempt < attempts; turn++) {
      const remaining = deadline - this.#clock.monotonic();
      if (remaining <= 0) break;
      if (turn % count === 0) skipped = 0;
      let member = order[turn % count]!;
      if (maximumFails > 0 && member.health.fails > maximumFails) {
        if (++skipped < count) continue;
        this.#metrics.allDown.value++;
        if (failFast)
          return failure(new Error('no healthy proxies'), query, ExtendedErrorCode.NoReachableAuthority);
        // All are said to be down: more likely it is the probes that fail.
        member = this.#members[this.#random.below(count)]!;
      }
      attempt++;
      try {
        const message = await this.#exchange(member, query, asked, remaining);
        if (!isFor(message, asked.question) || message.question === undefined) return formatError();
        if (!failover.includes(message.rcode) || ++failovers >= count) return message;
        lastMessage = message;
      } catch (error) {
        if (error instanceof FormatError) return formatError();
        lastError = error;
        if (maximumFails > 0) member.health.suspect();
      }
    }
    if (lastMessage !== undefined) return lastMessage;
    const error = lastError instanceof Error ? lastError : new Error('no upstream answered in time');
    const isNetwork = error instanceof UpstreamError && error.kind !== 'timeout';
    return failure(
      error,
      query,
      isNetwork ? ExtendedErrorCode.NetworkError : ExtendedErrorCode.NoReachableAuthority,
    );
  }

  async #exchange(member: Member, query: Query, asked: UpstreamQuery, remaining: number): Promise<Message> {
    const { upstream, metrics } = member;
    const timeout = Math.min(this.#options.readTimeout, remaining);
    const protocol = this.#protocol(query);
    const start = this.#clock.monotonic();
    let message = await upstream.exchange(asked, protocol, timeout);
    if (this.#options.preferUdp && protocol === 'udp' && (message.flags & HeaderFlag.TC) !== 0) {
      message = await upstream.exchange(asked, 'tcp', timeout);
    }
    metrics.answered(message.rcode, this.#clock.monotonic() - start);
    return message;
  }

  #protocol(query: Query): Protocol {
    if (this.#options.forceTcp) return 'tcp';
    return this.#options.preferUdp ? 'udp' : query.client.protocol;
  }

  #handsOver(message: Message): boolean {
    if (this.#options.next.includes(message.rcode)) return true;
    return this.#options.nextOnNoData && message.rcode === Rcode.NoError && message.answer.length === 0;
  }
}

function toUpstreamQuery(query: Query): UpstreamQuery {
  return {
    flags: query.flags,
    question: { name: query.originalName, type: query.type, class: query.class },
    edns: query.edns,
  };
}

/** All as the upstream said it. */
