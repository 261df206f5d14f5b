import type { Clock } from '../../plugin/clock.ts';
import type { Counter, HistogramCell, MetricRegistry } from '../../metrics/registry.ts';
import type { ApiConnection, ApiRequest, ApiResponseListener } from './api-connection.ts';
import { isWatch } from './limited-connection.ts';

/** What is counted of requests to the API server, by CoreDNS's names. */
export interface RequestMetrics {
  readonly host: string;
  readonly requests: Counter;
  /** Seconds. */
  readonly duration: HistogramCell;
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
  return { host, requests, duration: duration.cell('GET', host), wait: wait.cell('GET', host) };
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

  get material(): string {
    return this.#connection.material ?? '';
  }

  get(path: string, listener: ApiResponseListener): ApiRequest {
    const { duration } = this.#metrics;
    const start = this.#clock.monotonic();
    let counted = false;
    return this.#connection.get(path, {
      responded: (response) => {
        counted = true;
        this.#count(String(response.status));
        listener.responded(response);
      },
      received: (bytes) => listener.received(bytes),
      ended: (error) => {
        if (!counted) this.#count('<error>');
        if (!isWatch(path)) duration.observe((this.#clock.monotonic() - start) / 1000);
        listener.ended(error);
      },
    });
  }

  close(): void {
    this.#connection.close();
  }

  #count(code: string): void {
    this.#metrics.requests.cell(code, 'GET', this.#metrics.host).value++;
  }
}

/** Seconds: the upper bounds that Prometheus' clients have by default. */
const BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
