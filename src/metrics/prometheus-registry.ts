import type * as PromClient from 'prom-client';
import type { Counter as ProcessCounter, Metric, Registry } from 'prom-client';
import { BucketCell, CellTable, histogramSamples, numberSamples, type Sample } from './cells.ts';
import type {
  Collector,
  Counter,
  CounterCell,
  Exposition,
  ExposeOptions,
  Gauge,
  Histogram,
  MetricDescription,
  MetricRegistry,
} from './registry.ts';

/**
 * The process's metrics, on prom-client. It writes them down when somebody scrapes and is not there while they are
 * counted: until the first scrape it is not even loaded, which takes 60 ms. Metrics whose cells all have labels show
 * only once one of them was made.
 */
export class PrometheusRegistry implements MetricRegistry {
  readonly #families = new Map<string, Family>();
  readonly #updates = new Set<() => void>();
  readonly #withProcess: boolean;
  #process: Registry | undefined;

  /** @param withProcess also show process_*, and nodejs_*, which are measured from the first scrape on */
  constructor(withProcess = false) {
    this.#withProcess = withProcess;
  }

  counter(description: MetricDescription): Counter {
    return this.#numbers('counter', description);
  }

  gauge(description: MetricDescription): Gauge {
    return this.#numbers('gauge', description);
  }

  histogram(description: MetricDescription, buckets: readonly number[]): Histogram {
    return this.#family('histogram', description, buckets, () => {
      const table = newTable(description, () => new BucketCell(buckets));
      return {
        metric: { cell: (...labels: readonly string[]) => table.cell(labels) },
        samples: () => histogramSamples(description.name, table),
      };
    });
  }

  onCollect(update: () => void): Collector {
    const ours = (): void => update();
    this.#updates.add(ours);
    return { remove: () => void this.#updates.delete(ours) };
  }

  async expose(options: ExposeOptions = {}): Promise<Exposition> {
    const client = await import('prom-client');
    if (this.#withProcess) this.#process ??= processRegistry(client);
    for (const update of this.#updates) update();
    const scrape = new client.Registry();
    for (const metric of this.#shown(options)) scrape.registerMetric(metric);
    return { contentType: scrape.contentType, body: await scrape.metrics() };
  }

  /** Sorted by name. prom-client's registry takes anything that has a name, a type, a help text and `get`. */
  #shown(options: ExposeOptions): Metric[] {
    const ours = [...this.#families.values()]
      .map((family) => ({ family, values: family.samples() }))
      .filter(({ values }) => values.length > 0)
      .map(({ family, values }) => {
        const { name, help, type } = family;
        return { name, help, type, get: () => ({ name, help, type, values }) } as unknown as Metric;
      });
    return [...ours, ...this.#processMetrics(options)].sort((left, right) =>
      nameOf(left) < nameOf(right) ? -1 : 1,
    );
  }

  #processMetrics(options: ExposeOptions): Metric[] {
    if (this.#process === undefined) return [];
    const metrics = this.#process.getMetricsAsArray() as unknown as Metric[];
    return metrics.filter((metric) => {
      const name = nameOf(metric);
      // Gauges of that name are kept by prom-client for the sake of old dashboards; `promtool check` refuses them.
      if (name.startsWith('nodejs_active_') && name.endsWith('_total')) return false;
      return options.runtime === true || !name.startsWith('nodejs_') || name === 'nodejs_version_info';
    });
  }

  #numbers(type: 'counter' | 'gauge', description: MetricDescription): Gauge {
    return this.#family(type, description, [], () => {
      const table = newTable(description, (): CounterCell => ({ value: 0 }));
      return {
        metric: {
          cell: (...labels: readonly string[]) => table.cell(labels),
          remove: (...labels: readonly string[]) => table.remove(labels),
          reset: () => table.clear(),
        },
        samples: () => numberSamples(table),
      };
    });
  }

  /** The metric of that name: the one made before, if its type, labels and buckets are the same. */
  #family<M>(
    type: Family['type'],
    description: MetricDescription,
    buckets: readonly number[],
    create: () => { readonly metric: M; readonly samples: () => Sample[] },
  ): M {
    const { name, help, labels = [] } = description;
    const shape = [type, labels.join(), buckets.join()].join(' ');
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, help, type, shape, ...create() };
      this.#families.set(name, family);
    }
    if (family.shape === shape) return family.metric as M;
    throw new Error(`metric ${name} is there already as ${family.shape}, and is asked for as ${shape}`);
  }
}

/** What prom-client tells of the process. It counts from when it is told to; processor time counts from the start. */
function processRegistry({ collectDefaultMetrics, Registry }: typeof PromClient): Registry {
  const { user, system } = process.cpuUsage();
  const register = new Registry();
  collectDefaultMetrics({ register });
  const until = { user, system, '': user + system };
  for (const [part, microseconds] of Object.entries(until)) {
    const name = ['process_cpu', part, 'seconds_total'].filter((word) => word !== '').join('_');
    (register.getSingleMetric(name) as unknown as ProcessCounter).inc(microseconds / 1e6);
  }
  return register;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Type, labels and buckets: what must be the same when somebody else asks for it. */
  readonly shape: string;
  readonly metric: unknown;
  samples(): Sample[];
}

function newTable<Cell>(description: MetricDescription, create: () => Cell): CellTable<Cell> {
  return new CellTable(description.name, description.labels ?? [], create);
}

/** Has it, but does not say so in its types. */
function nameOf(metric: Metric): string {
  return (metric as unknown as { readonly name: string }).name;
}
