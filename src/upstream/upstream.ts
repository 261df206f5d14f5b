import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import type { Protocol } from '../server/query.ts';
import type { Message } from '../wire/message.ts';
import type { ReplyListener } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { PoolLimits } from './connection-pool.ts';
import { systemSockets } from './datagrams/choose-sockets.ts';
import type { OpenDatagramSocket } from './datagrams/datagram-socket.ts';
import { DeadlineQueue } from '../plugin/deadline-queue.ts';
import { EncryptedTransport } from './encrypted-transport.ts';
import type { EncryptedProtocol } from './encrypted-transport.ts';
import type { Encryption } from './encryption.ts';
import { endpointName } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { LetterCase } from './letter-case.ts';
import { PortPool } from './port-pool.ts';
import { TcpConnection } from './tcp-connection.ts';
import { UdpConnection } from './udp-connection.ts';
import type { DropReason } from './udp-reply.ts';

export type { ReplyListener } from './connection.ts';
export { isFor } from './in-flight.ts';
export type { UpstreamQuery } from './in-flight.ts';

/** Where an upstream is and how its connections are kept. */
export interface UpstreamOptions extends Endpoint, Omit<PoolLimits, 'maximumOpen'> {
  readonly clock: Clock;
  readonly random: Random;
  /** Source ports in use at once; 256 when left out. */
  readonly udpPorts?: number;
  /** UDP sockets of a kind; left out: the cheapest that there are here. */
  readonly sockets?: OpenDatagramSocket;
  /** Told of each reply that is not believed. */
  readonly replyDropped?: (reason: DropReason) => void;
  /** Told at every exchange whether an open connection served. */
  readonly connectionUsed?: (protocol: Protocol | EncryptedProtocol, reused: boolean) => void;
  /** Undefined: plain UDP and TCP. */
  readonly encryption?: Encryption | undefined;
}

/** UDP sockets are cheap, and each is another port to guess. */
const UDP_PORTS = 256;
/** A server has few TCP connections to give away. */
const TCP_CONNECTIONS = 16;

/** Another DNS server, at one address and port. */
export class Upstream {
  /** `192.0.2.1:53`. */
  readonly name: string;
  readonly #encrypted: EncryptedTransport | undefined;
  readonly #pools: { readonly udp: PortPool; readonly tcp: ConnectionPool };

  constructor(options: UpstreamOptions) {
    this.name = endpointName(options.address, options.port);
    const { encryption, clock, random, replyDropped, connectionUsed } = options;
    const surroundings = { random, replyDropped, deadlines: new DeadlineQueue(clock) };
    this.#encrypted =
      encryption && new EncryptedTransport({ ...options, ...surroundings, clock, encryption });
    const datagrams = { ...surroundings, letterCase: new LetterCase(random) };
    const sockets = options.sockets ?? systemSockets();
    this.#pools = {
      udp: new PortPool(
        { ...options, maximumOpen: options.udpPorts ?? UDP_PORTS },
        clock,
        random,
        (owner) => new UdpConnection(options, datagrams, owner, sockets),
        (reused) => connectionUsed?.('udp', reused),
      ),
      tcp: new ConnectionPool(
        { ...options, maximumOpen: TCP_CONNECTIONS },
        clock,
        random,
        (owner) => new TcpConnection(options, surroundings, owner),
        (reused) => connectionUsed?.('tcp', reused),
      ),
    };
  }

  /** How it is asked whatever the protocol; undefined: by UDP and TCP. */
  get encryptedProtocol(): EncryptedProtocol | undefined {
    return this.#encrypted?.protocol;
  }

  /**
   * Asks, and tells of the reply, whatever it says. A kept TCP connection that turns out to be closed is replaced by a
   * new one. An encrypted upstream is asked by its own transport, whatever the protocol.
   * @param timeout milliseconds
   */
  exchange(query: UpstreamQuery, protocol: Protocol, timeout: number, listener: ReplyListener): void {
    (this.#encrypted ?? this.#pools[protocol]).exchange(query, timeout, listener);
  }

  /**
   * The same for those who ask now and then.
   * @throws UpstreamError (as a rejection) when there is no reply
   */
  ask(query: UpstreamQuery, protocol: Protocol, timeout: number): Promise<Message> {
    return new Promise((replied, failed) => this.exchange(query, protocol, timeout, { replied, failed }));
  }

  /** Makes an encrypted connection ready before there is a query. */
  warm(): void {
    this.#encrypted?.warm();
  }

  /** Connections close as soon as what is in flight on them is done. Queries may still be sent. */
  close(): void {
    this.#pools.udp.close();
    this.#pools.tcp.close();
    this.#encrypted?.close();
  }

  /** Closes all connections; what is in flight fails. */
  abort(): void {
    this.#pools.udp.abort();
    this.#pools.tcp.abort();
    this.#encrypted?.abort();
  }
}
