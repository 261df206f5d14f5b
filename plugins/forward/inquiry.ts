import type { CounterCell } from '../../src/metrics/registry.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Protocol, Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import type { Deadline, DeadlineQueue } from '../../src/plugin/deadline-queue.ts';
import type { Hashed } from '../../src/plugin/hash-table.ts';
import { UpstreamError } from '../../src/upstream/upstream-error.ts';
import { isFor } from '../../src/upstream/upstream.ts';
import type { UpstreamQuery } from '../../src/upstream/upstream.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { Message } from '../../src/wire/message.ts';
import { Attempt } from './attempt.ts';
import type { HedgeAllowance } from './hedge-allowance.ts';
import type { Member } from './member.ts';
import type { LineOptions } from './options.ts';
import { questionHash } from './questions.ts';
import { failure, formatError } from './reply.ts';
import type { WaitingClient } from './waiting-client.ts';

/** Milliseconds after which no further upstream is tried. */
const QUERY_DEADLINE = 5000;

const NOBODY: readonly Member[] = [];
const NO_ATTEMPTS: readonly Attempt[] = [];

/** What comes of an inquiry; a failure is a reply too. Undefined: there is nobody to ask. */
export type Outcome = Message | Reply | undefined;

/** What an inquiry needs of its line. */
export interface InquiryContext {
  readonly options: LineOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly hedges: HedgeAllowance;
  /** The inquiries that ask a second upstream soon. */
  readonly patience: DeadlineQueue;
  /** Counts queries for which all upstreams were down. */
  readonly allDown: CounterCell;
  /** Told once for each inquiry. */
  over(inquiry: Inquiry, outcome: Outcome): void;
}

/**
 * One question to the upstreams: the next one is asked when one fails, and, where the order means nothing, also when
 * one is slower than it uses to be. The first reply counts.
 */
export class Inquiry implements Deadline, Hashed<Inquiry> {
  deadline = 0;
  place = -1;
  /** See questionHash. */
  readonly hash: number;
  next: Inquiry | undefined;
  /** Those who wait, the first one first. */
  readonly clients: WaitingClient[];
  readonly protocol: Protocol;
  /** What is asked of the upstreams. */
  readonly asked: UpstreamQuery;
  readonly #context: InquiryContext;
  /** The upstreams to try, first to last and then again. */
  #order: readonly Member[] = NOBODY;
  #state: 'new' | 'asking' | 'over' = 'new';
  #end = 0;
  #maximumAttempts = 0;
  #attempts = 0;
  #turn = 0;
  #failovers = 0;
  /** Who has been asked and has not answered yet; the last one first. */
  #waitingFor: readonly Attempt[] = NO_ATTEMPTS;
  #lastError: Error | undefined;
  #lastMessage: Message | undefined;

  constructor(context: InquiryContext, protocol: Protocol, client: WaitingClient) {
    const { query } = client;
    this.#context = context;
    this.hash = questionHash(query);
    this.next = undefined;
    this.protocol = protocol;
    this.clients = [client];
    this.asked = {
      flags: query.flags,
      question: { name: query.originalName, type: query.type, class: query.class },
      edns: query.edns,
    };
  }

  /** Of the first client. */
  get query(): Query {
    return this.clients[0]!.query;
  }

  /** Asks the first upstream. @param order the upstreams to try, first to last and then again */
  begin(order: readonly Member[]): void {
    this.#state = 'asking';
    this.#end = this.#context.clock.monotonic() + QUERY_DEADLINE;
    if (order.length > 0) this.#context.hedges.add();
    this.follow(order);
  }

  /**
   * The upstreams are other ones from now on. When all that have been asked are gone, one that is there is asked at
   * once, in what is left of the time; should one of the old ones answer yet, that counts.
   */
  follow(order: readonly Member[]): void {
    if (this.#state !== 'asking') return;
    this.#order = order;
    this.#turn = 0;
    this.#attempts = 0;
    this.#failovers = 0;
    const { maximumAttempts } = this.#context.options;
    this.#maximumAttempts = maximumAttempts === undefined ? 2 * order.length : maximumAttempts || Infinity;
    if (order.length === 0) this.#over(undefined);
    else if (!this.#waitingFor.some(({ member }) => order.includes(member))) this.#goOn();
  }

  /** An upstream has answered, perhaps after others did. */
  replied(attempt: Attempt, message: Message): void {
    const { member, start } = attempt;
    const elapsed = this.#context.clock.monotonic() - start;
    member.standing[this.protocol].replied(elapsed);
    member.metrics.answered(message.rcode, elapsed);
    member.health.alive();
    this.#noLongerWaitsFor(attempt);
    if (this.#state === 'over') return;
    const { failover } = this.#context.options;
    if (!isFor(message, this.asked.question) || message.question === undefined) this.#over(formatError());
    else if (failover.includes(message.rcode) && ++this.#failovers < this.#order.length) {
      this.#lastMessage = message;
      this.#goOn();
    } else this.#over(message);
  }

  /** An upstream gave no reply, or the query is one that cannot be written. */
  failed(attempt: Attempt, error: Error): void {
    const { member } = attempt;
    this.#noLongerWaitsFor(attempt);
    if (error instanceof FormatError) {
      this.#over(formatError());
      return;
    }
    member.standing[this.protocol].lost();
    if (this.#context.options.maximumFails > 0) member.health.suspect();
    this.#lastError = error;
    // Whoever is asked in place of one that is gone has its own time.
    if (this.#waitingFor.length === 0 || this.#order.includes(member)) this.#goOn();
  }

  /** The upstream that was asked last is slower than it uses to be. */
  expire(): void {
    const { options, hedges } = this.#context;
    const { health } = this.#waitingFor[0]!.member;
    if (options.maximumFails > 0) health.slow();
    if (hedges.take(health.inDoubt)) this.#next();
  }

  #goOn(): void {
    if (this.#state === 'over') return;
    this.#context.patience.remove(this);
    this.#next();
  }

  #next(): void {
    const { options, clock } = this.#context;
    const now = clock.monotonic();
    const remaining = this.#end - now;
    const member = this.#attempts < this.#maximumAttempts && remaining > 0 ? this.#choose() : undefined;
    if (member === undefined) {
      if (this.#waitingFor.length === 0) this.#giveUp();
      return;
    }
    this.#attempts++;
    const attempt = new Attempt(this, member, now, Math.min(options.readTimeout, remaining));
    // Nearly always the only one, in an array that has room for no more.
    this.#waitingFor = this.#waitingFor.length === 0 ? [attempt] : [attempt, ...this.#waitingFor];
    attempt.begin();
    // Asking a second one out of impatience: where the order means nothing, and there is one.
    if (options.policy === 'sequential' || this.#attempts >= this.#order.length) return;
    this.#context.patience.add(this, member.standing[this.protocol].patience);
  }

  /** The next upstream that is not down. When all are, any: more likely it is the probes that fail. */
  #choose(): Member | undefined {
    const { options, random, allDown } = this.#context;
    const count = this.#order.length;
    const { maximumFails } = options;
    for (let skipped = 0; skipped < count; skipped++) {
      const member = this.#order[this.#turn++ % count]!;
      if (maximumFails === 0 || member.health.fails <= maximumFails) return member;
    }
    allDown.value++;
    if (options.failFast) {
      this.#lastError = new Error('no healthy proxies');
      return undefined;
    }
    return this.#order[random.below(count)];
  }

  #noLongerWaitsFor(attempt: Attempt): void {
    const all = this.#waitingFor;
    const isOnly = all.length === 1 && all[0] === attempt;
    this.#waitingFor = isOnly ? NO_ATTEMPTS : all.filter((other) => other !== attempt);
  }

  #giveUp(): void {
    if (this.#lastMessage !== undefined) {
      this.#over(this.#lastMessage);
      return;
    }
    const error = this.#lastError ?? new Error('no upstream answered in time');
    const isNetwork = error instanceof UpstreamError && error.kind !== 'timeout';
    const code = isNetwork ? ExtendedErrorCode.NetworkError : ExtendedErrorCode.NoReachableAuthority;
    this.#over(failure(error, code));
  }

  #over(outcome: Outcome): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#context.patience.remove(this);
    this.#context.over(this, outcome);
  }
}
