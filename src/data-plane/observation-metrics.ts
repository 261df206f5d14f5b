import type { Logger } from '../log/logger.ts';
import type { CounterCell, MetricRegistry } from '../metrics/registry.ts';
import type { Clock } from '../plugin/clock.ts';

/** Milliseconds between lines of the log that tell how many hits could not be shown. */
const TELLING = 60_000;

/** What became of a worker's hits that somebody watches; both numbers only grow. */
export interface Observed {
  readonly shown: number;
  /** Modulo 2³². */
  readonly dropped: number;
}

/** Counts what was shown of the hits of one worker that somebody watches, and tells the log what was not. */
export class ObservationMetrics {
  readonly #server: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #shown: CounterCell;
  readonly #dropped: CounterCell;
  #before: Observed = { shown: 0, dropped: 0 };
  #untold = 0;
  #toldAt = -Infinity;

  constructor(server: string, registry: MetricRegistry, clock: Clock, log: Logger) {
    const labels = ['server'];
    this.#server = server;
    this.#clock = clock;
    this.#log = log;
    this.#shown = registry
      .counter({
        name: 'signpost_observations_total',
        help: 'Queries answered by a thread that reads UDP that were shown to those that watch, such as log.',
        labels,
      })
      .cell(server);
    this.#dropped = registry
      .counter({
        name: 'signpost_observations_dropped_total',
        help: 'The same that were not shown, because too many were waiting for the main thread.',
        labels,
      })
      .cell(server);
  }

  /** Takes over what the worker has by now. */
  take(now: Observed): void {
    const before = this.#before;
    this.#before = now;
    const dropped = (now.dropped - before.dropped) >>> 0;
    this.#shown.value += now.shown - before.shown;
    this.#dropped.value += dropped;
    this.#untold += dropped;
    this.#tell(TELLING);
  }

  /** Tells what was not told yet: the worker has ended. */
  close(): void {
    this.#tell(0);
  }

  #tell(interval: number): void {
    const now = this.#clock.monotonic();
    if (this.#untold === 0 || now - this.#toldAt < interval) return;
    this.#log.warning(
      `${this.#server}: ${this.#untold} queries are missing from the log: more were answered than the main thread could note`,
    );
    this.#untold = 0;
    this.#toldAt = now;
  }
}
