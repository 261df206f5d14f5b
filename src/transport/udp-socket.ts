import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Client } from '../server/query.ts';
import { MAXIMUM_DATAGRAM_BYTES } from '../wire/writer.ts';
import type { HandlerFailures } from './handler-failures.ts';
import { plainAddress, type LocalAddress } from './local-addresses.ts';
import type { PacketHandler } from './transport.ts';

/** What a socket needs of its transport. */
export interface UdpOwner {
  readonly handler: PacketHandler;
  readonly failures: HandlerFailures;
  /** Datagrams taken so far. */
  received: number;
  /** Queries whose answer is still being made. */
  pending: number;
  /** An answer that was being made is done with; `pending` is already less by one. */
  settled(): void;
  /** The system refused a datagram or reported an error. Not worth a log line: clients can cause it. */
  socketError(): void;
}

/** A port from which nobody sends: that of the discard service (RFC 863). */
const DISCARD_PORT = 9;
/** Bursts wait here while the main thread is busy; the system may grant less. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** One bound UDP socket: hands datagrams to the owner's handler, sends what it answers back to where they came from. */
export class UdpSocket {
  readonly local: LocalAddress;
  /** The port bound, once `bind` has resolved. */
  port = 0;
  readonly #owner: UdpOwner;
  readonly #socket: Socket;
  readonly #localAddress: string;
  #open = false;
  #refusing = false;

  constructor(local: LocalAddress, owner: UdpOwner) {
    this.local = local;
    this.#owner = owner;
    this.#localAddress = plainAddress(local.address);
    // Addresses are never names here: without this, each send would take a turn through the resolver's queue.
    const lookup = (
      address: string,
      _: unknown,
      found: (error: null, address: string, family: number) => void,
    ): void => found(null, address, local.family);
    this.#socket =
      local.family === 4
        ? createSocket({ type: 'udp4', lookup })
        : createSocket({ type: 'udp6', ipv6Only: true, lookup });
  }

  /** Rejects with the system's error. */
  bind(port: number): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ port, address: this.local.address, exclusive: true }, () => {
        socket.removeAllListeners('error');
        socket.on('error', () => this.#owner.socketError());
        socket.on('message', (packet, sender) => this.#receive(packet, sender));
        this.port = socket.address().port;
        this.#open = true;
        this.#enlargeBuffers();
        resolve();
      });
    });
  }

  /**
   * From now on the system tells new clients that nobody listens, so that they ask elsewhere at once. What it had taken
   * before comes in, and answers still go out. Linux only, and only on a port that was asked for by its number: one
   * that the system chose would be lost.
   */
  refuseNewcomers(): void {
    this.#refusing = true;
    this.#takeNewcomers(false);
  }

  /** A socket that is connected takes datagrams of its peer alone. */
  #takeNewcomers(take: boolean): void {
    try {
      if (take) this.#socket.disconnect();
      else this.#socket.connect(DISCARD_PORT, this.local.address);
    } catch {
      // Where it could not be connected, its interface having gone, it takes them all along.
    }
  }

  /** From now on datagrams are left unread by the handler; answers still go out. */
  stopReceiving(): void {
    this.#socket.removeAllListeners('message');
  }

  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(packet: Buffer, sender: RemoteInfo): void {
    this.#owner.received++;
    // Nothing can be sent to port 0: such a datagram is forged.
    if (sender.port === 0) return;
    let reply: ReturnType<PacketHandler>;
    try {
      const client = new UdpClient(sender, this.local.family, this.#localAddress, this.port);
      reply = this.#owner.handler(packet, client);
    } catch (error) {
      this.#owner.failures.report(error);
      return;
    }
    if (reply === undefined) return;
    if (reply instanceof Uint8Array) this.#send(reply, sender);
    else this.#sendLater(reply, sender);
  }

  #sendLater(reply: Promise<Uint8Array | undefined>, sender: RemoteInfo): void {
    this.#owner.pending++;
    reply.then(
      (bytes) => {
        if (bytes !== undefined) this.#send(bytes, sender);
        this.#settle();
      },
      (error: unknown) => {
        this.#owner.failures.report(error);
        this.#settle();
      },
    );
  }

  #settle(): void {
    this.#owner.pending--;
    this.#owner.settled();
  }

  #send(bytes: Uint8Array, sender: RemoteInfo): void {
    // The interface may have gone while the answer was being made.
    if (!this.#open) return;
    if (bytes.length > MAXIMUM_DATAGRAM_BYTES) {
      this.#owner.socketError();
      return;
    }
    try {
      // Node lets no connected socket send to others. Newcomers of this moment are answered too.
      if (this.#refusing) this.#takeNewcomers(true);
      this.#socket.send(bytes, sender.port, sender.address);
      if (this.#refusing) this.#takeNewcomers(false);
    } catch {
      this.#owner.socketError();
    }
  }

  #enlargeBuffers(): void {
    try {
      this.#socket.setRecvBufferSize(BUFFER_BYTES);
      this.#socket.setSendBufferSize(BUFFER_BYTES);
    } catch {
      // The system's own sizes serve as well, only with less room for bursts.
    }
  }
}

/** A class and not a literal, so that the many of them share one shape wherever they are made. */
class UdpClient implements Client {
  readonly protocol = 'udp';
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly localAddress: string;
  readonly localPort: number;

  constructor(sender: RemoteInfo, family: 4 | 6, localAddress: string, localPort: number) {
    this.address = family === 4 ? sender.address : plainAddress(sender.address);
    this.port = sender.port;
    this.family = family;
    this.localAddress = localAddress;
    this.localPort = localPort;
  }
}
