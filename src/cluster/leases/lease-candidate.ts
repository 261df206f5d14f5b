import type { Logger } from '../../log/logger.ts';
import type { LeasePart, LeaseWish } from '../../plugin/capability.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { Random } from '../../plugin/random.ts';
import type { ApiCall, ApiConnection } from '../api-server/api-connection.ts';
import { JsonExchange } from '../api-server/json-exchange.ts';
import type { JsonOutcome } from '../api-server/json-exchange.ts';
import { isRefused, RetryDelay } from '../api-server/retry-delay.ts';
import type { ApiStatus } from '../api-server/watched-object.ts';
import { LEASE_DURATION, leaseCreation, leaseQuestion, leaseUpdate, readLease } from './lease-object.ts';
import type { LeaseName, LeaseObject } from './lease-object.ts';

/** Milliseconds from one renewal, or one look at another's lease, to the next. */
const INTERVAL = 1000;
/** Milliseconds by which looks differ, so that they do not all come at once. */
const SPREAD = 100;
/** Milliseconds for an answer: two attempts are to find their place before a lease ends. */
const PATIENCE = 1000;
/** Milliseconds for which a free lease is left to those who have more use for it; a held one goes to them as late. */
const DEFERENCE = 3000;
/** The same for who has given it up for them: they may be such as take no part in it. */
const LONG_DEFERENCE = 60_000;
/** Milliseconds, and as many more at random, until what is denied is tried again. */
const DENIED = 30_000;
/** Milliseconds at most until somebody who was quicker is looked at. */
const SOON = 50;
/** Milliseconds that giving up may take. */
const CLOSING = 1000;

/** What a candidate works with. */
export interface CandidateParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What was seen of a lease, and when it had changed: by the own clock, for others' are not to be trusted. */
interface Sighting {
  readonly lease: LeaseObject;
  readonly at: number;
}

/** One who would hold a lease: takes it when it is free, renews it, and looks at it while another has it. */
export class LeaseCandidate implements LeasePart {
  readonly #wish: LeaseWish;
  readonly #parts: CandidateParts;
  readonly #retry: RetryDelay;
  #connection: ApiConnection | undefined;
  #seen: Sighting | undefined;
  /** Since when there is no such object. */
  #missingSince: number | undefined;
  /** Since when others have more use for what we hold. */
  #asideSince: number | undefined;
  #hasDeferred = false;
  /** Somebody was quicker: what was seen is old. */
  #isOutdated = false;
  #isDenied = false;
  #wasHeld = false;
  #isHeard = false;
  #timer: Timer | undefined;
  #exchange: { readonly exchange: JsonExchange; readonly method: ApiCall['method'] } | undefined;
  #closing: Promise<void> | undefined;
  #closed: () => void = () => undefined;

  constructor(wish: LeaseWish, parts: CandidateParts) {
    this.#wish = wish;
    this.#parts = parts;
    this.#retry = new RetryDelay(parts.random);
  }

  /** Takes part from now on. */
  begin(connection: ApiConnection): void {
    if (this.#closing !== undefined) return;
    this.#connection = connection;
    this.#attempt();
  }

  get holder(): string | undefined {
    if (this.#seen === undefined || this.#freeSince() <= this.#now) return undefined;
    return this.#seen.lease.holder;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#release());
  }

  leave(): void {
    this.#closing ??= Promise.resolve();
    this.#timer?.cancel();
    this.#exchange?.exchange.cancel();
  }

  get #now(): number {
    return this.#parts.clock.monotonic();
  }

  get #name(): LeaseName {
    return { namespace: this.#connection?.namespace || 'kube-system', name: this.#wish.name };
  }

  get #isOurs(): boolean {
    return this.#seen?.lease.holder === this.#wish.holder;
  }

  /** Monotonic milliseconds; Infinity: nobody knows. */
  #freeSince(): number {
    if (this.#missingSince !== undefined) return this.#missingSince;
    if (this.#seen === undefined) return Infinity;
    const { lease, at } = this.#seen;
    return lease.holder === '' ? at : at + LEASE_DURATION;
  }

  /** When it may be taken, as far as is known. */
  #takenFrom(): number {
    if (this.#wish.isAside()) return this.#freeSince() + (this.#hasDeferred ? LONG_DEFERENCE : DEFERENCE);
    this.#hasDeferred = false;
    return this.#freeSince();
  }

  /** Whether it is time to leave what we hold to those who have more use for it. */
  #defers(): boolean {
    if (!this.#wish.isAside()) this.#asideSince = undefined;
    else this.#asideSince ??= this.#now;
    return this.#asideSince !== undefined && this.#now - this.#asideSince >= DEFERENCE;
  }

  #attempt(): void {
    const call = this.#nextCall();
    this.#send(call, (outcome, sentAt) => {
      if (outcome.type === 'object') this.#read(call.method, outcome, sentAt);
      else if (outcome.type === 'refused') this.#refused(call.method, outcome.status);
      else this.#failed(outcome.error);
    });
  }

  #nextCall(): ApiCall {
    const { holder } = this.#wish;
    const { clock } = this.#parts;
    if (this.#seen !== undefined && this.#isOurs && !this.#isOutdated && this.#defers()) {
      this.#asideSince = undefined;
      this.#hasDeferred = true;
      return leaseUpdate(this.#name, this.#seen.lease, '', clock.now());
    }
    const isTaken = this.#isOurs || this.#takenFrom() <= this.#now;
    if (this.#isOutdated || !isTaken) return leaseQuestion(this.#name);
    if (this.#seen === undefined) return leaseCreation(this.#name, holder, clock.now());
    return leaseUpdate(this.#name, this.#seen.lease, holder, clock.now());
  }

  #send(call: ApiCall, finished: (outcome: JsonOutcome, sentAt: number) => void): void {
    const sentAt = this.#now;
    const exchange = new JsonExchange(this.#connection!, call, this.#parts.clock, PATIENCE, (outcome) => {
      this.#exchange = undefined;
      finished(outcome, sentAt);
    });
    this.#exchange = { exchange, method: call.method };
  }

  #read(
    method: ApiCall['method'],
    { object }: { object: Parameters<typeof readLease>[0] },
    at: number,
  ): void {
    let lease: LeaseObject;
    try {
      lease = readLease(object);
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    this.#retry.reset();
    this.#isDenied = false;
    this.#isOutdated = false;
    this.#missingSince = undefined;
    // What we have written holds from before it was written; what we read, from when we read it.
    if (method !== 'GET') this.#seen = { lease, at };
    else if (this.#seen?.lease.resourceVersion !== lease.resourceVersion)
      this.#seen = { lease, at: this.#now };
    this.#tell();
    this.#goOn(method === 'GET');
  }

  #refused(method: ApiCall['method'], status: ApiStatus): void {
    const { random } = this.#parts;
    if (status.code === 404 && method !== 'POST') {
      this.#seen = undefined;
      this.#isOutdated = false;
      this.#missingSince ??= this.#now;
      this.#goOn(true);
    } else if (status.code === 409) {
      this.#isOutdated = true;
      this.#missingSince = undefined;
      this.#later(random.below(SOON));
    } else if (status.code === 401 || status.code === 429 || status.code >= 500) {
      this.#pause(status.retryAfter ?? this.#retry.next(false));
    } else {
      this.#deny(method, status);
      this.#pause(DENIED + random.below(DENIED));
    }
  }

  #failed(error: Error): void {
    this.#pause(this.#retry.next(isRefused(error)));
  }

  #deny(method: ApiCall['method'], { code, reason, message }: ApiStatus): void {
    if (this.#isDenied) return;
    this.#isDenied = true;
    const { namespace, name } = this.#name;
    const verb = { GET: 'get', POST: 'create', PUT: 'update' }[method];
    this.#parts.log.warning(
      `cannot ${verb} lease ${namespace}/${name}: ${code} ${reason}: ${message}: goes on without it; it takes the ` +
        `verbs get, create and update for leases of coordination.k8s.io in namespace ${namespace}`,
    );
  }

  /** What is next comes at once, or when its time is there. @param isNews what is known was read just now */
  #goOn(isNews: boolean): void {
    if (this.#closing !== undefined) {
      this.#giveUp();
      return;
    }
    const now = this.#now;
    if (this.#isOurs) {
      // Ours by an older word: to be renewed, for its end is not known.
      if (isNews) this.#attempt();
      else this.#pause(Math.max(0, this.#seen!.at + INTERVAL - now));
      return;
    }
    const wait = this.#takenFrom() - now;
    if (wait <= 0) this.#attempt();
    else this.#pause(Math.min(INTERVAL - this.#parts.random.below(SPREAD), Math.ceil(wait)));
  }

  /** Nothing is on its way for so many milliseconds: what could be known by now is known. */
  #pause(delay: number): void {
    if (this.#closing !== undefined) {
      this.#giveUp();
      return;
    }
    this.#tell();
    this.#later(delay);
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#wish.heard();
  }

  #later(delay: number): void {
    if (this.#closing !== undefined) this.#giveUp();
    else this.#timer = this.#parts.clock.after(delay, () => this.#attempt());
  }

  #tell(): void {
    const isHeld = this.holder === this.#wish.holder;
    if (isHeld === this.#wasHeld) return;
    this.#wasHeld = isHeld;
    const { namespace, name } = this.#name;
    this.#parts.log.info(`lease ${namespace}/${name} is ${isHeld ? 'held' : 'not held any more'}`);
  }

  async #release(): Promise<void> {
    this.#timer?.cancel();
    if (this.#connection === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    const limit = this.#parts.clock.after(CLOSING, () => {
      this.#exchange?.exchange.cancel();
      resolve();
    });
    // What is being written leaves another version, which the release has to name.
    if (this.#exchange === undefined || this.#exchange.method === 'GET') {
      this.#exchange?.exchange.cancel();
      this.#giveUp();
    }
    await promise;
    limit.cancel();
  }

  #giveUp(): void {
    if (this.#seen === undefined || !this.#isOurs) {
      this.#closed();
      return;
    }
    const call = leaseUpdate(this.#name, this.#seen.lease, '', this.#parts.clock.now());
    this.#seen = undefined;
    this.#send(call, () => this.#closed());
  }
}
