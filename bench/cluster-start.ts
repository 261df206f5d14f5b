import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { httpGet } from '../test/kit/http.ts';
import { median, megabytes } from '../test/kit/statistics.ts';
import type { ApiServer } from '../test/kube-apiserver/api-server.ts';
import { lastingPort } from '../test/kube-apiserver/server-child.ts';
import { timeOfStreams } from './cluster-floor.ts';
import { benchService, clusterAddress, dnsName, SERVICES } from './cluster-objects.ts';
import { hasAddress, Questions } from './cluster-questions.ts';
import { ClusterServer } from './cluster-server.ts';
import { printFigure } from './forward-world.ts';
import { residentMemory } from './load.ts';

/** Options of the command line, and where to work. */
export interface ClusterSettings {
  readonly api: ApiServer;
  /** A folder for Corefiles. */
  readonly folder: string;
  /** The numbers that the issue names, instead of those for a machine that others use too. */
  readonly full: boolean;
}

/** A server that has seen everything. */
export interface ReadyServer {
  readonly server: ClusterServer;
  readonly questions: Questions;
  /** Milliseconds from its first instruction until it was ready and had answered. */
  readonly readyAfter: number;
}

const RUNS = 5;
/** Milliseconds. */
const READY_LIMIT = 900;
/** Megabytes. */
const STEADY_LIMIT = 130;
/** Seconds after which memory is steady. */
const STEADY_AFTER = 30;
/** Milliseconds between two looks at /ready. */
const LOOK = 20;

/** A Service whose address nobody else has, for the first answer. */
const FIRST = SERVICES - 2;

/** How soon a new server is ready, what that costs, and how much memory it keeps. */
export async function measureStart(settings: ClusterSettings): Promise<void> {
  const times: number[] = [];
  const costs: number[] = [];
  const streams: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    streams.push(await timeOfStreams(settings.api));
    const ready = await startReady(settings);
    times.push(ready.readyAfter);
    const { pid } = ready.server;
    costs.push(cpuMilliseconds(pid));
    if (run === RUNS) {
      await pause(STEADY_AFTER * 1000);
      const { now, peak } = residentMemory(pid);
      const title = `memory after ${STEADY_AFTER} s`;
      printFigure(`${title} [208 to 254 MB]`, `${megabytes(now)} MB`, {
        text: `${STEADY_LIMIT} MB`,
        met: now <= STEADY_LIMIT * 1e6,
      });
      printFigure(`${title}, at its highest`, `${megabytes(peak)} MB`, peakLimit(peak));
    }
    await stopReady(ready);
  }
  const middle = median(times);
  const range = `${seconds(Math.min(...times))} to ${seconds(Math.max(...times))}`;
  printFigure('ready after start [0.4 to 0.9 s]', `${seconds(middle)} s, ${RUNS} runs of ${range}`, {
    text: '0.9 s',
    met: middle <= READY_LIMIT,
    isTime: true,
  });
  printFigure('its CPU until then, all threads', `${seconds(median(costs))} s`);
  printFigure('a client that looks at nothing has all objects after', `${seconds(median(streams))} s`);
}

/** Starts a server; resolves when /ready says so and a name of the cluster is answered. */
export async function startReady({ api, folder }: ClusterSettings): Promise<ReadyServer> {
  // None that our own sockets are given, by the time it listens.
  const ports = {
    dns: await lastingPort(),
    health: await lastingPort(),
    ready: await lastingPort(),
    metrics: await lastingPort(),
  };
  const server = await ClusterServer.start(api, folder, ports);
  const questions = await Questions.open(ports.dns);
  try {
    const answered = questions.until(dnsName(benchService(FIRST)), hasAddress(clusterAddress(FIRST)));
    const [, last] = await Promise.all([whenReady(server), answered]);
    return { server, questions, readyAfter: Math.max(performance.now(), last) - server.began };
  } catch (error) {
    questions.close();
    await server.stop();
    throw new Error(`the server did not get ready:\n${server.output}`, { cause: error });
  }
}

export async function stopReady({ server, questions }: ReadyServer): Promise<void> {
  questions.close();
  await server.stop();
}

async function whenReady(server: ClusterServer): Promise<void> {
  while (server.alive) {
    const answer = await httpGet(server.ports.ready, '/ready').catch(() => undefined);
    if (answer?.status === 200) return;
    await pause(LOOK);
  }
  throw new Error('it ended');
}

/** What the stock memory limit allows. */
export function peakLimit(bytes: number): { text: string; met: boolean } {
  return { text: '178 MB (170 MiB)', met: bytes <= 170 * 2 ** 20 };
}

/** User and system time of a process and its threads so far. */
export function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // Behind the program's name in parentheses; in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
