import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { isIPv6 } from 'node:net';
import { writeQuery } from '../wire/write-query.ts';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import type { DeadlineQueue } from '../plugin/deadline-queue.ts';
import type { TlsDialer } from './encryption.ts';
import { endpointName } from './endpoint.ts';
import type { Surroundings } from './endpoint.ts';
import { HttpsExchange, MEDIA_TYPE } from './https-exchange.ts';
import type { HttpsExchangeOwner } from './https-exchange.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { systemErrorText, UpstreamError } from './upstream-error.ts';
import type { UpstreamErrorKind } from './upstream-error.ts';

const PATH = '/dns-query';
const HTTPS_PORT = 443;

/** An HTTP/2 connection that carries DNS queries, each as a request of its own (RFC 8484). */
export class HttpsConnection implements Connection, HttpsExchangeOwner {
  readonly #dialer: TlsDialer;
  readonly #deadlines: DeadlineQueue;
  readonly #owner: ConnectionOwner;
  readonly #session: ClientHttp2Session;
  readonly #authority: string;
  readonly #exchanges = new Set<HttpsExchange>();
  #replies = 0;
  #usable = true;
  #closed = false;

  constructor(dialer: TlsDialer, { deadlines }: Surroundings, owner: ConnectionOwner) {
    this.#dialer = dialer;
    this.#deadlines = deadlines;
    this.#owner = owner;
    const { address, port } = dialer.endpoint;
    const host = dialer.encryption.serverName ?? (isIPv6(address) ? `[${address}]` : address);
    this.#authority = port === HTTPS_PORT ? host : `${host}:${port}`;
    const socket = dialer.dial();
    socket.on('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') this.#fail('the server does not speak HTTP/2');
    });
    // Told here first: the session only says that its streams are cancelled.
    socket.on('error', (error) => this.#fail(systemErrorText(error)));
    const session = connect(`https://${this.#authority}`, { createConnection: () => socket });
    this.#session = session;
    session.on('error', (error) => this.#fail(systemErrorText(error)));
    session.on('goaway', () => this.retire());
    session.on('close', () => this.#fail('EOF'));
  }

  get inFlight(): number {
    return this.#exchanges.size;
  }

  get usable(): boolean {
    return this.#usable;
  }

  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    // The id is 0, so that HTTP caches see equal queries as equal (RFC 8484, section 4.1).
    const packet = writeQuery({ id: 0, flags: query.flags, question: query.question, edns: query.edns });
    const exchange = new HttpsExchange(this.#request(packet), this, listener);
    this.#exchanges.add(exchange);
    this.#deadlines.add(exchange, timeout);
  }

  ended(exchange: HttpsExchange, answered: boolean): void {
    this.#deadlines.remove(exchange);
    this.#exchanges.delete(exchange);
    if (answered) this.#replies++;
    if (this.#exchanges.size === 0) this.#whenEmpty();
  }

  /** Where one response failed to come the next may too: no new query is sent here. */
  retire(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#owner.gone(this);
  }

  error(reason: string, kind: UpstreamErrorKind = this.#replies > 0 ? 'closed' : 'network'): UpstreamError {
    const { address, port } = this.#dialer.endpoint;
    return new UpstreamError(kind, `https://${endpointName(address, port)}${PATH}: ${reason}`);
  }

  close(): void {
    this.#fail('use of closed network connection');
  }

  #request(packet: Buffer): ClientHttp2Stream {
    const headers = { ':authority': this.#authority, accept: MEDIA_TYPE };
    try {
      if (this.#dialer.encryption.method === 'GET') {
        const path = `${PATH}?dns=${packet.toString('base64url')}`;
        return this.#session.request({ ...headers, ':method': 'GET', ':path': path }, { endStream: true });
      }
      const stream = this.#session.request({
        ...headers,
        ':method': 'POST',
        ':path': PATH,
        'content-type': MEDIA_TYPE,
        'content-length': packet.length,
      });
      stream.end(packet);
      return stream;
    } catch (error) {
      const text = systemErrorText(error as Error);
      this.#fail(text);
      throw this.error(text);
    }
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.retire();
    for (const exchange of [...this.#exchanges]) exchange.fail(reason);
    this.#session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
  }

  #whenEmpty(): void {
    if (this.#closed) return;
    if (this.#usable) this.#owner.idle(this);
    else this.close();
  }
}
