import type { Clock } from '../../plugin/clock.ts';
import type { Counter, Histogram, HistogramCell, MetricRegistry } from '../../metrics/registry.ts';
import type { ApiCall, ApiConnection, ApiRequest, ApiResponseListener } from './api-connection.ts';
import { isWatch } from './limited-connection.ts';

/** What is counted of requests to the API server, by CoreDNS's names. */
export interface RequestMetrics {
  readonly host: string;
  readonly requests: Counter;
  /** Seconds, by verb and host. */
  readonly duration: Histogram;
  /** Seconds. */
  readonly wait: HistogramCell;
}

/** @param host as the label tells it: `10.96.0.1:443` */
export function requestMetrics(registry: MetricRegistry, host: string): RequestMetrics {
  const name = 'coredns_kubernetes_rest_client';
  const requests = registry.counter({
    name: `${name}_requests_total`,
    help: 'Requests to the API server, by response code; <error> where none came.',
    labels: ['code', 'method', 'host'],
  });
  const duration = registry.histogram(
    {
      name: `${name}_request_duration_seconds`,
      help: 'Time that requests to the API server took, to the end of the response. Watches are left out.',
      labels: ['verb', 'host'],
    },
    BUCKETS,
  );
  const wait = registry.histogram(
    {
      name: `${name}_rate_limiter_duration_seconds`,
      help: 'Time that requests to the API server waited for our own limits.',
      labels: ['verb', 'host'],
    },
    BUCKETS,
  );
  // Shown from the start.
  duration.cell('GET', host);
  return { host, requests, duration, wait: wait.cell('GET', host) };
}

/** Counts the requests of a connection. */
export class MeasuredConnection implements ApiConnection {
  readonly #connection: ApiConnection;
  readonly #metrics: RequestMetrics;
  readonly #clock: Clock;

  constructor(connection: ApiConnection, metrics: RequestMetrics, clock: Clock) {
    this.#connection = connection;
    this.#metrics = metrics;
    this.#clock = clock;
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
    return this.#connection.get(path, this.#measured('GET', !isWatch(path), listener));
  }

  send(call: ApiCall, listener: ApiResponseListener): ApiRequest {
    return this.#connection.send(call, this.#measured(call.method, true, listener));
  }

  close(): void {
    this.#connection.close();
  }

  #measured(method: string, isTimed: boolean, listener: ApiResponseListener): ApiResponseListener {
    const { duration, host } = this.#metrics;
    const start = this.#clock.monotonic();
    let counted = false;
    return {
      responded: (response) => {
        counted = true;
        this.#count(String(response.status), method);
        listener.responded(response);
      },
      received: (bytes) => listener.received(bytes),
      ended: (error) => {
        if (!counted) this.#count('<error>', method);
        if (isTimed) duration.cell(method, host).observe((this.#clock.monotonic() - start) / 1000);
        listener.ended(error);
      },
    };
  }

  #count(code: string, method: string): void {
    this.#metrics.requests.cell(code, method, this.#metrics.host).value++;
  }
}

/** Seconds: the upper bounds that Prometheus' clients have by default. */
const BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
