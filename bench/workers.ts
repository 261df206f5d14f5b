import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { plugins } from '../src/plugin/registry.ts';
import { median, spread } from '../test/kit/statistics.ts';
import { Bench, OWN } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { printFigure } from './forward-world.ts';
import { load } from './load.ts';
import { startOwnServer } from './own-server.ts';
import { hotQuestions, smallWorld } from './worlds.ts';

const DIRECTIVE = 'multisocket';
const WORKERS = [1, 2];

/** Throughput of two workers beside that of one: more only where there are cores for them and for the client. */
export async function measureWorkers(options: BenchOptions): Promise<void> {
  const cores = availableParallelism();
  console.log(`\n| throughput, ${cores} cores | figure | at most |\n| --- | --- | --- |`);
  if (!plugins.has(DIRECTIVE)) {
    printFigure('two workers', `not measured: this version lacks ${DIRECTIVE}`);
    return;
  }
  const bench = new Bench(options);
  try {
    const manifests = join(options.folder, 'small.yaml');
    writeFileSync(manifests, smallWorld());
    const file = bench.queryFile(hotQuestions.map(({ name, type }) => `${name} ${type}`));
    const servers = [];
    for (const workers of WORKERS) {
      const extra = [`${DIRECTIVE} ${workers}`];
      const server = await bench.own(startOwnServer(options.folder, { manifests, extra }));
      servers.push({ workers, server, rates: [] as number[] });
      await bench.warm([{ ...server, title: OWN }], () => file);
    }
    const { seconds, runs } = options.length;
    for (let run = 0; run < runs; run++) {
      for (const { server, rates } of servers) {
        rates.push((await load(server, file, seconds / runs, WORKERS.length)).queriesASecond);
      }
    }
    for (const { workers, rates } of servers) {
      const title = workers === 1 ? 'one worker' : `${workers} workers`;
      printFigure(title, `${Math.round(median(rates))} queries/s (${spread(rates, 0)})`);
    }
  } finally {
    await bench.close();
  }
}
