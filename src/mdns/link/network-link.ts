import type { Clock } from '../../plugin/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { addressBytes } from '../../wire/address.ts';
import type { Network } from '../../wire/network.ts';
import type { LinkCounters } from '../link-counters.ts';
import { isLinkLocal, isOf, networksOf } from '../link-networks.ts';
import type { LinkAddress, LinkListener, LinkSource, MulticastLink } from '../multicast-link.ts';
import type { InterfaceState, InterfaceWatch } from './interface-watch.ts';
import type { LinkSocket, OpenLinkSocket } from './link-socket.ts';

/** What a link is opened with. */
export interface LinkParts {
  readonly watch: InterfaceWatch;
  readonly open: OpenLinkSocket;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: LinkCounters;
  /** See MulticastLink: what is known at first. */
  readonly isShared: boolean;
}

const FAMILIES = [4, 6] as const;

/** One of the machine's interfaces: its sockets are opened anew whenever it is another, or has other addresses. */
export class NetworkLink implements MulticastLink {
  readonly name: string;
  isShared: boolean;
  readonly #parts: LinkParts;
  readonly #following: { close(): void };
  #sockets: LinkSocket[] = [];
  #networks: readonly Network[] = [];
  #addresses: readonly LinkAddress[] = [];
  #index = 0;
  #listener: LinkListener | undefined;

  constructor(name: string, parts: LinkParts) {
    this.name = name;
    this.isShared = parts.isShared;
    this.#parts = parts;
    this.#following = parts.watch.follow(name, (state) => this.#changed(state));
  }

  get addresses(): readonly LinkAddress[] {
    return this.#addresses;
  }

  isOwn(address: string): boolean {
    return this.#parts.watch.isOwn(address);
  }

  look(): void {
    this.#parts.watch.look();
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  send(packet: Uint8Array, to?: LinkSource): void {
    for (const socket of this.#sockets) {
      if (to === undefined || to.family === socket.family) socket.send(packet, to);
    }
  }

  async close(): Promise<void> {
    this.#following.close();
    await this.#closeSockets();
  }

  #changed({ index, addresses }: InterfaceState): void {
    const isAnother = index !== this.#index || !sameFamilies(addresses, this.#addresses);
    this.#index = index;
    this.#addresses = addresses;
    this.#networks = networksOf(addresses);
    // Without the system's number of it (no FFI) a group is joined by an address, which may be the one that went.
    if (isAnother || !this.#sockets.every((socket) => socket.staysWith(addresses))) this.#openSockets();
    this.#listener?.addressesChanged();
  }

  #openSockets(): void {
    void this.#closeSockets();
    const { open, log } = this.#parts;
    for (const family of FAMILIES) {
      const own = this.#addresses.find((address) => address.family === family);
      if (own === undefined) continue;
      try {
        this.#sockets.push(
          open({
            name: this.name,
            index: this.#index,
            address: own,
            heard: (packet, source) => this.#heard(packet, source),
            failed: (error) => log.debug(`${this.name}: ${error.message}`),
          }),
        );
      } catch (error) {
        log.warning(`No multicast DNS on ${this.name} by IPv${family}: ${(error as Error).message}`);
      }
    }
  }

  async #closeSockets(): Promise<void> {
    const closing = this.#sockets;
    this.#sockets = [];
    await Promise.all(closing.map((socket) => socket.close()));
  }

  #heard(packet: Uint8Array, source: LinkSource): void {
    const bytes = addressBytes(source.address);
    if (bytes === undefined || !(isLinkLocal(bytes) || isOf(this.#networks, bytes))) {
      this.#parts.counters.dropped.off_link.value++;
      return;
    }
    this.#listener?.heard(packet, source);
  }
}

function sameFamilies(left: readonly LinkAddress[], right: readonly LinkAddress[]): boolean {
  return FAMILIES.every(
    (family) =>
      left.some((address) => address.family === family) ===
      right.some((address) => address.family === family),
  );
}
