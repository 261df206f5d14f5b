import type { Logger } from '../log/logger.ts';
import type { Clock, Timer } from '../plugin/clock.ts';
import type { Shared } from '../plugin/controller.ts';
import type { Random } from '../plugin/random.ts';
import type { AddressFamily, FoundAddresses, HostLookup } from './host-lookup.ts';

/** Seconds; a TTL of 0 must not mean to ask all the time, and one of a week not to keep a server that has moved. */
const SHORTEST_TTL = 5;
const LONGEST_TTL = 3600;
/** Seconds at most until the next asking, when only one family could be looked up. */
const HALF_KNOWN_TTL = 60;
/** Milliseconds until the first repetition after a failure, each of which doubles it up to the longest. */
const FIRST_BACK_OFF = 1000;
const LONGEST_BACK_OFF = 30_000;
/** Many servers must not ask in step: up to this share is added to each wait after a failure. */
const JITTER = 0.25;
/** Milliseconds for which `first` waits for the first asking. */
const FIRST_PATIENCE = 2000;
/** Addresses of one family that are used of one name. */
const MOST_ADDRESSES = 16;

/** What a host name needs of the world. */
export interface HostNameSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * The addresses of a host, A and AAAA, asked for again when their TTL runs out. Those that were known last go on while
 * nobody says others: a name server that fails, or that knows nothing any more, takes nothing away.
 */
export class HostName implements Shared {
  /** Lower case, without the dot at the end. */
  readonly name: string;
  /** Resolves, once `start` was called, when there is an address, the first asking is over, or two seconds are. */
  readonly first: Promise<void>;
  readonly #lookup: HostLookup;
  readonly #surroundings: HostNameSurroundings;
  readonly #known = new Map<AddressFamily, readonly string[]>();
  readonly #followers = new Set<() => void>();
  #firstIsOver: () => void = () => undefined;
  #failures = 0;
  #error: Error | undefined;
  #timer: Timer | undefined;
  #started = false;
  #closed = false;

  constructor(name: string, lookup: HostLookup, surroundings: HostNameSurroundings) {
    this.name = name;
    this.#lookup = lookup;
    this.#surroundings = surroundings;
    this.first = new Promise((resolve) => (this.#firstIsOver = resolve));
  }

  /** IP addresses in text, IPv4 first, in an order that the order of the records does not change. */
  get addresses(): readonly string[] {
    return [...(this.#known.get(4) ?? []), ...(this.#known.get(6) ?? [])];
  }

  /** Why the last asking brought no address; undefined when it did, or before it is over. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Asks from now on. Calling it again does nothing. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#surroundings.clock.after(FIRST_PATIENCE, this.#firstIsOver);
    void this.#ask();
  }

  /** Calls `changed` whenever the addresses are other ones. Returns how to end that. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => this.#followers.delete(changed);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#lookup.close();
  }

  async #ask(): Promise<void> {
    const outcomes = await Promise.all([this.#lookUp(4), this.#lookUp(6)]);
    if (this.#closed) return;
    const said = outcomes.filter((outcome): outcome is FoundAddresses => !(outcome instanceof Error));
    const found = said.filter(({ addresses }) => addresses.length > 0);
    if (found.length === 0) this.#failed(outcomes.find((outcome) => outcome instanceof Error));
    else {
      // Only beside an address of the other family is "none" believed.
      for (const [index, family] of families.entries()) {
        const outcome = outcomes[index]!;
        if (!(outcome instanceof Error) && outcome.addresses.length === 0) this.#become(family, []);
      }
      const ttl = Math.min(...found.map((each) => each.ttl), LONGEST_TTL);
      this.#succeeded(said.length < 2 ? Math.min(ttl, HALF_KNOWN_TTL) : ttl);
    }
    this.#firstIsOver();
  }

  /** Addresses are in use as soon as they are there: the other family may take its time. */
  async #lookUp(family: AddressFamily): Promise<FoundAddresses | Error> {
    try {
      const found = await this.#lookup.lookUp(this.name, family);
      if (!this.#closed && found.addresses.length > 0) this.#become(family, found.addresses);
      return found;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #succeeded(ttl: number): void {
    if (this.#failures > 0) this.#surroundings.log.info(`'${this.name}' can be looked up again`);
    this.#failures = 0;
    this.#error = undefined;
    this.#again(Math.max(ttl, SHORTEST_TTL) * 1000);
  }

  #failed(reason: Error | undefined): void {
    const { log, random } = this.#surroundings;
    this.#error = reason ?? new Error('the name has no address');
    if (this.#failures === 0) {
      const meanwhile = this.#known.size === 0 ? 'none is known' : 'the last known ones go on';
      log.warning(
        `cannot look up the addresses of '${this.name}': ${this.#error.message}; ${meanwhile}, and it is tried again`,
      );
    }
    const wait = Math.min(FIRST_BACK_OFF * 2 ** this.#failures, LONGEST_BACK_OFF);
    this.#failures++;
    this.#again(wait * (1 + (JITTER * random.below(1000)) / 1000));
  }

  #again(delay: number): void {
    this.#timer = this.#surroundings.clock.after(delay, () => void this.#ask());
  }

  #become(family: AddressFamily, addresses: readonly string[]): void {
    const sorted = addresses.toSorted().slice(0, MOST_ADDRESSES);
    const before = this.#known.get(family) ?? [];
    if (before.length === sorted.length && before.every((address, index) => address === sorted[index]))
      return;
    this.#known.set(family, sorted);
    this.#surroundings.log.info(`'${this.name}' is at ${this.addresses.join(' ')}`);
    this.#firstIsOver();
    for (const changed of [...this.#followers]) changed();
  }
}

const families: readonly AddressFamily[] = [4, 6];
