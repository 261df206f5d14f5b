import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ApiCall } from './api-connection.ts';
import { plainError } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import type { ApiEndpoint } from './credentials.ts';
import type { RunningRequest } from './running-request.ts';

/** One connection of HTTP/2 (RFC 9113) for all requests. */
export class Http2Carrier implements Carrier {
  readonly endpoint: ApiEndpoint;
  readonly longestWatch = 600;
  readonly #socket: TLSSocket;
  readonly #session: ClientHttp2Session;
  readonly #requests = new Set<RunningRequest>();
  readonly #heartbeat: Timer;
  readonly #clock: Clock;
  #answerDue: Timer | undefined;
  /** Something came since the last ping. */
  #heard = true;
  #retired = false;
  #closed = false;

  /** @param socket on which the server agreed to speak HTTP/2 */
  constructor(socket: TLSSocket, endpoint: ApiEndpoint, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
    this.#socket = socket;
    const session = connect(endpoint.server.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    this.#session = session;
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
    // Told here first: the session only says that its streams are cancelled.
    socket.on('error', (error) => this.#broken(error));
    session.on('error', (error) => this.#broken(error));
    session.on('goaway', () => (this.#retired = true));
    session.on('close', () => this.fail(this.#hungUp()));
    this.#heartbeat = clock.every(PING_EVERY, () => this.#ping());
  }

  get usable(): boolean {
    return !this.#retired && !this.#closed && !this.#session.closed && !this.#session.destroyed;
  }

  send(
    { method, path, body }: ApiCall,
    headers: Readonly<Record<string, string>>,
    request: RunningRequest,
  ): void {
    const stream = this.#session.request(
      { ...headers, ':method': method, ':path': path, ':authority': this.endpoint.server.host },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    this.#requests.add(request);
    request.abort = () => stream.close(constants.NGHTTP2_CANCEL);
    let failure: Error | undefined;
    let whole = false;
    stream.on('response', (response) => {
      this.#heard = true;
      request.responded(response[':status'] ?? 0, response);
    });
    takeBody(stream, (bytes) => {
      this.#heard = true;
      request.received(bytes);
    });
    stream.on('end', () => (whole = true));
    stream.on('error', (error) => (failure = plainError(this.endpoint.server.host, error)));
    stream.on('close', () => {
      this.#requests.delete(request);
      const regular = whole && stream.rstCode === constants.NGHTTP2_NO_ERROR;
      request.end(failure ?? (regular ? undefined : this.#hungUp()));
    });
  }

  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#session.close();
  }

  fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat.cancel();
    this.#answerDue?.cancel();
    for (const request of [...this.#requests]) request.fail(error);
    this.#requests.clear();
    this.#session.destroy();
    // Where nobody answers, there is nobody to say goodbye to.
    this.#socket.destroy();
  }

  /** A silent connection is noticed within 18 seconds after its last byte. */
  #ping(): void {
    if (this.#session.destroyed) return;
    this.#heard = false;
    this.#session.ping((error: Error | null) => {
      if (error === null) this.#heard = true;
    });
    this.#answerDue = this.#clock.after(ANSWER_LIMIT, () => {
      if (this.#heard) return;
      const limit = ANSWER_LIMIT / 1000;
      this.fail(new Error(`${this.endpoint.server.host}: no answer to a ping within ${limit} s`));
    });
  }

  #broken(error: Error): void {
    this.fail(plainError(this.endpoint.server.host, error));
  }

  #hungUp(): Error {
    return new Error(`${this.endpoint.server.host}: the server closed the connection`);
  }
}

/**
 * Hands on the bytes of a body. The API server sends each object in a frame of its own, and what a Readable does with
 * one (a tick of its own, an event) costs as much as its decryption: so the bytes are taken on their way into it. Should
 * they ever come by another way, they are events.
 */
function takeBody(stream: ClientHttp2Stream, received: (bytes: Uint8Array) => void): void {
  stream.on('data', received);
  const push = stream.push.bind(stream);
  stream.push = (bytes: Uint8Array | null) => {
    if (bytes === null) return push(null);
    received(bytes);
    return true;
  };
}

/** Milliseconds. */
const PING_EVERY = 10_000;
/** Less than what is between two pings. */
const ANSWER_LIMIT = 8000;

/** Bytes that the server may send ahead: enough that lists flow, too little to hold up a turn of the event loop. */
const STREAM_WINDOW = 256 << 10;
const CONNECTION_WINDOW = 512 << 10;
