/**
 * `npm run bench`: what an answer costs beside other servers, as multiples of the floor (echo.c) in the same run; how
 * long answers take while the server does other things; what 100,000 endpoints cost.
 * `--seconds N` of load that each server gets for a row, over five alternating runs (10; 25 with `--full`);
 * `--only ROW,…` measures some rows; `--full` adds what takes long: 30 s at full speed, and the row `relists`, of a
 * real API server (needs what bench:cluster needs). `COREDNS=PROGRAM` in the environment lets a CoreDNS take part. Needs
 * gcc and dnsperf; Knot DNS, unbound, NSD and dnsmasq take part where they are installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench.ts';
import { printContestHead } from './contest.ts';
import { measureGrowth } from './growth.ts';
import { measureLatency } from './latency.ts';
import { measureApiRelists } from './latency-api.ts';
import { measureLoss } from './loss.ts';
import {
  measureCachedNames,
  measureHotNames,
  measureManyNames,
  measureMisses,
  measureUnvouchedNames,
} from './names.ts';
import { measureInProcess, measureSockets } from './parts.ts';
import { presentPeers } from './peers.ts';
import { measureWorkers } from './workers.ts';

const RUNS = 5;

type Row = (options: BenchOptions) => Promise<void> | void;

/** Lines of one table. */
const costs: Readonly<Record<string, Row>> = {
  hot: measureHotNames,
  services: measureManyNames,
  cached: measureCachedNames,
  unvouched: measureUnvouchedNames,
  misses: measureMisses,
  growth: measureGrowth,
  sockets: measureSockets,
};
const others: Readonly<Record<string, Row>> = {
  'in-process': measureInProcess,
  latency: measureLatency,
  relists: measureApiRelists,
  loss: measureLoss,
  workers: measureWorkers,
  scale: () => runScript('scale.ts'),
  manifests: () => runScript('manifests.ts'),
};
const rows = { ...costs, ...others };
/** Only with `--full`, or where it is named. */
const LONGEST = 'relists';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
  },
});
const chosen = values.only?.split(',') ?? Object.keys(rows).filter((row) => values.full || row !== LONGEST);
const unknown = chosen.find((row) => !Object.hasOwn(rows, row));
if (unknown !== undefined) fail(`unknown row '${unknown}'; rows are ${Object.keys(rows).join(', ')}`);
const seconds = Number(values.seconds ?? (values.full ? 25 : 10));
if (!(seconds > 0)) fail(`--seconds ${values.seconds}: a positive number`);
requireProgram('gcc', 'apt-get install gcc libc6-dev');
requireProgram('dnsperf', 'apt-get install dnsperf');

const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const peers = presentPeers((line) => console.log(line));
tellLoad();
if (chosen.some((row) => Object.hasOwn(costs, row))) printContestHead();
const options: BenchOptions = { folder, length: { seconds, runs: RUNS }, full: values.full, peers };
for (const row of chosen) {
  try {
    await rows[row]!(options);
  } catch (error) {
    console.error(`row ${row} broke:`, error);
    process.exitCode = 1;
  }
}
tellLoad();

function runScript(script: string): void {
  console.log(`\n${script}: 10,000 Services, 100,000 endpoints`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, script)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

/** What else the machine does; the bench itself adds two. */
function tellLoad(): void {
  console.log(`load of the machine: ${loadavg()[0]!.toFixed(1)}\n`);
}

function requireProgram(name: string, advice: string): void {
  if (spawnSync('which', [name], { stdio: 'ignore' }).status !== 0)
    fail(`the bench needs ${name}: ${advice}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
