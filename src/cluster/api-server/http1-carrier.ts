import type { ClientRequest, Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ApiCall } from './api-connection.ts';
import { plainError } from './carrier.ts';
import type { Carrier } from './carrier.ts';
import type { ApiEndpoint } from './credentials.ts';
import { hostOf, KEEP_ALIVE, portOf } from './dial.ts';
import type { RunningRequest } from './running-request.ts';

// Not imported, for the sake of who never speaks HTTP/1.1: see src/http/node-http.ts.
const { Agent, request: plainRequest } = process.getBuiltinModule('node:http');

/** HTTP/1.1 (RFC 9112): a connection for every request that runs, kept for the next one. */
export class Http1Carrier implements Carrier {
  readonly endpoint: ApiEndpoint;
  /** No ping tells silence from quiet, so the server is made to say something (its end) before the limit. */
  readonly longestWatch = 12;
  readonly #clock: Clock;
  readonly #agent: PlainAgent;
  readonly #requests = new Set<RunningRequest>();
  #usable = true;

  constructor(endpoint: ApiEndpoint, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE, maxFreeSockets: 4 };
    this.#agent = endpoint.server.protocol === 'http:' ? new Agent(options) : new SecureAgent(options);
  }

  get usable(): boolean {
    return this.#usable;
  }

  send(call: ApiCall, headers: Readonly<Record<string, string>>, request: RunningRequest): void {
    const outgoing = this.#open(call, headers);
    const silence = new Silence(this.#clock, () =>
      request.fail(new Error(`${this.endpoint.server.host}: nothing came for ${SILENCE_LIMIT / 1000} s`)),
    );
    this.#requests.add(request);
    request.abort = () => outgoing.destroy();
    let failure: Error | undefined;
    let whole = false;
    outgoing.on('response', (incoming) => {
      silence.broken();
      request.responded(incoming.statusCode ?? 0, incoming.headers);
      incoming.on('data', (bytes: Uint8Array) => {
        silence.broken();
        request.received(bytes);
      });
      incoming.on('error', (error) => (failure ??= error));
      incoming.on('end', () => (whole = incoming.complete));
    });
    outgoing.on('error', (error) => {
      failure ??= error;
      // Perhaps what listens there now speaks HTTP/2.
      this.#usable = false;
    });
    outgoing.on('close', () => {
      silence.end();
      this.#requests.delete(request);
      const error = failure ?? (whole ? undefined : new Error('the server closed the connection'));
      request.end(error === undefined ? undefined : plainError(this.endpoint.server.host, error));
      if (!this.#usable) this.#closeWhenEmpty();
    });
    outgoing.end(call.body);
  }

  retire(): void {
    this.#usable = false;
    this.#closeWhenEmpty();
  }

  fail(error: Error): void {
    this.#usable = false;
    for (const request of [...this.#requests]) request.fail(error);
    this.#agent.destroy();
  }

  #closeWhenEmpty(): void {
    if (this.#requests.size === 0) this.#agent.destroy();
  }

  #open({ method, path }: ApiCall, headers: Readonly<Record<string, string>>): ClientRequest {
    const { server, context, serverName, verified } = this.endpoint;
    const host = hostOf(server);
    const options = { host, port: portOf(server), method, path, headers, agent: this.#agent };
    if (server.protocol === 'http:') return plainRequest(options);
    return secureRequest({
      ...options,
      servername: serverName ?? (isIP(host) === 0 ? host : ''),
      ...(context === undefined ? {} : { secureContext: context }),
      rejectUnauthorized: verified,
    });
  }
}

/** Milliseconds without a byte after which a request is given up. */
const SILENCE_LIMIT = 18_000;

/** Calls out when nothing was heard for too long. One timer, however many pieces arrive. */
class Silence {
  readonly #clock: Clock;
  readonly #alarm: () => void;
  #since: number;
  #timer: Timer;

  constructor(clock: Clock, alarm: () => void) {
    this.#clock = clock;
    this.#alarm = alarm;
    this.#since = clock.monotonic();
    this.#timer = clock.after(SILENCE_LIMIT, () => this.#check());
  }

  broken(): void {
    this.#since = this.#clock.monotonic();
  }

  end(): void {
    this.#timer.cancel();
  }

  #check(): void {
    const left = this.#since + SILENCE_LIMIT - this.#clock.monotonic();
    if (left <= 0) this.#alarm();
    else this.#timer = this.#clock.after(left, () => this.#check());
  }
}
