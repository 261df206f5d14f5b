import type { LinkAddress, LinkListener, LinkSource, MulticastLink } from '../../src/mdns/multicast-link.ts';
import { MULTICAST_PORT } from '../../src/mdns/message.ts';
import type { FakeClock } from './fake-clock.ts';

/** Milliseconds that a packet takes. */
const DELAY = 1;

/** A packet as it went over the link. */
export interface SentPacket {
  /** Milliseconds of the clock. */
  readonly at: number;
  readonly packet: Uint8Array;
  readonly source: LinkSource;
  /** Undefined: the group. */
  readonly to: LinkSource | undefined;
}

/** A link in memory: what one station sends, all hear a millisecond later, itself included. */
export class SimulatedLink {
  readonly packets: SentPacket[] = [];
  /** Counts all packets, also when `keepsPackets` is off. */
  sent = 0;
  keepsPackets = true;
  readonly #clock: FakeClock;
  readonly #stations = new Set<SimulatedStation>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Somebody on the link, with addresses of it: IPv4 first. */
  station(name: string, ...addresses: readonly string[]): SimulatedStation {
    const station = new SimulatedStation(this, name, addresses);
    this.#stations.add(station);
    return station;
  }

  /** @internal */
  carry(packet: Uint8Array, source: LinkSource, to: LinkSource | undefined): void {
    this.sent++;
    if (this.keepsPackets) this.packets.push({ at: this.#clock.monotonic(), packet, source, to });
    this.#clock.after(DELAY, () => {
      for (const station of this.#stations) {
        if (to === undefined || station.isOwn(to.address)) station.hear(packet, source);
      }
    });
  }

  /** @internal */
  leave(station: SimulatedStation): void {
    this.#stations.delete(station);
  }
}

/** One end of a simulated link. */
export class SimulatedStation implements MulticastLink {
  readonly name: string;
  isShared = false;
  /** While false, nothing goes in or out: somebody pulled the plug. */
  isPlugged = true;
  /** Which packets it looks at, where most do not concern it: then hundreds of stations cost little. */
  concerns: ((packet: Uint8Array) => boolean) | undefined;
  addresses: readonly LinkAddress[];
  readonly #link: SimulatedLink;
  #listener: LinkListener | undefined;

  constructor(link: SimulatedLink, name: string, addresses: readonly string[]) {
    this.#link = link;
    this.name = name;
    this.addresses = addresses.map(linkAddress);
  }

  isOwn(address: string): boolean {
    return this.addresses.some((own) => own.address === address);
  }

  look(): void {
    // It is told of changes when they happen.
  }

  send(packet: Uint8Array, to?: LinkSource): void {
    const [first] = this.addresses;
    if (first === undefined || !this.isPlugged) return;
    this.#link.carry(packet, { address: first.address, port: MULTICAST_PORT, family: first.family }, to);
  }

  /** Sends as a client with a port of its own does. */
  sendFrom(port: number, packet: Uint8Array): void {
    const { address, family } = this.addresses[0]!;
    this.#link.carry(packet, { address, port, family }, undefined);
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  close(): void {
    this.#link.leave(this);
  }

  /** Other addresses from now on; none: the link is down. */
  change(...addresses: readonly string[]): void {
    this.addresses = addresses.map(linkAddress);
    this.#listener?.addressesChanged();
  }

  /** @internal */
  hear(packet: Uint8Array, source: LinkSource): void {
    if (!this.isPlugged || this.addresses.length === 0) return;
    if (this.concerns?.(packet) !== false) this.#listener?.heard(packet, source);
  }
}

function linkAddress(address: string): LinkAddress {
  return address.includes(':') ? { address, family: 6, prefix: 64 } : { address, family: 4, prefix: 24 };
}
