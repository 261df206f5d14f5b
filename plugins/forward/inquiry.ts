import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Protocol, Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { UpstreamError } from '../../src/upstream/upstream-error.ts';
import { isFor } from '../../src/upstream/upstream.ts';
import type { UpstreamQuery } from '../../src/upstream/upstream.ts';
import { HeaderFlag } from '../../src/wire/codes.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { Message } from '../../src/wire/message.ts';
import type { HedgeAllowance } from './hedge-allowance.ts';
import type { Member } from './member.ts';
import type { CounterCell } from '../../src/metrics/registry.ts';
import type { LineOptions } from './options.ts';
import { failure, formatError } from './reply.ts';

/** Milliseconds after which no further upstream is tried. */
const QUERY_DEADLINE = 5000;

/** What an inquiry needs of its line. */
export interface InquiryContext {
  readonly options: LineOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly hedges: HedgeAllowance;
  /** Counts queries for which all upstreams were down. */
  readonly allDown: CounterCell;
  /** The reply while there is nobody to ask. */
  nobody(query: Query): Reply;
}

/**
 * One question to the upstreams: the next one is asked when one fails, and, where the order means nothing, also when
 * one is slower than it uses to be. The first reply counts.
 */
export class Inquiry {
  /** What comes of it. Never rejects: a failure is a reply too. */
  readonly outcome: Promise<Message | Reply>;
  readonly #context: InquiryContext;
  readonly #query: Query;
  readonly #protocol: Protocol;
  readonly #asked: UpstreamQuery;
  readonly #deadline: number;
  /** The upstreams to try, first to last and then again. */
  #order: readonly Member[];
  #attempts: number;
  #resolve: (outcome: Message | Reply) => void = () => undefined;
  #isDone = false;
  #attempt = 0;
  #turn = 0;
  #failovers = 0;
  /** Who has been asked and has not answered yet. */
  readonly #waitingFor: Member[] = [];
  #hedge: Timer | undefined;
  #lastError: unknown;
  #lastMessage: Message | undefined;

  /** @param order the upstreams to try, not empty, first to last and then again */
  constructor(context: InquiryContext, query: Query, protocol: Protocol, order: readonly Member[]) {
    this.outcome = new Promise((resolve) => (this.#resolve = resolve));
    this.#context = context;
    this.#query = query;
    this.#protocol = protocol;
    this.#order = order;
    this.#asked = {
      flags: query.flags,
      question: { name: query.originalName, type: query.type, class: query.class },
      edns: query.edns,
    };
    this.#attempts = attemptsOf(context.options, order);
    this.#deadline = context.clock.monotonic() + QUERY_DEADLINE;
  }

  /** Asks the first upstream. */
  begin(): void {
    this.#next();
  }

  /**
   * The upstreams are other ones from now on. When all that have been asked are gone, one that is there is asked at
   * once, in what is left of the time; should one of the old ones answer yet, that counts.
   */
  follow(order: readonly Member[]): void {
    if (this.#isDone) return;
    this.#order = order;
    this.#turn = 0;
    if (order.length === 0) {
      this.#done(this.#context.nobody(this.#query));
      return;
    }
    this.#attempt = 0;
    this.#failovers = 0;
    this.#attempts = attemptsOf(this.#context.options, order);
    if (!this.#waitingFor.some((member) => order.includes(member))) this.#goOn();
  }

  #next(): void {
    const remaining = this.#deadline - this.#context.clock.monotonic();
    const member = this.#attempt < this.#attempts && remaining > 0 ? this.#choose() : undefined;
    if (member === undefined) {
      if (this.#waitingFor.length === 0) this.#giveUp();
      return;
    }
    this.#attempt++;
    this.#waitingFor.push(member);
    void this.#try(member, Math.min(this.#context.options.readTimeout, remaining));
    this.#armHedge(member);
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

  #armHedge(member: Member): void {
    const { options, clock } = this.#context;
    if (options.policy === 'sequential' || this.#attempt >= this.#order.length) return;
    this.#hedge = clock.after(member.standing[this.#protocol].patience, () => {
      this.#hedge = undefined;
      if (options.maximumFails > 0) member.health.slow();
      if (this.#context.hedges.take(member.health.inDoubt)) this.#next();
    });
  }

  async #try(member: Member, timeout: number): Promise<void> {
    const { clock, options } = this.#context;
    const start = clock.monotonic();
    try {
      const message = await this.#exchange(member, timeout);
      const elapsed = clock.monotonic() - start;
      member.standing[this.#protocol].replied(elapsed);
      member.metrics.answered(message.rcode, elapsed);
      member.health.alive();
      this.#noLongerWaitsFor(member);
      this.#answered(message);
    } catch (error) {
      this.#noLongerWaitsFor(member);
      if (error instanceof FormatError) {
        this.#done(formatError());
        return;
      }
      member.standing[this.#protocol].lost();
      if (options.maximumFails > 0) member.health.suspect();
      this.#lastError = error;
      // Whoever is asked in place of one that is gone has its own time.
      if (this.#waitingFor.length === 0 || this.#order.includes(member)) this.#goOn();
    }
  }

  #noLongerWaitsFor(member: Member): void {
    this.#waitingFor.splice(this.#waitingFor.indexOf(member), 1);
  }

  /**
   * A truncated reply is asked for again by TCP, once (RFC 7766, section 5), and stands when that fails. One that came
   * over an encrypted connection is as whole as it gets.
   */
  async #exchange({ upstream }: Member, timeout: number): Promise<Message> {
    const message = await upstream.exchange(this.#asked, this.#protocol, timeout);
    if (this.#protocol === 'tcp' || upstream.encryptedProtocol !== undefined) return message;
    if ((message.flags & HeaderFlag.TC) === 0) return message;
    try {
      return await upstream.exchange(this.#asked, 'tcp', timeout);
    } catch (error) {
      if (this.#query.client.protocol === 'tcp') throw error;
      return message;
    }
  }

  #answered(message: Message): void {
    if (this.#isDone) return;
    if (!isFor(message, this.#asked.question) || message.question === undefined) {
      this.#done(formatError());
    } else if (
      this.#context.options.failover.includes(message.rcode) &&
      ++this.#failovers < this.#order.length
    ) {
      this.#lastMessage = message;
      this.#goOn();
    } else this.#done(message);
  }

  #goOn(): void {
    if (this.#isDone) return;
    this.#hedge?.cancel();
    this.#hedge = undefined;
    this.#next();
  }

  #giveUp(): void {
    if (this.#lastMessage !== undefined) {
      this.#done(this.#lastMessage);
      return;
    }
    const error =
      this.#lastError instanceof Error ? this.#lastError : new Error('no upstream answered in time');
    const isNetwork = error instanceof UpstreamError && error.kind !== 'timeout';
    const code = isNetwork ? ExtendedErrorCode.NetworkError : ExtendedErrorCode.NoReachableAuthority;
    this.#done(failure(error, this.#query, code));
  }

  #done(outcome: Message | Reply): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#hedge?.cancel();
    this.#resolve(outcome);
  }
}

/** How many times upstreams are asked at most. */
function attemptsOf({ maximumAttempts }: LineOptions, order: readonly Member[]): number {
  return maximumAttempts === undefined ? 2 * order.length : maximumAttempts || Infinity;
}
