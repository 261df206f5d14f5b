import { setTimeout as pause } from 'node:timers/promises';
import { median, megabytes } from '../test/kit/statistics.ts';
import { httpGet } from '../test/kit/http.ts';
import { peakLimit, startReady, stopReady } from './cluster-start.ts';
import type { ClusterSettings } from './cluster-start.ts';
import type { ClusterServer } from './cluster-server.ts';
import { printFigure } from './forward-world.ts';
import { residentMemory } from './load.ts';

/** The kinds that are watched: namespaces, services, endpointslices. */
const KINDS = 3;
const COUNT = 20;
/** How many of the first relists may still find room: the heap and the machine's pages settle. */
const SETTLING = 5;
/** Relists of which a median is taken at either end: what the heap happens to hold at a moment decides nothing. */
const SPAN = 5;
/** Growth that is none. */
const NOISE = 5e6;
/** Milliseconds that memory has to come down after a relist. */
const REST = 1000;
/** Milliseconds. */
const RELIST_LIMIT = 600_000;

/** The API server is killed and comes back with 410 on every watch, again and again. */
export async function measureRelists(settings: ClusterSettings): Promise<void> {
  const ready = await startReady(settings);
  const { server } = ready;
  try {
    const steady: number[] = [];
    let slowest = 0;
    for (let relist = 1; relist <= COUNT; relist++) {
      const before = await progress(server);
      await settings.api.restartExpired();
      const back = performance.now();
      await untilRelisted(server, before);
      slowest = Math.max(slowest, performance.now() - back);
      await pause(REST);
      steady.push(residentMemory(server.pid).now);
    }
    const { peak } = residentMemory(server.pid);
    const growth = median(steady.slice(-SPAN)) - median(steady.slice(SETTLING - 1, SETTLING - 1 + SPAN));
    printFigure(`${COUNT} forced relists: highest memory ever`, `${megabytes(peak)} MB`, peakLimit(peak));
    printFigure(
      `growth from relists ${SETTLING} to ${SETTLING + SPAN - 1} to the last ${SPAN}, medians`,
      `${(growth / 1e6).toFixed(1)} MB`,
      {
        text: `none (±${NOISE / 1e6} MB)`,
        met: growth <= NOISE,
      },
    );
    printFigure('memory after each relist', `${steady.map((bytes) => megabytes(bytes)).join(', ')} MB`);
    printFigure('fresh again after the API server’s return', `${(slowest / 1000).toFixed(1)} s at most`);
  } finally {
    await stopReady(ready);
  }
}

const ANSWERED = /^coredns_kubernetes_rest_client_requests_total\{code="\d/;

interface Progress {
  /** That the API server has answered, whatever it said. */
  readonly requests: number;
  /** Seconds for which changes have not been seen. */
  readonly age: number;
}

/** Every kind was asked for anew, and changes are seen again. */
async function untilRelisted(server: ClusterServer, before: Progress): Promise<void> {
  const giveUp = performance.now() + RELIST_LIMIT;
  for (;;) {
    const now = await progress(server);
    // Twice for each kind: the watch that is told 410, and what is asked for then.
    if (now.requests >= before.requests + 2 * KINDS && now.age === 0) return;
    if (performance.now() > giveUp)
      throw new Error(`not listed again after ${RELIST_LIMIT} ms:\n${server.output}`);
    await pause(20);
  }
}

async function progress(server: ClusterServer): Promise<Progress> {
  const { body } = await httpGet(server.ports.metrics, '/metrics');
  let requests = 0;
  let age = Number.NaN;
  for (const line of body.split('\n')) {
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (ANSWERED.test(line)) requests += value;
    if (line.startsWith('signpost_kubernetes_watch_age_seconds{')) age = value;
  }
  return { requests, age };
}
