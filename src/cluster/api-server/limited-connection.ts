import type { Clock, Timer } from '../../plugin/clock.ts';
import type { HistogramCell } from '../../metrics/registry.ts';
import type {
  ApiCall,
  ApiConnection,
  ApiRequest,
  ApiResponse,
  ApiResponseListener,
} from './api-connection.ts';

/** How much may be asked of the API server. */
export interface RequestLimits {
  /** Requests a second in the long run; undefined: 5, as Kubernetes' clients have it. */
  readonly qps: number | undefined;
  /** Requests at once after a pause; undefined: 10. */
  readonly burst: number | undefined;
  /** Requests under way at once; undefined: no limit. A watch counts until its response begins. */
  readonly maximumInFlight: number | undefined;
}

/**
 * Lets requests wait, in their order, until the limits have room for them. The further pages of a list are its first
 * request's, and free: the server paces them.
 */
export class LimitedConnection implements ApiConnection {
  readonly #connection: ApiConnection;
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #burst: number;
  readonly #maximumInFlight: number;
  readonly #waits: HistogramCell | undefined;
  readonly #waiting: LimitedRequest[] = [];
  #inFlight = 0;
  #tokens: number;
  #filledAt: number;
  #timer: Timer | undefined;
  #closed = false;

  /** @param waits takes the seconds that each request waited */
  constructor(connection: ApiConnection, limits: RequestLimits, clock: Clock, waits?: HistogramCell) {
    this.#connection = connection;
    this.#clock = clock;
    this.#rate = (limits.qps ?? DEFAULT_QPS) / 1000;
    this.#burst = Math.max(1, limits.burst ?? DEFAULT_BURST);
    this.#maximumInFlight = limits.maximumInFlight ?? Infinity;
    this.#waits = waits;
    this.#tokens = this.#burst;
    this.#filledAt = clock.monotonic();
  }

  get reached(): boolean {
    return this.#connection.reached;
  }

  get longestWatch(): number {
    return this.#connection.longestWatch;
  }

  get cluster(): string {
    return this.#connection.cluster ?? '';
  }

  get namespace(): string {
    return this.#connection.namespace ?? '';
  }

  get material(): string {
    return this.#connection.material ?? '';
  }

  get(path: string, listener: ApiResponseListener): ApiRequest {
    const request = new LimitedRequest(path, listener, this.#clock.monotonic(), (ended) => this.#left(ended));
    this.#waiting.push(request);
    this.#admit();
    return request;
  }

  send(call: ApiCall, listener: ApiResponseListener): ApiRequest {
    return this.#connection.send(call, listener);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#connection.close();
    // They hear of it from the connection, as all who come later do.
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#closed && (this.#inFlight >= this.#maximumInFlight || !this.#takeToken(next))) return;
      this.#waiting.shift();
      this.#inFlight++;
      this.#waits?.observe((this.#clock.monotonic() - next.since) / 1000);
      next.start(this.#connection);
    }
  }

  #takeToken(request: LimitedRequest): boolean {
    if (request.path.includes('continue=')) return true;
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#rate);
    this.#filledAt = now;
    // What is missing to a whole token for the rounding of fractions only.
    if (this.#tokens > 1 - 1e-9) {
      this.#tokens--;
      return true;
    }
    this.#timer?.cancel();
    this.#timer = this.#clock.after((1 - this.#tokens) / this.#rate, () => this.#admit());
    return false;
  }

  /** A request needs its place no longer, or has given up waiting. */
  #left(request: LimitedRequest): void {
    const place = this.#waiting.indexOf(request);
    if (place === -1) this.#inFlight--;
    else this.#waiting.splice(place, 1);
    this.#admit();
  }
}

const DEFAULT_QPS = 5;
const DEFAULT_BURST = 10;

class LimitedRequest implements ApiRequest, ApiResponseListener {
  readonly path: string;
  readonly since: number;
  readonly #listener: ApiResponseListener;
  readonly #leave: (request: LimitedRequest) => void;
  #request: ApiRequest | undefined;
  #left = false;

  constructor(
    path: string,
    listener: ApiResponseListener,
    since: number,
    leave: (request: LimitedRequest) => void,
  ) {
    this.path = path;
    this.since = since;
    this.#listener = listener;
    this.#leave = leave;
  }

  start(connection: ApiConnection): void {
    this.#request = connection.get(this.path, this);
  }

  responded(response: ApiResponse): void {
    if (isWatch(this.path)) this.#leaveOnce();
    this.#listener.responded(response);
  }

  received(bytes: Uint8Array): void {
    this.#listener.received(bytes);
  }

  ended(error: Error | undefined): void {
    this.#leaveOnce();
    this.#listener.ended(error);
  }

  cancel(): void {
    this.#request?.cancel();
    this.#leaveOnce();
  }

  #leaveOnce(): void {
    if (this.#left) return;
    this.#left = true;
    this.#leave(this);
  }
}

/** Whether a path asks for a watch, by its query string. */
export function isWatch(path: string): boolean {
  return path.includes('watch=');
}
