import type { CounterCell } from '../metrics/registry.ts';
import type { Protocol } from '../server/query.ts';
import type { TransportOptions } from './transport.ts';

/** Least milliseconds between two log lines: a bug that every packet triggers must not fill the disk as well. */
const QUIET = 1000;

/** Counts and logs what a packet handler throws; the listener lives on. */
export class HandlerFailures {
  readonly #options: TransportOptions;
  readonly #protocol: Protocol;
  readonly #count: CounterCell;
  #lastLogged = -Infinity;
  #unsaid = 0;

  constructor(options: TransportOptions, protocol: Protocol) {
    this.#options = options;
    this.#protocol = protocol;
    this.#count = options.metrics
      .counter({
        name: 'signpost_transport_handler_failures_total',
        help: 'Packets whose handling threw an exception; they got no reply.',
        labels: ['server', 'proto'],
      })
      .cell(options.server, protocol);
  }

  /** Notes one failure. */
  report(error: unknown): void {
    this.#count.value++;
    const now = this.#options.clock.monotonic();
    if (now - this.#lastLogged < QUIET) {
      this.#unsaid++;
      return;
    }
    const more = this.#unsaid === 0 ? '' : ` (and ${this.#unsaid} more since the last line)`;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log.error(`packet by ${this.#protocol} could not be handled${more}: ${reason}`);
    this.#lastLogged = now;
    this.#unsaid = 0;
  }
}
