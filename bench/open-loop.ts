import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Queries at a steady rate, whatever becomes of them. */
export interface Load {
  readonly port: number;
  /** Queries a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The name to ask for, type A; `*` at its start is a label that was never asked for. */
  readonly name?: string;
  /** Or several, asked for in turn. */
  readonly names?: readonly string[];
  /** The first queries, whose time does not count. */
  readonly skip?: number;
}

/** Times are in milliseconds from sending to the answer. */
export interface LoadReport {
  readonly sent: number;
  /** Without an answer six seconds after the last query. */
  readonly lost: number;
  /** Answers by rcode. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** Asks 127.0.0.1 from a thread of its own. */
export async function openLoop(load: Load): Promise<LoadReport> {
  const worker = new Worker(new URL('open-loop-client.ts', import.meta.url), { workerData: load });
  const [report] = (await once(worker, 'message')) as [LoadReport];
  return report;
}
