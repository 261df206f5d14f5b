import type { CounterCell, HistogramCell } from './registry.ts';

/** A line of the exposition; `metricName` when it is not the metric's own (`…_bucket`). */
export interface Sample {
  readonly labels: Record<string, string | number>;
  readonly value: number;
  readonly metricName?: string;
}

/** Label names and, with them, the cells made so far: what counters, gauges and histograms have in common. */
export class CellTable<Cell> {
  readonly #name: string;
  readonly #labels: readonly string[];
  readonly #create: () => Cell;
  readonly #cells = new Map<string, { readonly labels: Record<string, string>; readonly cell: Cell }>();

  /** The only cell of a metric without labels is there from the start. */
  constructor(name: string, labels: readonly string[], create: () => Cell) {
    this.#name = name;
    this.#labels = labels;
    this.#create = create;
    if (labels.length === 0) this.cell([]);
  }

  /** The cell of these label values, in the order of the label names; made when there is none. */
  cell(values: readonly string[]): Cell {
    const key = this.#key(values);
    let entry = this.#cells.get(key);
    if (entry === undefined) {
      const labels = Object.fromEntries(this.#labels.map((label, index) => [label, values[index]!]));
      entry = { labels, cell: this.#create() };
      this.#cells.set(key, entry);
    }
    return entry.cell;
  }

  remove(values: readonly string[]): void {
    this.#cells.delete(this.#key(values));
  }

  clear(): void {
    this.#cells.clear();
    if (this.#labels.length === 0) this.cell([]);
  }

  get size(): number {
    return this.#cells.size;
  }

  /** All cells with their labels. */
  entries(): Iterable<{ readonly labels: Record<string, string>; readonly cell: Cell }> {
    return this.#cells.values();
  }

  #key(values: readonly string[]): string {
    if (values.length === this.#labels.length) return values.join('\0');
    throw new TypeError(
      `${this.#name} has ${this.#labels.length} labels (${this.#labels.join(', ')}), got ${values.length} values`,
    );
  }
}

/** The lines of a counter or gauge. */
export function numberSamples(table: CellTable<CounterCell>): Sample[] {
  return Array.from(table.entries(), ({ labels, cell }) => ({ labels, value: cell.value }));
}

/** The lines of a histogram: its buckets, each with all that is below it, then sum and count. */
export function histogramSamples(name: string, table: CellTable<BucketCell>): Sample[] {
  const samples: Sample[] = [];
  for (const { labels, cell } of table.entries()) {
    let count = 0;
    for (const [index, bound] of cell.bounds.entries()) {
      count += cell.counts[index]!;
      samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: count });
    }
    count += cell.counts[cell.bounds.length]!;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
    samples.push({ metricName: `${name}_sum`, labels, value: cell.sum });
    samples.push({ metricName: `${name}_count`, labels, value: count });
  }
  return samples;
}

/** One histogram's numbers. Most values belong into one of the first buckets, so they are looked through in order. */
export class BucketCell implements HistogramCell {
  readonly bounds: readonly number[];
  /** Values by bucket, each counted once; the last one is for what is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number, times = 1): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    counts[index]! += times;
    this.sum += value * times;
  }
}
