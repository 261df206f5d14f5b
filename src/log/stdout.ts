import { writeSync } from 'node:fs';
import type { LogSink } from './logger.ts';

/** Lines kept back at most: beyond it they are written at once. */
const MAXIMUM_PENDING = 256;
/** Bytes that wait at most for a reader that is slow. */
const MAXIMUM_WAITING = 4 * 1024 * 1024;

/**
 * Lines to standard output, all that come in one turn of the event loop with one write: a query log of thousands of
 * lines a second would otherwise cost a system call each.
 */
export interface StandardOutput {
  readonly sink: LogSink;
  /** Writes what is pending now; before the process ends. */
  flush(): void;
}

export function standardOutput(): StandardOutput {
  let pending: string[] = [];
  let scheduled = false;
  function flush(): void {
    scheduled = false;
    if (pending.length === 0) return;
    const text = `${pending.join('\n')}\n`;
    pending = [];
    writeWhole(text);
  }
  function sink(line: string): void {
    pending.push(line);
    if (pending.length >= MAXIMUM_PENDING) flush();
    else if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
  }
  return { sink, flush };
}

/** Standard output may be a pipe that nobody reads quickly enough, or at all: never worth the process. */
function writeWhole(text: string): void {
  let bytes = Buffer.from(text);
  const waiting = process.stdout.writableLength;
  if (waiting > 0) {
    // What was there before goes first; what nobody reads is lost in the end.
    if (waiting < MAXIMUM_WAITING) process.stdout.write(bytes);
    return;
  }
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      // The pipe is full. Its reader gets the rest through Node's own queue.
      process.stdout.write(bytes);
      return;
    }
  }
}
