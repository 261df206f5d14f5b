import type { HotAnswersSource } from './hot-answers.ts';

/**
 * What a worker and the main thread tell each other without messages: words of shared memory, read and written by
 * Atomics. Numbers that only grow wrap around after 2 ** 32.
 */
export const WorkerWord = {
  /** 1: take what the system still has, and end. */
  Stopping: 0,
  /** Misses that the main thread has asked its handler about. */
  Taken: 1,
  /** Batches of misses that the main thread has begun with. */
  BatchesTaken: 2,
  /** Misses dropped, because too many were waiting for the main thread. */
  Dropped: 3,
  /** Replies that the system would not send. */
  Refused: 4,
} as const;

/** What a worker posts first, before any batch: it is about to read. */
export const READING = 'reading';

/** Misses of one worker that may wait for the main thread. A power of two. */
export const MAXIMUM_WAITING = 4096;
/** From this many on, none is added while the one in front has waited for longer than `MAXIMUM_WAIT`. */
export const PATIENT_WAITING = 2048;
/** Milliseconds. */
export const MAXIMUM_WAIT = 50;

/** Milliseconds that a worker leaves datagrams with the system, at most, while the main thread is busy. */
export const GATHERING_WAIT = 1;

/** What a worker is made from. */
export interface WorkerData {
  readonly descriptor: number;
  /** See WorkerWord. */
  readonly state: Int32Array;
  /** Whether replies must name the address that was asked. */
  readonly wildcard: boolean;
  readonly hotAnswers: HotAnswersSource | undefined;
}

/** Words for one worker. */
export function newWorkerState(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(16 * 4));
}
