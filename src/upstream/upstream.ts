import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import type { Protocol } from '../server/query.ts';
import type { Message } from '../wire/message.ts';
import type { Connection } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { PoolLimits } from './connection-pool.ts';
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
import { UpstreamError } from './upstream-error.ts';

export { isFor } from './in-flight.ts';
export type { UpstreamQuery } from './in-flight.ts';

/** Where an upstream is and how its connections are kept. */
export interface UpstreamOptions extends Endpoint, Omit<PoolLimits, 'maximumOpen'> {
  readonly clock: Clock;
  readonly random: Random;
  /** Source ports in use at once; 256 when left out. */
  readonly udpPorts?: number;
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
  readonly #options: UpstreamOptions;
  readonly #encrypted: EncryptedTransport | undefined;
  readonly #pools: { readonly udp: PortPool; readonly tcp: ConnectionPool };

  constructor(options: UpstreamOptions) {
    this.name = endpointName(options.address, options.port);
    this.#options = options;
    const { encryption } = options;
    this.#encrypted =
      encryption === undefined ? undefined : new EncryptedTransport({ ...options, encryption });
    const { clock, random, replyDropped } = options;
    const datagrams = { clock, random, replyDropped, letterCase: new LetterCase(random) };
    this.#pools = {
      udp: new PortPool(
        { ...options, maximumOpen: options.udpPorts ?? UDP_PORTS },
        clock,
        random,
        (owner) => new UdpConnection(options, datagrams, owner),
      ),
      tcp: new ConnectionPool(
        { ...options, maximumOpen: TCP_CONNECTIONS },
        clock,
        random,
        (owner) => new TcpConnection(options, options, owner),
      ),
    };
  }

  /** How it is asked whatever the protocol; undefined: by UDP and TCP. */
  get encryptedProtocol(): EncryptedProtocol | undefined {
    return this.#encrypted?.protocol;
  }

  /**
   * Asks, and resolves with the reply, whatever it says. A kept TCP connection that turns out to be closed is
   * replaced by a new one. An encrypted upstream is asked by its own transport, whatever the protocol.
   * @param timeout milliseconds
   * @throws UpstreamError (as a rejection) when there is none
   */
  exchange(query: UpstreamQuery, protocol: Protocol, timeout: number): Promise<Message> {
    if (this.#encrypted !== undefined) return this.#encrypted.exchange(query, timeout);
    const kept = this.#pools[protocol].reuse();
    if (kept === undefined) return this.#exchangeAnew(query, protocol, timeout);
    this.#options.connectionUsed?.(protocol, true);
    const reply = send(kept, query, timeout);
    if (protocol === 'udp') return reply;
    return reply.catch((error: unknown) => {
      if (error instanceof UpstreamError && error.kind === 'closed') {
        return this.#exchangeAnew(query, protocol, timeout);
      }
      throw error;
    });
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

  #exchangeAnew(query: UpstreamQuery, protocol: Protocol, timeout: number): Promise<Message> {
    this.#options.connectionUsed?.(protocol, false);
    return send(this.#pools[protocol].open(), query, timeout);
  }
}

/** An error that is thrown at once (a name that cannot be written) becomes a rejection like all others. */
async function send(connection: Connection, query: UpstreamQuery, timeout: number): Promise<Message> {
  return connection.exchange(query, timeout);
}
