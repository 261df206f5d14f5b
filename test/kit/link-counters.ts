import { linkCounters } from '../../src/mdns/link-counters.ts';
import type { LinkCounters } from '../../src/mdns/link-counters.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';

/** Counters of a link that nobody scrapes. */
export function unseenCounters(link = 'test0'): LinkCounters {
  return linkCounters(new PrometheusRegistry(), link);
}
