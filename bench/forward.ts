/**
 * `npm run bench:forward`: what forwarding costs, and what slow, dead and forged upstreams do to it. All on loopback,
 * with upstream.c for upstreams. Each line has the figure and what is allowed.
 * `--rate N` random names a second to a slow upstream (2000), `--seconds N` for each load (4), `--runs N` of which the
 * median counts (3), `--forged N` replies (100000); `--full` is 20,000 names a second for 30 s, five runs and a million
 * replies. `--only cost|heap|slow|dead|forged|crowd|swaps` does one part, or several with commas between them. With `--noisy`
 * limits of times are printed, but do not decide. Needs gcc, and dnsperf for the costs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCost } from './forward-cost.ts';
import { measureCrowd } from './forward-crowd.ts';
import { measureDead } from './forward-dead.ts';
import { measureForged } from './forward-forged.ts';
import { measureHeap } from './forward-heap.ts';
import { measureSlow } from './forward-slow.ts';
import { measureSwaps } from './forward-swaps.ts';
import type { BenchSettings } from './forward-world.ts';
import { ToldUpstream } from './told-upstream.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string' },
    seconds: { type: 'string' },
    runs: { type: 'string' },
    forged: { type: 'string' },
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    noisy: { type: 'boolean', default: false },
  },
});
const parts: Readonly<Record<string, (settings: BenchSettings) => Promise<void>>> = {
  cost: measureCost,
  heap: measureHeap,
  slow: measureSlow,
  dead: measureDead,
  crowd: measureCrowd,
  forged: measureForged,
  swaps: measureSwaps,
};
const chosen = values.only === undefined ? Object.keys(parts) : values.only.split(',');
const unknown = chosen.find((part) => !Object.hasOwn(parts, part));
if (unknown !== undefined) {
  console.error(`unknown part '${unknown}'; parts are ${Object.keys(parts).join(', ')}`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
try {
  const settings: BenchSettings = {
    folder,
    program: ToldUpstream.compile(folder),
    rate: Number(values.rate ?? (values.full ? 20_000 : 2000)),
    seconds: Number(values.seconds ?? (values.full ? 30 : 4)),
    runs: Number(values.runs ?? (values.full ? 5 : 3)),
    forged: Number(values.forged ?? (values.full ? 1_000_000 : 100_000)),
  };
  console.log('| what | figure | at most |\n| --- | --- | --- |');
  for (const part of chosen) await parts[part]!(settings);
} finally {
  rmSync(folder, { recursive: true });
}
