import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Protocol, Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { DeadlineQueue } from '../../src/plugin/deadline-queue.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { Message } from '../../src/wire/message.ts';
import type { Budget } from './budget.ts';
import { HedgeAllowance } from './hedge-allowance.ts';
import { Inquiry } from './inquiry.ts';
import type { InquiryContext, Outcome } from './inquiry.ts';
import { doubtfulLast } from './member.ts';
import type { Member } from './member.ts';
import type { ForwardMetrics } from './metrics.ts';
import type { NamedHosts } from './named-hosts.ts';
import type { LineOptions } from './options.ts';
import { orderOf } from './policy.ts';
import type { Order } from './policy.ts';
import { Questions } from './questions.ts';
import { failure, loopRefusal, refusal, toReply } from './reply.ts';
import { WaitingClient } from './waiting-client.ts';
import type { Onward } from './waiting-client.ts';

/** Made once: a flood must not cost a stack trace for each of its queries. */
const TOO_MANY = refusal(new Error('too many queries are in flight'));
const TOO_MANY_UNLOGGED = TOO_MANY.with({ error: undefined });
const UNKNOWN = new Error('no upstream is known: no TO names one');

/** Milliseconds between two lines of the log about that. */
const LOG_INTERVAL = 1000;

/** What the lines of a server block share. */
export interface LineSurroundings {
  readonly metrics: ForwardMetrics;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly random: Random;
}

/** What one `forward` line does. */
export class ForwardLine {
  readonly #options: LineOptions;
  readonly #metrics: ForwardMetrics;
  readonly #budget: Budget;
  readonly #random: Random;
  readonly #context: InquiryContext;
  readonly #questions = new Questions();
  readonly #hosts: NamedHosts;
  #order: Order<Member> = () => [];
  #isEmpty = true;
  /** The reply while all upstreams are in a loop. */
  #refuse: ((query: Query) => Reply) | undefined;
  #concurrent = 0;
  readonly #tooManyConcurrent: Reply;
  #lastLogged = -Infinity;

  /** @param hosts those that the line's TOs name, which may have no address yet */
  constructor(
    options: LineOptions,
    members: readonly Member[],
    hosts: NamedHosts,
    surroundings: LineSurroundings,
  ) {
    const { metrics, budget, clock, random } = surroundings;
    this.#hosts = hosts;
    this.#options = options;
    this.#metrics = metrics;
    this.#budget = budget;
    this.#random = random;
    this.#tooManyConcurrent = refusal(
      new Error(`concurrent queries exceeded maximum ${options.maximumConcurrent}`),
    );
    this.#context = {
      options,
      clock,
      random,
      hedges: new HedgeAllowance(),
      patience: new DeadlineQueue(clock),
      allDown: metrics.allDown,
      over: (inquiry, outcome) => this.#over(inquiry, outcome),
    };
    this.use(members);
  }

  /** Asks these upstreams from now on, also for what is in flight, but for those that lead back here in a loop. */
  use(members: readonly Member[]): void {
    this.#isEmpty = members.length === 0;
    for (const { loop } of members) loop?.follow(() => this.#choose(members));
    this.#choose(members);
  }

  #choose(members: readonly Member[]): void {
    const usable = members.filter(({ loop }) => loop?.cause === undefined);
    this.#refuse = usable.length === 0 ? loopRefusal(members) : undefined;
    this.#order = orderOf(this.#options.policy, usable, this.#random);
    for (const inquiry of this.#questions.values()) inquiry.follow(this.#ordered());
  }

  /** Whether a name (lower case, fully qualified) is this line's to forward. */
  matches(name: string): boolean {
    const { from, except } = this.#options;
    if (!isSubdomain(from, name)) return false;
    if (name === from) return true;
    for (const zone of except) if (isSubdomain(zone, name)) return false;
    return true;
  }

  /**
   * Asks the upstreams.
   * @param onward takes over when `next` or `next_on_nodata` says so; undefined: this is the last line
   */
  answer(query: Query, onward: Onward | undefined): Reply | Promise<Reply> {
    const { maximumConcurrent } = this.#options;
    if (maximumConcurrent > 0 && this.#concurrent >= maximumConcurrent) {
      this.#metrics.rejected.value++;
      return this.#tooManyConcurrent;
    }
    const protocol = this.#protocol(query);
    const inFlight = this.#questions.find(query, protocol);
    if (inFlight === undefined && this.#hasNobody) return this.#nobody(query);
    const cost = this.#budget.take(query.size, inFlight !== undefined);
    if (cost === 0) return this.#shed();
    this.#concurrent++;
    return new Promise((resolve) => {
      const client = new WaitingClient(query, cost, onward, resolve);
      if (inFlight === undefined) this.#ask(new Inquiry(this.#context, protocol, client));
      else inFlight.clients.push(client);
    });
  }

  /** Refuses. One refusal a second has a reason for the log: a flood of lines would cost more than that of queries. */
  #shed(): Reply {
    this.#metrics.shed.value++;
    const now = this.#context.clock.monotonic();
    const isLogged = now - this.#lastLogged >= LOG_INTERVAL;
    if (isLogged) this.#lastLogged = now;
    return isLogged ? TOO_MANY : TOO_MANY_UNLOGGED;
  }

  /** Asks, for the first client and all that ask the same until the reply is there. */
  #ask(inquiry: Inquiry): void {
    this.#questions.add(inquiry);
    if (!this.#isEmpty) inquiry.begin(this.#ordered());
    else void this.#hosts.first.then(() => inquiry.begin(this.#ordered()));
  }

  #over(inquiry: Inquiry, outcome: Outcome): void {
    this.#questions.delete(inquiry);
    for (const client of inquiry.clients) {
      this.#concurrent--;
      this.#budget.give(client.cost);
      try {
        client.answer(this.#replyTo(client, outcome));
      } catch (error) {
        client.answer(Promise.reject(error instanceof Error ? error : new Error(String(error))));
      }
    }
  }

  #replyTo({ query, onward }: WaitingClient, outcome: Outcome): Reply | Promise<Reply> {
    if (outcome === undefined) return this.#nobody(query);
    if (outcome instanceof Reply) return outcome;
    return onward !== undefined && this.#handsOver(outcome) ? onward() : toReply(outcome, query);
  }

  /** Whether there is nobody to ask, and no host to wait for. */
  get #hasNobody(): boolean {
    return this.#isEmpty ? this.#hosts.isEmpty : this.#refuse !== undefined;
  }

  /** The reply while there is nobody to ask. */
  #nobody(query: Query): Reply {
    return this.#refuse?.(query) ?? unknown(this.#hosts);
  }

  /** The upstreams for one question, first to last. */
  #ordered(): readonly Member[] {
    return doubtfulLast(this.#order(), this.#options.policy === 'sequential');
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

function unknown({ failure: reason }: NamedHosts): Reply {
  return reason === undefined
    ? failure(UNKNOWN, ExtendedErrorCode.NotReady)
    : failure(reason.error, reason.code);
}
