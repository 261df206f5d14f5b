import type { Clock } from '../plugin/clock.ts';
import type { LinkAddress, MulticastLink } from './multicast-link.ts';

/** Milliseconds after which a packet that another interface has not heard is lost, and lost ones that part them. */
const ARRIVAL = 1000;
const LOST = 3;

/**
 * An interface, and the others of this machine that turned out to be on the same link, because packets of one arrive at
 * the other (RFC 6762, section 14): wire and radio of one network, say. All of their addresses are valid there, and are
 * said together, since the cache-flush bit of the ones would end the others (section 10.2).
 */
export class LinkTwins {
  readonly #link: MulticastLink;
  readonly #clock: Clock;
  readonly #changed: () => void;
  /** With what they have not heard of ours. */
  readonly #others = new Map<LinkTwins, { since: number | undefined; lost: number }>();
  #isClosed = false;

  /** @param changed is told when `addresses` are others because of another interface */
  constructor(link: MulticastLink, clock: Clock, changed: () => void) {
    this.#link = link;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Of all of them, in the same order on each. */
  get addresses(): readonly LinkAddress[] {
    if (this.#others.size === 0) return this.#link.addresses;
    const all = [this, ...this.#others.keys()].sort((one, other) => (one.#name < other.#name ? -1 : 1));
    return all.flatMap((each) => each.#link.addresses);
  }

  /** Whether an address, in text, is this interface's. */
  has(address: string): boolean {
    return this.#link.addresses.some((own) => own.address === address);
  }

  /** Which of them speaks, where one is enough: the first by name. */
  get isFirst(): boolean {
    for (const other of this.#others.keys()) if (other.#name < this.#name) return false;
    return true;
  }

  /** A packet that another interface sent has arrived at this one. */
  heard(other: LinkTwins): void {
    if (this.#isClosed || other.#isClosed) return;
    other.#others.set(this, { since: undefined, lost: 0 });
    if (this.#others.has(other)) return;
    this.#others.set(other, { since: undefined, lost: 0 });
    this.#changed();
    other.#changed();
  }

  /** A packet went to the group. */
  sent(): void {
    if (this.#others.size === 0) return;
    const now = this.#clock.monotonic();
    for (const [other, silence] of [...this.#others]) {
      silence.since ??= now;
      if (now - silence.since < ARRIVAL) continue;
      silence.since = now;
      if (++silence.lost === LOST) this.#part(other);
    }
  }

  /** This interface has other addresses, or none. */
  addressesChanged(): void {
    const others = [...this.#others.keys()];
    if (this.#link.addresses.length === 0) for (const other of others) this.#part(other);
    else for (const other of others) other.#changed();
  }

  close(): void {
    this.#isClosed = true;
    for (const other of [...this.#others.keys()]) {
      this.#others.delete(other);
      other.#others.delete(this);
      other.#changed();
    }
  }

  get #name(): string {
    return this.#link.name;
  }

  #part(other: LinkTwins): void {
    this.#others.delete(other);
    other.#others.delete(this);
    this.#changed();
    other.#changed();
  }
}
