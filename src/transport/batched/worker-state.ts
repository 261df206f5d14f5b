import type { HotAnswersSource } from './hot-answers.ts';

/**
 * What a worker and the main thread tell each other without messages: words of shared memory, read and written by
 * Atomics, each in a line of the processor's caches of its own. Numbers that only grow wrap around after 2 ** 32.
 */
export const WorkerWord = {
  /** 1: take what the system still has, and end. */
  Stopping: 0,
  /** Words that the worker has written to the ring of misses. */
  Written: 16,
  /** Words of those that the main thread has taken out. */
  Read: 32,
  /** 1: the main thread looks for misses by itself. 0: it must be woken. */
  Awake: 48,
  /** Misses that the main thread has taken out. */
  Taken: 64,
  /** Misses dropped, because too many were waiting for the main thread. */
  Dropped: 80,
  /** Replies that the system would not send. */
  Refused: 96,
} as const;

/** What a worker posts: that it is about to read, and that there are misses for a main thread that sleeps. */
export const Signal = { Reading: 0, Misses: 1 } as const;

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
  /** Of its sockets. All are bound alike; replies leave by the first. */
  readonly descriptors: readonly number[];
  /** See WorkerWord. */
  readonly state: Int32Array;
  /** See MissWriter. */
  readonly misses: Int32Array;
  /** Whether replies must name the address that was asked. */
  readonly wildcard: boolean;
  readonly hotAnswers: HotAnswersSource | undefined;
}

/** Words for one worker. */
export function newWorkerState(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(112 * 4));
}
