import type { Counter, CounterCell, Gauge, MetricRegistry } from '../../src/metrics/registry.ts';
import type { CacheBudget } from './budget.ts';
import type { Kind } from './judgement.ts';
import type { Store } from './store.ts';

/** The label `view`: there are none yet. */
const VIEW = '';
const BASIC_LABELS = ['server', 'zones', 'view'];
const TYPED_LABELS = ['server', 'type', 'zones', 'view'];

/** What one server's queries count. A cell appears at its first use, as CoreDNS's do. */
export interface CacheCounters {
  readonly requests: LazyCell;
  readonly misses: LazyCell;
  readonly hits: Readonly<Record<Kind, LazyCell>>;
  readonly prefetches: LazyCell;
  readonly stale: LazyCell;
  readonly evictions: Readonly<Record<Kind, LazyCell>>;
}

/** A metric's cell that is made when it is first counted. */
export class LazyCell {
  readonly #create: () => CounterCell;
  #cell: CounterCell | undefined;

  constructor(create: () => CounterCell) {
    this.#create = create;
  }

  count(times = 1): void {
    (this.#cell ??= this.#create()).value += times;
  }
}

/** The metrics of the caches of one server block. */
export class CacheMetrics {
  readonly #zones: string;
  readonly #entries: Gauge;
  readonly #bytes: Gauge;
  readonly #counter: (name: string, help: string, labels: readonly string[]) => Counter;
  readonly #servers = new Map<string, CacheCounters>();
  #lastServer = '';
  #last: CacheCounters | undefined;

  constructor(registry: MetricRegistry, zones: readonly string[]) {
    this.#zones = zones.join(',');
    this.#entries = registry.gauge({
      name: 'coredns_cache_entries',
      help: 'Answers that are kept.',
      labels: TYPED_LABELS,
    });
    this.#bytes = registry.gauge({
      name: 'signpost_cache_bytes',
      help: 'Memory that the answers kept in all caches take, as estimated.',
    });
    this.#counter = (name, help, labels) => registry.counter({ name: `coredns_cache_${name}`, help, labels });
    // Made for its name: a reply is a value that belongs to its query, so none is dropped for another question.
    this.#counter('drops_total', 'Replies not kept because they were for another question.', BASIC_LABELS);
  }

  /** The counters of a server, by its label. */
  of(server: string): CacheCounters {
    if (server === this.#lastServer && this.#last !== undefined) return this.#last;
    let counters = this.#servers.get(server);
    if (counters === undefined) {
      counters = this.#create(server);
      this.#servers.set(server, counters);
    }
    this.#lastServer = server;
    this.#last = counters;
    return counters;
  }

  /** Shows how much is kept: the entries of these caches, the bytes of all caches of the process. */
  show(store: Store, budget: CacheBudget): void {
    this.#bytes.cell().value = budget.used;
    for (const server of this.#servers.keys()) {
      for (const kind of ['success', 'denial'] as const) {
        this.#entries.cell(server, kind, this.#zones, VIEW).value = store.size(kind);
      }
    }
  }

  #create(server: string): CacheCounters {
    const basic = (name: string, help: string): LazyCell =>
      new LazyCell(() => this.#counter(name, help, BASIC_LABELS).cell(server, this.#zones, VIEW));
    const typed = (name: string, help: string): Record<Kind, LazyCell> => {
      const cell = (kind: Kind): LazyCell =>
        new LazyCell(() => this.#counter(name, help, TYPED_LABELS).cell(server, kind, this.#zones, VIEW));
      return { success: cell('success'), denial: cell('denial') };
    };
    return {
      requests: basic('requests_total', 'Queries that were looked up.'),
      misses: basic('misses_total', 'Queries without an answer that is kept.'),
      hits: typed('hits_total', 'Queries answered from the cache.'),
      prefetches: basic('prefetch_total', 'Answers fetched before they ran out.'),
      stale: basic('served_stale_total', 'Answers given after they had run out.'),
      evictions: typed('evictions_total', 'Answers thrown out to make room.'),
    };
  }
}
