import { TIME_BUCKETS } from '../../src/metrics/buckets.ts';
import type {
  Counter,
  CounterCell,
  Gauge,
  Histogram,
  HistogramCell,
  MetricRegistry,
} from '../../src/metrics/registry.ts';
import type { Protocol } from '../../src/server/query.ts';
import type { EncryptedProtocol } from '../../src/upstream/encrypted-transport.ts';
import type { DropReason } from '../../src/upstream/udp-reply.ts';
import { rcodeName } from '../../src/wire/codes.ts';

/** The first label of all coredns_proxy_ metrics. */
const PROXY = 'forward';

/** What all forward lines count. */
export class ForwardMetrics {
  readonly allDown: CounterCell;
  readonly rejected: CounterCell;
  /** Queries refused because too many bytes were in flight. */
  readonly shed: CounterCell;
  readonly #durations: Histogram;
  readonly #failures: Counter;
  readonly #hits: Counter;
  readonly #misses: Counter;
  readonly #dropped: Counter;
  readonly #latency: Gauge;
  readonly #loss: Gauge;

  constructor(registry: MetricRegistry) {
    this.allDown = registry
      .counter({
        name: 'coredns_forward_healthcheck_broken_total',
        help: 'Queries for which all upstreams were down.',
      })
      .cell();
    this.rejected = registry
      .counter({
        name: 'coredns_forward_max_concurrent_rejects_total',
        help: 'Queries refused because max_concurrent were being forwarded.',
      })
      .cell();
    this.shed = registry
      .counter({
        name: 'signpost_forward_shed_total',
        help: 'Queries refused because the memory for queries in flight was used up.',
      })
      .cell();
    this.#durations = registry.histogram(
      {
        name: 'coredns_proxy_request_duration_seconds',
        help: 'Time that upstreams took to answer.',
        labels: ['proxy_name', 'to', 'rcode'],
      },
      TIME_BUCKETS,
    );
    this.#failures = registry.counter({
      name: 'coredns_proxy_healthcheck_failures_total',
      help: 'Health probes that failed.',
      labels: ['proxy_name', 'to'],
    });
    this.#hits = registry.counter({
      name: 'coredns_proxy_conn_cache_hits_total',
      help: 'Exchanges over a connection that was open already.',
      labels: ['proxy_name', 'to', 'proto'],
    });
    this.#misses = registry.counter({
      name: 'coredns_proxy_conn_cache_misses_total',
      help: 'Exchanges for which a connection was opened.',
      labels: ['proxy_name', 'to', 'proto'],
    });
    this.#dropped = registry.counter({
      name: 'signpost_forward_dropped_replies_total',
      help: 'Replies that were not believed.',
      labels: ['to', 'reason'],
    });
    this.#latency = registry.gauge({
      name: 'signpost_forward_latency_seconds',
      help: 'Moving average of the time that an upstream takes to reply.',
      labels: ['to', 'proto'],
    });
    this.#loss = registry.gauge({
      name: 'signpost_forward_loss_ratio',
      help: 'Moving average of the share of exchanges that brought no reply.',
      labels: ['to', 'proto'],
    });
  }

  /** The metrics of one upstream, `IP:port`. */
  of(to: string): UpstreamMetrics {
    const durations = new Map<number, HistogramCell>();
    const hits = new Map<Protocol | EncryptedProtocol, CounterCell>();
    const misses = new Map<Protocol | EncryptedProtocol, CounterCell>();
    return {
      answered: (rcode, milliseconds) => {
        let cell = durations.get(rcode);
        if (cell === undefined) {
          cell = this.#durations.cell(PROXY, to, rcodeName(rcode));
          durations.set(rcode, cell);
        }
        cell.observe(milliseconds / 1000);
      },
      probeFailed: () => {
        this.#failures.cell(PROXY, to).value++;
      },
      connectionUsed: (protocol, reused) => {
        const uses = reused ? hits : misses;
        let cell = uses.get(protocol);
        if (cell === undefined) {
          cell = (reused ? this.#hits : this.#misses).cell(PROXY, to, protocol);
          uses.set(protocol, cell);
        }
        cell.value++;
      },
      replyDropped: (reason) => {
        this.#dropped.cell(to, reason).value++;
      },
      gauges: (protocol) => ({
        latency: this.#latency.cell(to, protocol),
        loss: this.#loss.cell(to, protocol),
      }),
    };
  }
}

/** What is counted about one upstream. Cells appear at their first use. */
export interface UpstreamMetrics {
  readonly answered: (rcode: number, milliseconds: number) => void;
  readonly probeFailed: () => void;
  readonly connectionUsed: (protocol: Protocol | EncryptedProtocol, reused: boolean) => void;
  readonly replyDropped: (reason: DropReason) => void;
  readonly gauges: (protocol: Protocol | EncryptedProtocol) => StandingGauges;
}

/** Where moving averages are shown: seconds, and a share of 0 to 1. */
export interface StandingGauges {
  readonly latency: CounterCell;
  readonly loss: CounterCell;
}
