/**
 * Metrics, counted in plain numbers. A metric's cell for one set of label values is looked up once, kept by whoever
 * counts, and added to without any look-up; the numbers are handed over to prom-client when somebody scrapes.
 */
export interface MetricRegistry {
  counter(description: MetricDescription): Counter;
  gauge(description: MetricDescription): Gauge;
  /** @param buckets upper bounds, ascending, in the metric's unit (durations: seconds) */
  histogram(description: MetricDescription, buckets: readonly number[]): Histogram;
  /** Calls `update` before each scrape, to set gauges that are cheaper to read than to follow. */
  onCollect(update: () => void): Collector;
  /** All metrics in the text format of Prometheus, sorted by name. */
  expose(options?: ExposeOptions): Promise<Exposition>;
}

export interface ExposeOptions {
  /** Also what Node tells of itself (event loop, garbage collection, heap); the process_* ones are always there. */
  readonly runtime?: boolean;
}

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export interface MetricDescription {
  /** Full name: `coredns_dns_requests_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface Collector {
  remove(): void;
}

/** `cell` with no labels gives the metric's only cell, which shows 0 from the start. */
export interface Counter {
  cell(...labels: readonly string[]): CounterCell;
}

/** One number. `value` may be added to directly. */
export interface CounterCell {
  value: number;
}

export interface Gauge {
  cell(...labels: readonly string[]): CounterCell;
  /** Forgets one set of label values. */
  remove(...labels: readonly string[]): void;
  reset(): void;
}

export interface Histogram {
  cell(...labels: readonly string[]): HistogramCell;
}

/** `counts` and `sum` may be added to directly, both by the same values. */
export interface HistogramCell {
  /** By bucket, each value counted once; one more than there are bounds. */
  readonly counts: Float64Array;
  sum: number;
  /** @param times how often the value was seen; 1 when left out */
  observe(value: number, times?: number): void;
}
