import type { Gauge, MetricRegistry } from '../../src/metrics/registry.ts';

/** What is told of hosts files. */
export interface HostsMetrics {
  /** Names of the file and of the Corefile; label hostsfile. */
  readonly entries: Gauge;
  /** When the file that is served was changed; seconds since 1970. */
  readonly timestamp: Gauge;
}

export function hostsMetrics(registry: MetricRegistry): HostsMetrics {
  const entries = registry.gauge({
    name: 'coredns_hosts_entries',
    help: 'Entries that are served, from the hosts file and the Corefile.',
    labels: ['hostsfile'],
  });
  const timestamp = registry.gauge({
    name: 'coredns_hosts_reload_timestamp_seconds',
    help: 'Time of change of the hosts file that is served.',
  });
  timestamp.cell();
  return { entries, timestamp };
}
