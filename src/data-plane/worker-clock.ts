/** Tells a worker the time of the main thread's monotonic clock. */
export interface WorkerClock {
  /** What the clock is ahead of the machine's own (`process.hrtime`, the same for all threads), in milliseconds. */
  readonly ahead: number;
  /** For tests: a Float64Array of one element, the time itself. */
  readonly standing?: SharedArrayBuffer;
}

/** @param monotonic the main thread's clock now, in milliseconds */
export function workerClock(monotonic: number): WorkerClock {
  return { ahead: monotonic - machineTime() };
}

/** Makes the clock in the worker: milliseconds of the main thread's clock. */
export function readWorkerClock({ ahead, standing }: WorkerClock): () => number {
  if (standing !== undefined) {
    const time = new Float64Array(standing);
    return () => time[0]!;
  }
  // Each thread's `performance.now()` begins at another moment; it is quicker to read than the machine's.
  const difference = machineTime() + ahead - performance.now();
  return () => performance.now() + difference;
}

function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
