import { setTimeout as pause } from 'node:timers/promises';
import { printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings } from './forward-world.ts';
import { openLoop } from './open-loop.ts';

const RATE = 1000;
/** The first queries after an upstream has died, which may find out. */
const FINDING_OUT = 10;
const SLOWEST_LIMIT = 400;
const HEALED_LIMIT = 5000;
const PROBES_LIMIT = 2;
/** Milliseconds of silence, so that probes back off as far as they do. */
const DEAD_TIME = 8000;

/** One of three upstreams falls silent under load, and comes back. */
export async function measureDead(settings: BenchSettings): Promise<void> {
  const { seconds } = settings;
  const world = await startWorld(settings, 3);
  const dead = world.upstreams[1]!;
  const load = { port: world.port, rate: RATE, name: '*.example' };
  try {
    const before = await openLoop({ ...load, seconds });
    printFigure(
      'three upstreams at 1,000 queries/s',
      `p99 ${before.p99.toFixed(1)} ms, slowest ${before.slowest.toFixed(1)} ms`,
    );
    await dead.tell('drop');
    const died = performance.now();
    const after = await openLoop({ ...load, seconds, skip: FINDING_OUT });
    const title = 'one of three blackholed';
    const slowest = `${after.slowest.toFixed(1)} ms (p99 ${after.p99.toFixed(1)} ms)`;
    const limit = { text: '400 ms', met: after.slowest <= SLOWEST_LIMIT, isTime: true };
    printFigure(`${title}: slowest after the first ${FINDING_OUT}`, slowest, limit);
    const failed = after.sent - (after.rcodes['NOERROR'] ?? 0);
    printFigure(`${title}: queries that failed`, String(failed), { text: '0', met: failed === 0 });
    await pause(Math.max(0, DEAD_TIME - (performance.now() - died)));
    const { most } = await dead.tell('report');
    printFigure(`${title}: probes in a second`, String(most), { text: '2', met: most <= PROBES_LIMIT });
    const background = openLoop({ ...load, seconds: HEALED_LIMIT / 1000 + 1 });
    const healed = await timeUntilUsed(dead);
    printFigure('healed: used again after', `${Math.round(healed)} ms`, {
      text: '5 s',
      met: healed <= HEALED_LIMIT,
      isTime: true,
    });
    await background;
  } finally {
    world.stop();
  }
}

/** Milliseconds from healing to the first query that it answers; Infinity after twice what is allowed. */
async function timeUntilUsed(upstream: {
  tell(command: string): Promise<{ answered: number }>;
}): Promise<number> {
  await upstream.tell('answer');
  const began = performance.now();
  while ((await upstream.tell('report')).answered === 0) {
    if (performance.now() - began > 2 * HEALED_LIMIT) return Infinity;
    await pause(10);
  }
  return performance.now() - began;
}
