import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/kit/server-process.ts';
import { httpGet } from '../test/kit/http.ts';
import type { ApiServer } from '../test/kube-apiserver/api-server.ts';
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
const LOOK = 5;

/** A Service whose address nobody else has, for the first answer. */
const FIRST = SERVICES - 2;

/** How soon a new server is ready, what that costs, and how much memory it keeps. */
export async function measureStart(settings: ClusterSettings): Promise<void> {
  const times: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const ready = await startReady(settings);
    times.push(ready.readyAfter);
    const { pid } = ready.server;
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
  times.sort((a, b) => a - b);
  const median = times[RUNS >> 1]!;
  const range = `${seconds(times[0]!)} to ${seconds(times.at(-1)!)}`;
  printFigure('ready after start [0.4 to 0.9 s]', `${seconds(median)} s, ${RUNS} runs of ${range}`, {
    text: '0.9 s',
    met: median <= READY_LIMIT,
    isTime: true,
  });
}

/** Starts a server; resolves when /ready says so and a name of the cluster is answered. */
export async function startReady({ api, folder }: ClusterSettings): Promise<ReadyServer> {
  const [dns, health, ready, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const server = await ClusterServer.start(api, folder, { dns, health, ready, metrics });
  const questions = await Questions.open(dns);
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

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
