import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import { endpointName } from './endpoint.ts';
import type { Endpoint, Surroundings } from './endpoint.ts';
import { InFlight } from './in-flight.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { systemErrorText, UpstreamError } from './upstream-error.ts';

/** A socket is not used for more queries than this: a source port that stays is easier to guess (RFC 5452). */
const MAXIMUM_QUERIES = 1000;

/**
 * A connected UDP socket on a random port: the system drops what does not come from the upstream, and tells of a
 * closed port at once.
 */
export class UdpConnection implements Connection {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #owner: ConnectionOwner;
  readonly #inFlight: InFlight;
  /** Packets that wait until the socket is connected. */
  #unsent: Buffer[] | undefined = [];
  #queries = 0;
  #localName = '';
  #closed = false;

  constructor(endpoint: Endpoint, surroundings: Surroundings, owner: ConnectionOwner) {
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#inFlight = new InFlight(
      surroundings,
      () => this.#whenEmpty(),
      () => this.#whenLate(),
    );
    const family = isIPv6(endpoint.address) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: (address, _options, found) => process.nextTick(found, null, address, family),
    });
    this.#socket = socket;
    socket.on('error', (error) => this.#end(systemErrorText(error), error));
    socket.on('message', (bytes) => this.#inFlight.receive(bytes, true));
    socket.on('connect', () => this.#connected());
    if (endpoint.sourceAddress === undefined) socket.connect(endpoint.port, endpoint.address);
    else {
      socket.bind({ address: endpoint.sourceAddress, port: 0 }, () =>
        socket.connect(endpoint.port, endpoint.address),
      );
    }
    socket.unref();
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get usable(): boolean {
    return !this.#closed && this.#queries < MAXIMUM_QUERIES;
  }

  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    this.#queries++;
    const packet = this.#inFlight.add(query, timeout, listener);
    if (this.#unsent === undefined) this.#send(packet);
    else this.#unsent.push(packet);
  }

  close(): void {
    this.#end('use of closed network connection');
  }

  #connected(): void {
    if (this.#closed) return;
    const unsent = this.#unsent ?? [];
    this.#unsent = undefined;
    for (const packet of unsent) this.#send(packet);
  }

  #send(packet: Buffer): void {
    this.#socket.send(packet, this.#sent);
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#end(systemErrorText(error), error);
  };

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
    return `${action} udp ${this.#local}->${endpointName(this.#endpoint.address, this.#endpoint.port)}`;
  }

  /** Asked for once: the system takes its time to say it. */
  get #local(): string {
    if (this.#localName !== '') return this.#localName;
    try {
      const { address, port } = this.#socket.address();
      this.#localName = endpointName(address, port);
    } catch {
      // not bound yet
    }
    return this.#localName;
  }
}
