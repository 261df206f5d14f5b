import { Worker } from 'node:worker_threads';
import type { Logger } from '../../log/logger.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import { Signal, WorkerWord, type WorkerData } from './worker-state.ts';

/** What a thread needs of its socket. */
export interface ReadingThreadOwner {
  /** Takes misses until there are none, or for some time. */
  take(): void;
  /** The worker has ended: takes all misses that there are. */
  takeLast(): void;
  /** Wakes the thread if it is blocked in the system. */
  wakeReader(): void;
  /** Another worker is about to go on in place of one that was lost. */
  restarted(): void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A worker that was lost within so many milliseconds is replaced after as many more. */
const RESTART_INTERVAL = 1000;

/** The thread that reads one socket; started anew should it be lost. The socket and its queue stay meanwhile. */
export class ReadingThread {
  readonly #data: WorkerData;
  readonly #owner: ReadingThreadOwner;
  #worker: Worker | undefined;
  #startedAt = -Infinity;
  #restart: Timer | undefined;
  #ended: (() => void) | undefined;
  readonly #begun = Promise.withResolvers<void>();

  constructor(data: WorkerData, owner: ReadingThreadOwner) {
    this.#data = data;
    this.#owner = owner;
  }

  /** Resolves once the worker reads, or is lost before that: another is started then. */
  start(): Promise<void> {
    this.#start();
    return this.#begun.promise;
  }

  /** Posts something for the worker's hot answers; lost where there is no worker just now. */
  teach(message: unknown): void {
    this.#worker?.postMessage(message);
  }

  /** Has it take what the system still holds, and end. Resolves once it has, or `giveUp` has and it was stopped. */
  async end(giveUp: Promise<void>): Promise<void> {
    this.#restart?.cancel();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    Atomics.store(this.#data.state, WorkerWord.Stopping, 1);
    this.#owner.wakeReader();
    await Promise.race([ended, giveUp]);
    // Where it has ended, this does nothing.
    await worker.terminate();
  }

  #newWorker(): Worker {
    // From source it is worker.ts, from what was built worker.js.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: this.#data,
      name: 'udp',
      // It keeps nothing.
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    let reason = 'it ended';
    worker.on('message', (signal: (typeof Signal)[keyof typeof Signal]) => {
      if (signal === Signal.Reading) this.#begun.resolve();
      else this.#owner.take();
    });
    worker.on('error', (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#owner.takeLast();
      if (this.#ended === undefined) this.#lost(reason);
      else this.#ended();
    });
    return worker;
  }

  #start(): void {
    this.#startedAt = this.#owner.clock.monotonic();
    try {
      this.#worker = this.#newWorker();
    } catch (error) {
      // The system has no thread to give, just now.
      this.#lost((error as Error).message);
    }
  }

  #lost(reason: string): void {
    this.#begun.resolve();
    const { clock, log } = this.#owner;
    const age = clock.monotonic() - this.#startedAt;
    const delay = age < RESTART_INTERVAL ? RESTART_INTERVAL : 0;
    const when = delay === 0 ? 'now' : `in ${delay} ms`;
    log.error(`a thread that reads UDP is lost (${reason}); starting another ${when}`);
    const again = (): void => {
      this.#owner.restarted();
      this.#start();
    };
    if (delay === 0) again();
    else this.#restart = clock.after(delay, again);
  }
}
