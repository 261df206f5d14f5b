import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings } from './forward-world.ts';
import { openLoop } from './open-loop.ts';

/** Few enough that none is refused. */
const QUESTIONS = 3000;

/** Bytes of heap that a question in flight takes, with and without a cache in front. */
export async function measureHeap(settings: BenchSettings): Promise<void> {
  for (const cache of [true, false]) {
    const world = await startWorld(settings, 1, cache, [
      '--expose-gc',
      `--import=${join(import.meta.dirname, 'collected-heap.ts')}`,
    ]);
    try {
      const lines = createInterface(world.output);
      const heap = async (): Promise<number> => {
        const line = once(lines, 'line') as Promise<[string]>;
        process.kill(world.pid, 'SIGUSR2');
        return Number((await line)[0].split(' ')[1]);
      };
      const ask = { port: world.port, rate: QUESTIONS, seconds: 1, name: '*.example' };
      await openLoop(ask);
      const [upstream] = world.upstreams;
      await upstream!.tell('drop');
      // Buffers, sockets and counters grow with the first queries that wait.
      await openLoop(ask);
      await pause(1000);
      const before = await heap();
      const late = openLoop(ask);
      await pause(1500);
      const bytes = (await heap()) - before;
      printFigure(
        `heap of a question in flight, ${cache ? 'with' : 'without'} cache`,
        `${Math.round(bytes / QUESTIONS)} bytes`,
      );
      await late;
    } finally {
      world.stop();
    }
  }
}
