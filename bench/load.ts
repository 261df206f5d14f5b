import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What dnsperf saw, and what it cost the server. */
export interface LoadResult {
  readonly queriesASecond: number;
  readonly completed: number;
  readonly lost: number;
  /** CPU of the server, user and system, all threads and processes: microseconds a query. */
  readonly microsecondsAQuery: number;
}

/** Loads a server on 127.0.0.1 with dnsperf, 20 clients and at most 1,000 queries outstanding. @param threads of dnsperf */
export async function load(
  server: { pid: number; port: number },
  queryFile: string,
  seconds: number,
  threads = 1,
): Promise<LoadResult> {
  const target = ['-s', '127.0.0.1', '-p', String(server.port), '-d', queryFile];
  const before = processorTime(server.pid);
  // It waits that long for lost ones in the end.
  const flags = ['-c', '20', '-q', '1000', '-T', String(threads), '-t', '2', '-l', String(seconds)];
  const { stdout } = await run('dnsperf', [...target, ...flags]);
  const microseconds = processorTime(server.pid) - before;
  const completed = figure(stdout, 'Queries completed');
  return {
    completed,
    lost: figure(stdout, 'Queries lost'),
    queriesASecond: figure(stdout, 'Queries per second'),
    microsecondsAQuery: microseconds / completed,
  };
}

/** User and system time so far of all threads of a process and of its children (NSD answers in one): microseconds. */
export function processorTime(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    try {
      nanoseconds += Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]);
      for (const child of readFileSync(`${folder}/children`, 'latin1').split(' ')) {
        if (child !== '') nanoseconds += processorTime(Number(child)) * 1000;
      }
    } catch {
      // The thread has ended meanwhile.
    }
  }
  return nanoseconds / 1000;
}

function figure(output: string, title: string): number {
  const line = output.split('\n').find((candidate) => candidate.includes(`${title}:`));
  if (line === undefined) throw new Error(`dnsperf printed no line "${title}"`);
  return Number.parseFloat(line.slice(line.indexOf(':') + 1));
}

/** Starts a program and waits for a line of its output that `isReady` likes. */
export async function start(
  command: string,
  parameters: readonly string[],
  isReady: (line: string) => boolean,
  nodeOptions: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const options = nodeOptions.length > 0 && { NODE_OPTIONS: nodeOptions.join(' ') };
  const env = { ...process.env, ...options, ...environment };
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'], env });
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with exit code ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop()!;
      if (lines.some(isReady)) resolve();
    });
  });
  return child;
}

/** Resident memory of a process now and at its highest, in bytes. */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
}
