import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import type { Protocol } from '../server/query.ts';
import type { Message } from '../wire/message.ts';
import type { Connection } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { PoolLimits } from './connection-pool.ts';
import { endpointName } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { TcpConnection } from './tcp-connection.ts';
import { UdpConnection } from './udp-connection.ts';
import { UpstreamError } from './upstream-error.ts';

export { isFor } from './in-flight.ts';
export type { UpstreamQuery } from './in-flight.ts';

/** Where an upstream is and how its connections are kept. */
export interface UpstreamOptions extends Endpoint, Omit<PoolLimits, 'maximumOpen'> {
  readonly clock: Clock;
  readonly random: Random;
  /** Told at every exchange whether an open connection served. */
  readonly connectionUsed?: (protocol: Protocol, reused: boolean) => void;
}

/** UDP sockets are cheap, and each is another port to guess. A server has few TCP connections to give away. */
const MAXIMUM_OPEN = { udp: 256, tcp: 16 } as const;

/** Another DNS server, at one address and port. */
export class Upstream {
  /** `192.0.2.1:53`. */
  readonly name: string;
  readonly #options: UpstreamOptions;
  readonly #pools: Readonly<Record<Protocol, ConnectionPool>>;

  constructor(options: UpstreamOptions) {
    this.name = endpointName(options.address, options.port);
    this.#options = options;
    const pool = (protocol: Protocol, Kind: typeof UdpConnection | typeof TcpConnection): ConnectionPool =>
      new ConnectionPool(
        { ...options, maximumOpen: MAXIMUM_OPEN[protocol] },
        options.clock,
        options.random,
        (owner) => new Kind(options, options, owner),
      );
    this.#pools = { udp: pool('udp', UdpConnection), tcp: pool('tcp', TcpConnection) };
  }

  /**
   * Asks, and resolves with the reply, whatever it says. A kept TCP connection that turns out to be closed is
   * replaced by a new one.
   * @param timeout milliseconds
   * @throws UpstreamError (as a rejection) when there is none
   */
  exchange(query: UpstreamQuery, protocol: Protocol, timeout: number): Promise<Message> {
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

  /** Connections close as soon as what is in flight on them is done. Queries may still be sent. */
  close(): void {
    this.#pools.udp.close();
    this.#pools.tcp.close();
  }

  /** Closes all connections; what is in flight fails. */
  abort(): void {
    this.#pools.udp.abort();
    this.#pools.tcp.abort();
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
