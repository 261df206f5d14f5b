import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../plugin/clock.ts';
import type { ApiCall, ApiConnection, ApiRequest, ApiResponseListener } from './api-connection.ts';
import type { Carrier } from './carrier.ts';
import type { ApiCredentials, ApiEndpoint } from './credentials.ts';
import { dial } from './dial.ts';
import type { Dialling } from './dial.ts';
import { Http1Carrier } from './http1-carrier.ts';
import { Http2Carrier } from './http2-carrier.ts';
import { RunningRequest } from './running-request.ts';

/**
 * Connects to an API server at the first request, and anew whenever a request finds no connection: by HTTP/2, or by
 * HTTP/1.1 where the server speaks nothing else or is not encrypted (`kubectl proxy`).
 */
export class ServerConnection implements ApiConnection {
  readonly #credentials: ApiCredentials;
  readonly #clock: Clock;
  readonly #headers: RequestHeaders;
  readonly #requests = new Set<RunningRequest>();
  #opening: Opening | undefined;
  #carrier: Carrier | undefined;
  #reached = false;
  #closed = false;

  /** @param headers of all requests, names in lower case */
  constructor(credentials: ApiCredentials, clock: Clock, headers: RequestHeaders) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#headers = headers;
  }

  get cluster(): string {
    return this.#credentials.cluster;
  }

  get namespace(): string {
    return this.#credentials.namespace;
  }

  get material(): string {
    try {
      return this.#credentials.material;
    } catch {
      // The next request tells of it.
      return '';
    }
  }

  get reached(): boolean {
    return this.#reached;
  }

  get longestWatch(): number {
    return this.#carrier?.longestWatch ?? 600;
  }

  get(path: string, listener: ApiResponseListener): ApiRequest {
    return this.#begin({ method: 'GET', path }, NO_HEADERS, listener);
  }

  send(call: ApiCall, listener: ApiResponseListener): ApiRequest {
    return this.#begin(call, call.body === undefined ? ASKS_FOR_JSON : sendsJson(call.body), listener);
  }

  close(): void {
    this.#closed = true;
    const error = new Error(`${this.#credentials.name}: we closed the connection`);
    for (const request of [...this.#requests]) request.fail(error);
    this.#opening?.socket.destroy();
    this.#carrier?.fail(error);
  }

  /** @param own headers beside those of all requests */
  #begin(call: ApiCall, own: RequestHeaders, listener: ApiResponseListener): ApiRequest {
    const watched: ApiResponseListener = {
      responded: (response) => {
        this.#reached = true;
        if (response.status === 401) this.#credentials.refused();
        listener.responded(response);
      },
      received: (bytes) => listener.received(bytes),
      ended: (error) => listener.ended(error),
    };
    const request = new RunningRequest(watched, (ended) => this.#requests.delete(ended));
    this.#requests.add(request);
    void this.#start(call, own, request);
    return request;
  }

  async #start(call: ApiCall, own: RequestHeaders, request: RunningRequest): Promise<void> {
    try {
      const { endpoint, headers } = await this.#credentials.current();
      const carrier = this.#closed || request.over ? undefined : await this.#carrierTo(endpoint);
      if (this.#closed) throw new Error(`${this.#credentials.name}: we closed the connection`);
      if (request.over || carrier === undefined) return;
      const prefix = endpoint.server.pathname.replace(/\/+$/, '');
      carrier.send({ ...call, path: prefix + call.path }, { ...this.#headers, ...headers, ...own }, request);
    } catch (error) {
      request.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The carrier for new requests: the last one while it is usable and nothing of how to connect has changed. */
  #carrierTo(endpoint: ApiEndpoint): Carrier | Promise<Carrier> {
    const last = this.#carrier;
    if (last?.usable === true && last.endpoint === endpoint) return last;
    if (this.#opening?.endpoint === endpoint) return this.#opening.carrier;
    if (endpoint.server.protocol === 'http:') return this.#use(new Http1Carrier(endpoint, this.#clock));
    const dialling = dial(endpoint, this.#clock);
    const opening: Opening = {
      endpoint,
      socket: dialling.socket,
      carrier: this.#open(endpoint, dialling),
    };
    this.#opening = opening;
    return opening.carrier;
  }

  async #open(endpoint: ApiEndpoint, { socket, connected }: Dialling): Promise<Carrier> {
    try {
      await connected;
      this.#reached = true;
      if (this.#closed) throw new Error(`${this.#credentials.name}: we closed the connection`);
      if (socket.alpnProtocol === 'h2') return this.#use(new Http2Carrier(socket, endpoint, this.#clock));
      socket.destroy();
      return this.#use(new Http1Carrier(endpoint, this.#clock));
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      if (this.#opening?.endpoint === endpoint) this.#opening = undefined;
    }
  }

  #use(carrier: Carrier): Carrier {
    // Requests that run on the last one may end there.
    this.#carrier?.retire();
    this.#carrier = carrier;
    return carrier;
  }
}

/** Names in lower case. */
type RequestHeaders = Readonly<Record<string, string>>;

const NO_HEADERS: RequestHeaders = {};
const ASKS_FOR_JSON: RequestHeaders = { accept: 'application/json' };

function sendsJson(body: string): RequestHeaders {
  return {
    ...ASKS_FOR_JSON,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
}

interface Opening {
  readonly endpoint: ApiEndpoint;
  readonly socket: TLSSocket;
  readonly carrier: Promise<Carrier>;
}
