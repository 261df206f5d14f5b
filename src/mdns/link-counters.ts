import type { CounterCell, MetricRegistry } from '../metrics/registry.ts';

/** Why a packet or record was not taken. */
export type DropReason = 'malformed' | 'off_link' | 'too_many' | 'cache_full';

/** What is counted of one link: the `signpost_mdns_*` metrics. */
export interface LinkCounters {
  readonly received: CounterCell;
  readonly sent: CounterCell;
  /** Names of ours that somebody else had. */
  readonly conflicts: CounterCell;
  readonly renames: CounterCell;
  /** A gauge: what others told that still holds. */
  readonly records: CounterCell;
  readonly dropped: Readonly<Record<DropReason, CounterCell>>;
}

/** The counters of a link. Asking twice gives the same. */
export function linkCounters(registry: MetricRegistry, link: string): LinkCounters {
  const packets = registry.counter({
    name: 'signpost_mdns_packets_total',
    help: 'Packets of multicast DNS, our own heard again included.',
    labels: ['link', 'direction'],
  });
  const dropped = registry.counter({
    name: 'signpost_mdns_dropped_total',
    help: 'Packets and records of multicast DNS that were not taken.',
    labels: ['link', 'reason'],
  });
  return {
    received: packets.cell(link, 'received'),
    sent: packets.cell(link, 'sent'),
    conflicts: registry
      .counter({
        name: 'signpost_mdns_conflicts_total',
        help: 'Names of ours on the link that somebody else had.',
        labels: ['link'],
      })
      .cell(link),
    renames: registry
      .counter({
        name: 'signpost_mdns_renames_total',
        help: 'Names of ours that were given up for others after a conflict.',
        labels: ['link'],
      })
      .cell(link),
    records: registry
      .gauge({
        name: 'signpost_mdns_records',
        help: 'Records of others on the link that are held.',
        labels: ['link'],
      })
      .cell(link),
    dropped: {
      malformed: dropped.cell(link, 'malformed'),
      off_link: dropped.cell(link, 'off_link'),
      too_many: dropped.cell(link, 'too_many'),
      cache_full: dropped.cell(link, 'cache_full'),
    },
  };
}
