import { setTimeout as pause } from 'node:timers/promises';
import { median, megabytes } from '../test/kit/statistics.ts';
import { CLUSTER_NAME, openSockets, printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings, ForwardWorld } from './forward-world.ts';
import { residentMemory } from './load.ts';
import { openLoop } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';

/** Milliseconds that the upstream takes once it is slow. */
const DELAY = 10_000;
/** Cluster names a second, beside the random ones. */
const CLUSTER_RATE = 200;
/** Most that memory may grow. */
const MEMORY_LIMIT = 64 * 2 ** 20;
/** Sockets of a server and its pool of upstream sockets; one for each query in flight would be tens of thousands. */
const SOCKET_LIMIT = 1200;
const P99_LIMIT = 2;

interface Run {
  readonly quiet: LoadReport;
  readonly busy: LoadReport;
  readonly slow: LoadReport;
  readonly random: LoadReport;
}

/**
 * An upstream that takes 10 s under a stream of random names: what it does to memory, sockets and cluster names. Runs
 * alternate between a quick and a slow upstream on one server, so that what is compared is the upstream alone.
 */
export async function measureSlow(settings: BenchSettings): Promise<void> {
  const { rate, seconds, runs } = settings;
  const world = await startWorld(settings);
  try {
    // The first load of all fills heaps and caches; growth counts from there.
    await clusterTimes(world, 1, rate);
    const before = residentMemory(world.pid).now;
    const watch = new ProcessWatch(world.pid);
    const found: Run[] = [];
    while (found.length < runs) found.push(await measureRun(world, watch, rate, seconds));
    watch.stop();
    const { quick, slow } = watch.highest;
    const grown = slow.memory - before;
    const title = `upstream delayed by 10 s, ${rate} random names/s for ${seconds} s`;
    printFigure(`${title}: memory grows by`, `${megabytes(grown, 1)} MB (from ${megabytes(before)} MB)`, {
      text: '67 MB',
      met: grown < MEMORY_LIMIT,
    });
    printFigure(`${title}: sockets`, String(slow.sockets), {
      text: String(SOCKET_LIMIT),
      met: slow.sockets <= SOCKET_LIMIT,
    });
    printFigure('the same with a quick upstream: memory grows by', `${megabytes(quick.memory - before)} MB`);
    const { random } = found[0]!;
    printFigure(
      'what the random names got',
      `${JSON.stringify(random.rcodes)}, ${random.lost} of ${random.sent} lost`,
    );
    printTimes(
      'cluster names, p99 without other load',
      found.map(({ quiet }) => quiet.p99),
    );
    printTimes(
      'cluster names, p99 with a quick upstream',
      found.map(({ busy }) => busy.p99),
    );
    printTimes(
      'cluster names, p99 with a slow upstream',
      found.map(({ slow }) => slow.p99),
    );
    const ratio = median(found.map(({ busy, slow }) => slow.p99 / busy.p99));
    const ratios = found.map(({ busy, slow }) => (slow.p99 / busy.p99).toFixed(2)).join(' ');
    const limit = { text: '2', met: ratio <= P99_LIMIT };
    printFigure(
      'p99 with a slow upstream to that with a quick one',
      `${ratio.toFixed(2)} (${ratios})`,
      limit,
    );
    const quietRatio = median(found.map(({ quiet, slow }) => slow.p99 / quiet.p99));
    printFigure('p99 with a slow upstream to that without other load', quietRatio.toFixed(2));
    const lost = found.reduce((sum, { slow }) => sum + slow.lost, 0);
    printFigure('cluster names lost with a slow upstream', String(lost), { text: '0', met: lost === 0 });
  } finally {
    world.stop();
  }
}

async function measureRun(
  world: ForwardWorld,
  watch: ProcessWatch,
  rate: number,
  seconds: number,
): Promise<Run> {
  const upstream = world.upstreams[0]!;
  const quiet = await openLoop({ port: world.port, rate: CLUSTER_RATE, seconds, name: CLUSTER_NAME });
  const [busy] = await clusterTimes(world, seconds, rate);
  watch.phase = 'slow';
  await upstream.tell(`delay ${DELAY}`);
  const [slow, random] = await clusterTimes(world, seconds, rate);
  // What is still late must not come into the next run.
  await upstream.tell('drop');
  await upstream.tell('answer');
  await pause(1000);
  watch.phase = 'quick';
  return { quiet, busy, slow, random };
}

function clusterTimes(world: ForwardWorld, seconds: number, rate: number): Promise<[LoadReport, LoadReport]> {
  const { port } = world;
  return Promise.all([
    openLoop({ port, rate: CLUSTER_RATE, seconds, name: CLUSTER_NAME }),
    openLoop({ port, rate, seconds, name: '*.example' }),
  ]);
}

/** The highest figures of a process, looked at ten times a second. */
class ProcessWatch {
  /** What the upstream is at present. */
  phase: 'quick' | 'slow' = 'quick';
  readonly highest = { quick: { memory: 0, sockets: 0 }, slow: { memory: 0, sockets: 0 } };
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      const highest = this.highest[this.phase];
      highest.memory = Math.max(highest.memory, residentMemory(pid).now);
      highest.sockets = Math.max(highest.sockets, openSockets(pid));
    }, 100);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function printTimes(title: string, times: readonly number[]): void {
  printFigure(title, `${median(times).toFixed(2)} ms (${times.map((time) => time.toFixed(2)).join(' ')})`);
}
