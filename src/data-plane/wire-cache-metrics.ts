import type { CounterCell, Gauge, MetricRegistry } from '../metrics/registry.ts';
import { Statistic } from '../wire-cache/counter-memory.ts';

/** A worker's numbers; see Teacher. */
export interface Statistics {
  statistic(which: (typeof Statistic)[keyof typeof Statistic]): number;
}

const LABELS = ['server'];

/** The metrics of the wire caches. */
export class WireCacheMetrics {
  readonly #registry: MetricRegistry;
  readonly #servers = new Map<string, ServerCounts>();

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  /** 1 where a zone's replies may be given again, 0 where not; labels server, zone. Made at its first use. */
  get enabled(): Gauge {
    return this.#registry.gauge({
      name: 'signpost_wire_cache_enabled',
      help: 'Whether replies of a zone may be given again by the threads that read UDP.',
      labels: ['server', 'zone'],
    });
  }

  /** Those of a listener. */
  of(server: string): ServerCounts {
    let counts = this.#servers.get(server);
    if (counts === undefined) this.#servers.set(server, (counts = new ServerCounts(this.#registry, server)));
    return counts;
  }
}

/** What is counted for a listener. */
class ServerCounts {
  readonly #sums: readonly {
    readonly which: (typeof Statistic)[keyof typeof Statistic];
    readonly cell: CounterCell;
  }[];
  readonly #entries: CounterCell;
  readonly #bytes: CounterCell;
  readonly #refused: (reason: string) => CounterCell;
  readonly #before = new WeakMap<Statistics, Map<number, number>>();

  constructor(registry: MetricRegistry, server: string) {
    const counter = (name: string, help: string): CounterCell =>
      registry.counter({ name: `signpost_wire_cache_${name}`, help, labels: LABELS }).cell(server);
    const gauge = (name: string, help: string): CounterCell =>
      registry.gauge({ name: `signpost_wire_cache_${name}`, help, labels: LABELS }).cell(server);
    this.#sums = [
      { which: Statistic.Hits, cell: counter('hits_total', 'Queries answered by a thread that reads UDP.') },
      {
        which: Statistic.Misses,
        cell: counter('misses_total', 'Queries that such a thread had no answer to.'),
      },
      {
        which: Statistic.Outdated,
        cell: counter('outdated_total', 'Queries whose answer was not true any more, or too old.'),
      },
      { which: Statistic.Learned, cell: counter('learned_total', 'Answers that such a thread has learned.') },
      { which: Statistic.Evicted, cell: counter('evictions_total', 'Answers given up for want of room.') },
    ];
    this.#entries = gauge('entries', 'Answers that are kept.');
    this.#bytes = gauge('bytes', 'Bytes of the answers that are kept.');
    const refused = registry.counter({
      name: 'signpost_wire_cache_refused_total',
      help: 'Replies that were wanted and not learned, by reason.',
      labels: ['server', 'reason'],
    });
    this.#refused = (reason) => refused.cell(server, reason);
  }

  refused(reason: string): void {
    this.#refused(reason).value++;
  }

  /** Takes over what a worker has counted since the last time. */
  take(worker: Statistics): void {
    let before = this.#before.get(worker);
    if (before === undefined) this.#before.set(worker, (before = new Map<number, number>()));
    for (const { which, cell } of this.#sums) cell.value += change(before, which, worker) >>> 0;
    this.#entries.value += change(before, Statistic.Entries, worker);
    this.#bytes.value += change(before, Statistic.Bytes, worker);
  }

  /** The same for the last time: a worker that has ended keeps nothing. */
  end(worker: Statistics): void {
    this.take(worker);
    this.#entries.value -= worker.statistic(Statistic.Entries);
    this.#bytes.value -= worker.statistic(Statistic.Bytes);
  }
}

/** What a number is more than when it was last looked at. */
function change(
  before: Map<number, number>,
  which: (typeof Statistic)[keyof typeof Statistic],
  worker: Statistics,
): number {
  const now = worker.statistic(which);
  const difference = now - (before.get(which) ?? 0);
  before.set(which, now);
  return difference;
}
