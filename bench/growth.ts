import { join } from 'node:path';
import { median } from '../test/kit/statistics.ts';
import { Bench, OWN } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { contest, printContest } from './contest.ts';
import type { Contestant } from './contest.ts';
import { largeServiceName, writeLargeWorld } from './large-world.ts';
import { startOwnServer } from './own-server.ts';

const ENDPOINTS_EACH = 10;
const SERVICES = [10, 1000, 10_000];
const HOT = 10;
const LIMIT = 1.15;

/** What a hot answer costs while the cluster grows. */
export async function measureGrowth(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const contestants: Contestant[] = [await bench.floor()];
    for (const services of SERVICES) {
      const manifests = join(bench.folder, `world-${services}.yaml`);
      writeLargeWorld(manifests, { services });
      const server = await bench.own(startOwnServer(bench.folder, { manifests }));
      contestants.push({ ...server, title: `${OWN}, ${services * ENDPOINTS_EACH} endpoints` });
    }
    const names = Array.from(
      { length: HOT },
      (_, index) => `${largeServiceName(index)}.svc.cluster.local. A`,
    );
    const file = bench.queryFile(names);
    await bench.warm(contestants, () => file);
    const standings = await contest(contestants, () => file, options.length);
    printContest('hot names of clusters of all sizes', standings, {});
    const costs = standings.slice(1).map(({ ratios }) => median(ratios));
    const flatness = Math.max(...costs) / Math.min(...costs);
    const missed = flatness > LIMIT;
    if (missed) process.exitCode = 1;
    const cells = [`${flatness.toFixed(2)} from lowest to highest`, `${LIMIT}${missed ? ' **missed**' : ''}`];
    console.log(`| | ${cells.join(' | ')} | | | |`);
  } finally {
    await bench.close();
  }
}
