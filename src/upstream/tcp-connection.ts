import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FormatError } from '../wire/errors.ts';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import { endpointName } from './endpoint.ts';
import type { Endpoint, Surroundings } from './endpoint.ts';
import { InFlight } from './in-flight.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { systemErrorText, UpstreamError } from './upstream-error.ts';

const NOTHING = Buffer.alloc(0);

/** A TCP connection, encrypted or not, that carries several queries at once, each message behind its length (RFC 7766). */
export class TcpConnection implements Connection {
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #owner: ConnectionOwner;
  readonly #inFlight: InFlight;
  #received: Buffer = NOTHING;
  #connected = false;
  #replies = 0;
  #usable = true;
  #closed = false;

  /** @param open makes the stream: plain TCP, or TLS over it */
  constructor(
    endpoint: Endpoint,
    surroundings: Surroundings,
    owner: ConnectionOwner,
    open: (endpoint: Endpoint) => Socket = openTcp,
  ) {
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#inFlight = new InFlight(
      surroundings,
      () => this.#whenEmpty(),
      () => this.#whenLate(),
    );
    const socket = open(endpoint);
    this.#socket = socket;
    socket.on('connect', () => {
      this.#connected = true;
    });
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(systemErrorText(error)));
    socket.on('end', () => this.#fail('EOF'));
    socket.on('close', () => this.#fail('EOF'));
    socket.unref();
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get usable(): boolean {
    return this.#usable;
  }

  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    const packet = this.#inFlight.add(query, timeout, listener);
    const framed = Buffer.allocUnsafe(packet.length + 2);
    framed.writeUInt16BE(packet.length, 0);
    packet.copy(framed, 2);
    this.#socket.write(framed);
  }

  close(): void {
    this.#fail('use of closed network connection');
  }

  #receive(bytes: Buffer): void {
    let rest = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    while (rest.length > 1 && !this.#closed) {
      const end = 2 + rest.readUInt16BE(0);
      if (rest.length < end) break;
      this.#message(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
    this.#received = rest;
  }

  #message(bytes: Buffer): void {
    this.#replies++;
    try {
      this.#inFlight.receive(bytes, false);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#fail(`dns: ${error.message}`, 'network');
    }
  }

  #fail(reason: string, kind: 'closed' | 'network' = this.#replies > 0 ? 'closed' : 'network'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#retire();
    const error = new UpstreamError(kind, `${this.#path()}: ${reason}`);
    this.#socket.destroy();
    this.#inFlight.fail(error);
  }

  #retire(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#owner.gone(this);
  }

  #whenEmpty(): void {
    if (this.#closed) return;
    if (this.#usable) this.#owner.idle(this);
    else this.close();
  }

  /** Where one reply failed to come the next may too: no new query is sent here. */
  #whenLate(): string {
    this.#retire();
    return `${this.#path()}: i/o timeout`;
  }

  #path(): string {
    const remote = endpointName(this.#endpoint.address, this.#endpoint.port);
    const { localAddress, localPort } = this.#socket;
    if (!this.#connected || localAddress === undefined || localPort === undefined)
      return `dial tcp ${remote}`;
    return `read tcp ${endpointName(localAddress, localPort)}->${remote}`;
  }
}

function openTcp({ address, port, sourceAddress }: Endpoint): Socket {
  return connect({
    host: address,
    port,
    noDelay: true,
    ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }),
  });
}
