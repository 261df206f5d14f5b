import { SLIM_TIME_BUCKETS } from '../../src/metrics/buckets.ts';
import type { CounterCell, HistogramCell, MetricRegistry } from '../../src/metrics/registry.ts';

/** What the process's own health requests count. */
export interface HealthMetrics {
  readonly duration: HistogramCell;
  readonly failures: CounterCell;
}

export function healthMetrics(registry: MetricRegistry): HealthMetrics {
  return {
    duration: registry
      .histogram(
        {
          name: 'coredns_health_request_duration_seconds',
          help: 'Seconds that the process took to answer its own health request.',
        },
        SLIM_TIME_BUCKETS,
      )
      .cell(),
    failures: registry
      .counter({
        name: 'coredns_health_request_failures_total',
        help: 'Own health requests that had no answer.',
      })
      .cell(),
  };
}
