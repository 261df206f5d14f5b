import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import type { DatagramListener, DatagramSocket, OpenDatagramSocket } from './datagrams/datagram-socket.ts';
import { endpointName } from './endpoint.ts';
import type { Endpoint, Surroundings } from './endpoint.ts';
import { InFlight } from './in-flight.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { systemErrorText, UpstreamError } from './upstream-error.ts';

/** A socket is not used for more queries than this: a source port that stays is easier to guess (RFC 5452). */
const MAXIMUM_QUERIES = 1000;

/** Queries by UDP from one random port. Of a closed port the system tells at once. */
export class UdpConnection implements Connection, DatagramListener {
  readonly #socket: DatagramSocket;
  readonly #endpoint: Endpoint;
  readonly #owner: ConnectionOwner;
  readonly #inFlight: InFlight;
  #queries = 0;
  /** Asked for once: the system takes its time to say it. */
  #localName = '';
  #closed = false;

  constructor(
    endpoint: Endpoint,
    surroundings: Surroundings,
    owner: ConnectionOwner,
    open: OpenDatagramSocket,
  ) {
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#inFlight = new InFlight(
      surroundings,
      () => this.#whenEmpty(),
      () => this.#whenLate(),
    );
    this.#socket = open(endpoint, this);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get usable(): boolean {
    return !this.#closed && this.#queries < MAXIMUM_QUERIES;
  }

  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    this.#queries++;
    this.#socket.send(this.#inFlight.add(query, timeout, listener));
  }

  close(): void {
    this.#end('use of closed network connection');
  }

  received(bytes: Uint8Array): void {
    if (!this.#closed) this.#inFlight.receive(bytes, true);
  }

  failed(error: NodeJS.ErrnoException): void {
    this.#end(systemErrorText(error), error);
  }

  /** Whoever is told that a query has failed may ask again at once, and not here: the socket is closed by then. */
  #end(reason: string, cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.gone(this);
    const path = this.#inFlight.size === 0 ? '' : this.#path('read');
    this.#socket.close();
    if (path !== '') this.#inFlight.fail(new UpstreamError('network', `${path}: ${reason}`, { cause }));
  }

  #whenEmpty(): void {
    if (this.#closed) return;
    if (this.usable) this.#owner.idle(this);
    else this.close();
  }

  /** A socket on which a reply failed to come takes no new query: a late reply must find nobody. */
  #whenLate(): string {
    this.#queries = MAXIMUM_QUERIES;
    return `${this.#path('read')}: i/o timeout`;
  }

  #path(action: string): string {
    this.#localName ||= this.#socket.localName;
    return `${action} udp ${this.#localName}->${endpointName(this.#endpoint.address, this.#endpoint.port)}`;
  }
}
