import { Worker } from 'node:worker_threads';

/** Milliseconds of each pause. */
const PAUSE = 100;

/** What the thread does: one pause after the other; how late all of them were, and when this one is over. */
const PAUSES = `
  const { workerData: [memory, pause] } = require('node:worker_threads');
  const view = new Float64Array(memory);
  const now = () => Number(process.hrtime.bigint()) / 1e6;
  const wait = () => {
    view[1] = now() + pause;
    setTimeout(() => {
      view[0] += Math.max(0, now() - view[1]);
      wait();
    }, pause);
  };
  wait();
`;

/**
 * What a busy machine takes from a program that does nothing but wait: a thread makes pauses of a tenth of a second, and
 * tells by how much they were longer. A limit of time that several programs have to keep together, each waiting for the
 * one before, is longer by that.
 */
export class Lateness implements AsyncDisposable {
  readonly #view = new Float64Array(new SharedArrayBuffer(16));
  readonly #worker = new Worker(PAUSES, { eval: true, workerData: [this.#view.buffer, PAUSE] });

  /** Begins to measure; what it returns gives the milliseconds since. */
  measure(): () => number {
    const before = this.#total();
    return () => this.#total() - before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #total(): number {
    const [total, end] = this.#view as unknown as [number, number];
    const now = Number(process.hrtime.bigint()) / 1e6;
    return end === 0 ? total : total + Math.max(0, now - end);
  }
}
