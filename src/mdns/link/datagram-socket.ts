import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { MULTICAST_PORT } from '../message.ts';
import type { LinkAddress, LinkSource } from '../multicast-link.ts';
import { GROUP_IPV4, GROUP_IPV6, HOPS } from './link-socket.ts';
import type { LinkSocket, LinkSocketParts } from './link-socket.ts';

/** What Node's sockets have in common, whoever made the descriptor. */
export abstract class DatagramSocket implements LinkSocket {
  readonly family: 4 | 6;
  protected readonly socket: Socket;
  readonly #group: string;
  readonly #parts: LinkSocketParts;
  #isOpen = true;
  /** Packets that Node has not sent yet: it looks even at numbers for a name first. */
  #sending = 0;
  readonly #closed = Promise.withResolvers<void>();

  constructor(parts: LinkSocketParts) {
    this.#parts = parts;
    this.family = parts.address.family;
    this.#group = this.family === 4 ? GROUP_IPV4 : `${GROUP_IPV6}%${parts.name}`;
    this.socket = createSocket({
      type: this.family === 4 ? 'udp4' : 'udp6',
      reuseAddr: true,
      ipv6Only: this.family === 6,
    });
    this.socket.on('message', (packet, from) => this.#heard(packet, from));
    this.socket.on('error', (error) => parts.failed(error));
  }

  abstract staysWith(addresses: readonly LinkAddress[]): boolean;

  send(packet: Uint8Array, to: LinkSource | undefined): void {
    if (!this.#isOpen) return;
    const address = to === undefined ? this.#group : this.#withZone(to.address);
    this.#sending++;
    this.socket.send(packet, to?.port ?? MULTICAST_PORT, address, (error) => {
      this.#sending--;
      if (error !== null) this.#parts.failed(error);
      this.#closeWhenSent();
    });
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#closeWhenSent();
    return this.#closed.promise;
  }

  #closeWhenSent(): void {
    if (this.#isOpen || this.#sending > 0) return;
    this.socket.close(() => this.#closed.resolve());
  }

  #heard(packet: Uint8Array, { address, port }: RemoteInfo): void {
    const zone = address.indexOf('%');
    const plain = zone < 0 ? address : address.slice(0, zone);
    if (this.#isOpen) this.#parts.heard(packet, { address: plain, port, family: this.family });
  }

  #withZone(address: string): string {
    return address.startsWith('fe80:') ? `${address}%${this.#parts.name}` : address;
  }
}

/** A socket by Node alone. It hears the other interfaces' packets too, where another socket joined the group there. */
export class PortableSocket extends DatagramSocket {
  readonly #address: string;

  constructor(parts: LinkSocketParts) {
    super(parts);
    const { socket, family } = this;
    const { address, name } = parts;
    this.#address = address.address;
    socket.bind({ port: MULTICAST_PORT, address: family === 4 ? '0.0.0.0' : '::' }, () => {
      try {
        socket.setMulticastTTL(HOPS);
        socket.setTTL(HOPS);
        socket.setMulticastLoopback(true);
        const place = family === 4 ? address.address : `::%${name}`;
        socket.setMulticastInterface(place);
        socket.addMembership(family === 4 ? GROUP_IPV4 : GROUP_IPV6, place);
      } catch (error) {
        parts.failed(error as Error);
      }
    });
  }

  staysWith(addresses: readonly LinkAddress[]): boolean {
    return this.family === 6 || addresses.some(({ address }) => address === this.#address);
  }
}
