import { Worker } from 'node:worker_threads';
import type { Logger } from '../../log/logger.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';

export interface WorkerEvents {
  message(message: FromWorker): void;
  /** The worker ended unasked; another is started after a while. */
  lost(): void;
  restarted(): void;
}

const firstDelay = 1000;
const longestDelay = 60_000;

/** The thread that reads and parses manifests, started anew should it end (out of memory, say). */
export class WorkerThread {
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: WorkerEvents;
  #worker: Worker | undefined;
  #restart: Timer | undefined;
  #delay = firstDelay;
  #closed = false;

  constructor(options: WorkerOptions, clock: Clock, log: Logger, events: WorkerEvents) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#events = events;
  }

  start(): void {
    // From source it is worker.ts, from what was built worker.js.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#options,
      name: 'manifests',
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    let reason = 'it ended';
    worker.on('message', (message: FromWorker) => {
      if (worker !== this.#worker) return;
      if (message.type === 'looked') this.#delay = firstDelay;
      this.#events.message(message);
    });
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (worker === this.#worker && !this.#closed) this.#lost(reason);
    });
    this.#worker = worker;
  }

  /** False when there is no worker to take it, just now. */
  post(message: ToWorker): boolean {
    this.#worker?.postMessage(message);
    return this.#worker !== undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#restart?.cancel();
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #lost(reason: string): void {
    this.#worker = undefined;
    this.#log.error(
      `the thread that reads manifests is lost (${reason}); starting another in ${this.#delay} ms`,
    );
    this.#events.lost();
    this.#restart = this.#clock.after(this.#delay, () => {
      this.start();
      this.#events.restarted();
    });
    this.#delay = Math.min(this.#delay * 2, longestDelay);
  }
}
