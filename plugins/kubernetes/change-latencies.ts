import type { WatchedObject } from '../../src/cluster/api-server/watched-object.ts';
import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type { EndpointSliceInput } from '../../src/cluster/cluster-writer.ts';
import type { Histogram, HistogramCell } from '../../src/metrics/registry.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';

/** From 0.1 ms to 1.6 s. */
const PROPAGATION_BUCKETS = Array.from({ length: 15 }, (_, index) => 0.0001 * 2 ** index);
/** CoreDNS's: from 1 ms to 9 minutes. */
const PROGRAMMING_BUCKETS = Array.from({ length: 20 }, (_, index) => 0.001 * 2 ** index);

/** How quickly changes become answers. */
export class ChangeLatencies {
  readonly #store: ClusterStore;
  readonly #clock: Clock;
  readonly #propagation: Histogram;
  readonly #cells = new Map<string, HistogramCell>();
  readonly #programming: Histogram;

  constructor(store: ClusterStore, { metrics, clock }: Controller) {
    this.#store = store;
    this.#clock = clock;
    this.#propagation = metrics.histogram(
      {
        name: 'signpost_kubernetes_propagation_seconds',
        help: 'Time from the arrival of a change to the first answer that knows of it.',
        labels: ['kind'],
      },
      PROPAGATION_BUCKETS,
    );
    this.#programming = metrics.histogram(
      {
        name: 'coredns_kubernetes_dns_programming_duration_seconds',
        help: 'In Cluster DNS Programming Latency in seconds',
        labels: ['service_kind'],
      },
      PROGRAMMING_BUCKETS,
    );
  }

  /** @param seconds since the change's bytes arrived */
  observe(kind: string, object: WatchedObject<unknown>, seconds: number): void {
    this.observePropagation(kind, seconds);
    if (object.triggered !== undefined) this.#observeProgramming(object, object.triggered);
  }

  /** @param seconds since the change's bytes arrived */
  observePropagation(kind: string, seconds: number): void {
    let cell = this.#cells.get(kind);
    if (cell === undefined) {
      cell = this.#propagation.cell(kind);
      this.#cells.set(kind, cell);
    }
    cell.observe(seconds);
  }

  /** @param triggered Unix time in milliseconds of what made the controller change the slice */
  #observeProgramming(object: WatchedObject<unknown>, triggered: number): void {
    const { service } = object.input as EndpointSliceInput;
    const found = this.#store.service(`${service}.${object.namespace}`.toLowerCase());
    if (found === undefined) return;
    const kind = found.kind === 'headless' ? 'headless_with_selector' : 'cluster_ip';
    this.#programming.cell(kind).observe(Math.max(0, (this.#clock.now() - triggered) / 1000));
  }
}
