import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sumOfMetric } from '../test/kit/server-process.ts';
import { Bench } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { printFigure } from './forward-world.ts';
import { load } from './load.ts';
import { startOwnServer } from './own-server.ts';
import { hotQuestions, smallWorld } from './worlds.ts';

/** What Linux gives a program without privileges as it is shipped: net.core.rmem_max. */
const STOCK_BUFFER = 212_992;
/** Seconds that the issue asks for. */
const FULL = 30;

/** Full speed for a while, with the receive buffer that was got, and with what a stock kernel gives. */
export async function measureLoss(options: BenchOptions): Promise<void> {
  const seconds = options.full ? FULL : options.length.seconds;
  console.log('\n| full speed | figure | at most |\n| --- | --- | --- |');
  for (const receiveBuffer of [undefined, STOCK_BUFFER]) {
    const bench = new Bench(options);
    try {
      const manifests = join(options.folder, 'small.yaml');
      writeFileSync(manifests, smallWorld());
      const server = await bench.own(startOwnServer(options.folder, { manifests }, { receiveBuffer }));
      const file = bench.queryFile(hotQuestions.map(({ name, type }) => `${name} ${type}`));
      const { completed, lost } = await load(server, file, seconds);
      const dropped = await sumOfMetric(server.metricsPort, 'signpost_udp_kernel_drops_total');
      const told = server.output.find((line) => line.includes('receive buffer')) ?? 'of unknown size';
      const buffer = told.slice(told.indexOf('receive buffer')).split(' (')[0];
      const figure = `${lost} of ${lost + completed}; dropped by the system: ${dropped}`;
      const limit = { text: '0', met: lost === 0 };
      printFigure(`12 hot names for ${seconds} s, ${buffer}: queries lost`, figure, limit);
    } finally {
      await bench.close();
    }
  }
  console.log('');
}
