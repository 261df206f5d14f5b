import { HeaderFlag, Rcode } from '../wire/codes.ts';
import type { Message } from '../wire/message.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { PoolLimits } from './connection-pool.ts';
import { TlsDialer } from './encryption.ts';
import type { Encryption } from './encryption.ts';
import type { Endpoint, Surroundings } from './endpoint.ts';
import { HttpsConnection } from './https-connection.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { padded, unpadded } from './padding.ts';
import { TcpConnection } from './tcp-connection.ts';
import { openTls } from './tls-connection.ts';
import { UpstreamError } from './upstream-error.ts';

/** The `proto` label of metrics for encrypted connections. */
export type EncryptedProtocol = 'tcp-tls' | 'https';

/** What the encrypted way to an upstream needs. */
export interface EncryptedTransportOptions extends Endpoint, Surroundings, Omit<PoolLimits, 'maximumOpen'> {
  readonly encryption: Encryption;
  /** Told at every exchange whether an open connection served. */
  readonly connectionUsed?: ((protocol: EncryptedProtocol, reused: boolean) => void) | undefined;
}

/** Many servers answer one TLS connection's queries one after the other; HTTP/2 has streams for that. */
const MAXIMUM_OPEN = { tls: 8, https: 2 } as const;
/** Milliseconds after the last query for which a connection is kept ready, opened anew if need be. */
const WARM_PERIOD = 60_000;
/** Milliseconds between two of those: a server that hangs up at once is left alone. */
const SHORTEST_WARM_INTERVAL = 5000;

/** The way to one upstream by DNS over TLS or DNS over HTTPS. Queries are padded, which replies do not show. */
export class EncryptedTransport implements ConnectionOwner {
  /** How it asks. */
  readonly protocol: EncryptedProtocol;
  readonly #options: EncryptedTransportOptions;
  readonly #pool: ConnectionPool;
  #lastQuery = -Infinity;
  #lastWarmed = -Infinity;
  #closed = false;
  /** Cleared for a server that refuses OPT records: queries without one are not padded then. */
  #addsEdns = true;

  constructor(options: EncryptedTransportOptions) {
    const { clock, random, encryption } = options;
    const dialer = new TlsDialer(options, encryption);
    this.#options = options;
    this.protocol = encryption.scheme === 'tls' ? 'tcp-tls' : 'https';
    const connect =
      encryption.scheme === 'tls'
        ? () => new TcpConnection(options, options, this, () => openTls(dialer))
        : () => new HttpsConnection(dialer, options, this);
    const limits = { ...options, maximumOpen: MAXIMUM_OPEN[encryption.scheme] };
    this.#pool = new ConnectionPool(limits, clock, random, connect);
  }

  /** Opens a connection, so that the first query does not wait for the handshake. */
  warm(): void {
    if (this.#closed || this.#pool.size > 0) return;
    this.#lastWarmed = this.#options.clock.monotonic();
    this.#pool.idle(this.#pool.open());
  }

  /**
   * Asks, and resolves with the reply. A kept connection that turns out to be closed is replaced by a new one.
   * @param timeout milliseconds
   * @throws UpstreamError (as a rejection) when there is none
   */
  async exchange(query: UpstreamQuery, timeout: number): Promise<Message> {
    this.#lastQuery = this.#options.clock.monotonic();
    if (query.edns === undefined && !this.#addsEdns) return this.#exchange(query, timeout);
    const message = await this.#exchange(padded(query), timeout);
    // Padding, or our OPT record, was what did not fit into the longest message.
    if ((message.flags & HeaderFlag.TC) !== 0) return this.#exchange(query, timeout);
    if (query.edns !== undefined || !refusesEdns(message)) return unpadded(message, query);
    const plain = await this.#exchange(query, timeout);
    if (plain.rcode !== message.rcode) this.#addsEdns = false;
    return plain;
  }

  /** Connections close as soon as what is in flight on them is done. Queries may still be sent. */
  close(): void {
    this.#closed = true;
    this.#pool.close();
  }

  /** Closes all connections; what is in flight fails. */
  abort(): void {
    this.#closed = true;
    this.#pool.abort();
  }

  idle(connection: Connection): void {
    this.#pool.idle(connection);
  }

  gone(connection: Connection): void {
    this.#pool.gone(connection);
    const now = this.#options.clock.monotonic();
    if (now - this.#lastQuery < WARM_PERIOD && now - this.#lastWarmed >= SHORTEST_WARM_INTERVAL) this.warm();
  }

  async #exchange(query: UpstreamQuery, timeout: number): Promise<Message> {
    const kept = this.#pool.reuse();
    if (kept !== undefined) {
      this.#options.connectionUsed?.(this.protocol, true);
      try {
        return await kept.exchange(query, timeout);
      } catch (error) {
        if (!(error instanceof UpstreamError) || error.kind !== 'closed') throw error;
      }
    }
    this.#options.connectionUsed?.(this.protocol, false);
    return this.#pool.open().exchange(query, timeout);
  }
}

/** A server that knows no EDNS says so and sends no OPT back (RFC 6891, section 7). */
function refusesEdns({ rcode, edns }: Message): boolean {
  return edns === undefined && (rcode === Rcode.FormatError || rcode === Rcode.NotImplemented);
}
