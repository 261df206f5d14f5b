import { HeaderFlag, Rcode } from '../wire/codes.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Message } from '../wire/message.ts';
import { failLater } from './connection.ts';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
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

/** The `proto` label of metrics for encrypted connections. */
export type EncryptedProtocol = 'tcp-tls' | 'https';

/** What the encrypted way to an upstream needs. */
export interface EncryptedTransportOptions extends Endpoint, Surroundings, Omit<PoolLimits, 'maximumOpen'> {
  readonly encryption: Encryption;
  readonly clock: Clock;
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
  /** The server refuses OPT records: queries without one are not padded. */
  #refusesEdns = false;

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
    this.#pool = new ConnectionPool(limits, clock, random, connect, (reused) =>
      options.connectionUsed?.(this.protocol, reused),
    );
  }

  /** Opens a connection, so that the first query does not wait for the handshake. */
  warm(): void {
    if (this.#closed || this.#pool.size > 0) return;
    this.#lastWarmed = this.#options.clock.monotonic();
    this.#pool.idle(this.#pool.open());
  }

  /**
   * Asks, padded where that can be. A kept connection that turns out to be closed is replaced by a new one.
   * @param timeout milliseconds
   */
  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    this.#lastQuery = this.#options.clock.monotonic();
    if (query.edns === undefined && this.#refusesEdns) {
      this.exchangeBare(query, timeout, listener);
      return;
    }
    try {
      this.exchangeBare(padded(query), timeout, new PaddedExchange(this, query, timeout, listener));
    } catch (error) {
      failLater(listener, error); // a name that cannot be written
    }
  }

  /** Asks without padding. */
  exchangeBare(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    this.#pool.exchange(query, timeout, listener);
  }

  /** The server understands a query once it has no OPT record: it is not given one of ours any more. */
  learnRefusal(): void {
    this.#refusesEdns = true;
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
}

/** A query that went out padded, and may have to be sent again as it was. */
class PaddedExchange implements ReplyListener {
  readonly #transport: EncryptedTransport;
  readonly #query: UpstreamQuery;
  readonly #timeout: number;
  readonly #listener: ReplyListener;
  /** What the server said to our OPT record. */
  #refusal: Message | undefined;

  constructor(transport: EncryptedTransport, query: UpstreamQuery, timeout: number, listener: ReplyListener) {
    this.#transport = transport;
    this.#query = query;
    this.#timeout = timeout;
    this.#listener = listener;
  }

  replied(message: Message): void {
    if (this.#refusal !== undefined) {
      if (message.rcode !== this.#refusal.rcode) this.#transport.learnRefusal();
      this.#listener.replied(message);
    } else if ((message.flags & HeaderFlag.TC) !== 0) {
      // Padding, or our OPT record, was what did not fit into the longest message.
      this.#transport.exchangeBare(this.#query, this.#timeout, this.#listener);
    } else if (this.#query.edns === undefined && refusesEdns(message)) {
      this.#refusal = message;
      this.#transport.exchangeBare(this.#query, this.#timeout, this);
    } else this.#listener.replied(unpadded(message, this.#query));
  }

  failed(error: Error): void {
    this.#listener.failed(error);
  }
}

/** A server that knows no EDNS says so and sends no OPT back (RFC 6891, section 7). */
function refusesEdns({ rcode, edns }: Message): boolean {
  return edns === undefined && (rcode === Rcode.FormatError || rcode === Rcode.NotImplemented);
}
