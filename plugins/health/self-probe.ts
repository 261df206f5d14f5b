import type { ClientRequest } from 'node:http';
import { get } from '../../src/http/node-http.ts';
import type { CounterCell, HistogramCell } from '../../src/metrics/registry.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { healthMetrics } from './metrics.ts';

/** Milliseconds without an answer after which a probe has failed. */
const TIMEOUT = 3000;
/** Milliseconds from which an answer is worth a warning: the process is overloaded. */
const SLOW = 1000;

/** Asks our own `/health`: how long that takes tells how busy the process is. */
export class SelfProbe {
  readonly #controller: Controller;
  readonly #clock: Clock;
  readonly #duration: HistogramCell;
  readonly #failures: CounterCell;
  /** One at a time: a process that does not keep up is not asked more. */
  #running: ClientRequest | undefined;

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#clock = controller.clock;
    const { duration, failures } = healthMetrics(controller.metrics);
    this.#duration = duration;
    this.#failures = failures;
  }

  /** Probes once and resolves when the answer is counted. Does nothing while a probe is under way. */
  async run(host: string, port: number): Promise<void> {
    if (this.#running !== undefined) return;
    const start = this.#clock.monotonic();
    const failure = await this.#request(host === '' ? 'localhost' : host, port);
    const milliseconds = this.#clock.monotonic() - start;
    if (failure === 'stopped') return;
    if (failure !== undefined) {
      this.#failures.value++;
      this.#controller.log.warning(`Local health request to port ${port} failed: ${failure}`);
      return;
    }
    this.#duration.observe(milliseconds / 1000);
    if (milliseconds > SLOW) {
      this.#controller.log.warning(
        `Local health request to port ${port} took more than 1s: ${Math.round(milliseconds)}ms`,
      );
    }
  }

  /** Calls a probe that is under way off. */
  stop(): void {
    this.#running?.destroy(new Error('stopped'));
  }

  /** Resolves to what went wrong, or to undefined. */
  async #request(host: string, port: number): Promise<string | undefined> {
    try {
      await new Promise<void>((resolve, reject) => {
        const request = get({ host, port, path: '/health', agent: false, timeout: TIMEOUT }, (response) => {
          response.on('error', reject).on('end', resolve).resume();
        });
        this.#running = request;
        request.on('timeout', () => request.destroy(new Error('no answer in 3s'))).on('error', reject);
      });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    } finally {
      this.#running = undefined;
    }
  }
}
