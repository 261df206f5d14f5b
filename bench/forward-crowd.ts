import { printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings } from './forward-world.ts';
import { openLoop } from './open-loop.ts';

const CLIENTS = 10_000;
/** Milliseconds that the upstream takes: all have asked by then. */
const DELAY = 1500;

/** 10,000 clients that ask for one name while it is being fetched. */
export async function measureCrowd(settings: BenchSettings): Promise<void> {
  const world = await startWorld(settings);
  try {
    await world.upstreams[0]!.tell(`delay ${DELAY}`);
    const report = await openLoop({ port: world.port, rate: CLIENTS, seconds: 1, name: 'crowd.example' });
    const { queries } = await world.upstreams[0]!.tell('report');
    const good = report.rcodes['NOERROR'] ?? 0;
    const figure = `${queries} (${good} of ${report.sent} clients answered)`;
    printFigure('10,000 clients ask for one name: upstream queries', figure, {
      text: '1',
      met: queries === 1,
    });
  } finally {
    world.stop();
  }
}
