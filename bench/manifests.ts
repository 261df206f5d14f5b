/**
 * Figures of the manifests source: 10,000 Services and 100,000 endpoints from one file of 20 MB, and one document of
 * it changed. Run: `node bench/manifests.ts [--list]` (`--list`: as one `kind: List`, as kubectl prints it).
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { ClusterStore } from '../src/cluster/cluster-store.ts';
import { ManifestSource } from '../src/cluster/manifests/manifest-source.ts';
import { createLogger } from '../src/log/logger.ts';
import { systemClock } from '../src/plugin/clock.ts';
import { VersionCells } from '../src/truth/version-cells.ts';
import { changedService, changePort, writeLargeWorld } from './large-world.ts';

const limits = { readySeconds: 12, peakMegabytes: 250, holdMilliseconds: 50, changeMilliseconds: 2000 };

const list = process.argv.includes('--list');
const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
const file = join(folder, 'world.yaml');
try {
  await measure(writeLargeWorld(file, { list }));
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(changePosition: number): Promise<void> {
  const log = createLogger((line) => console.log(line));
  const store = new ClusterStore({ cells: new VersionCells(), clock: systemClock });
  const source = new ManifestSource({
    paths: [folder],
    writer: store,
    log,
    clock: systemClock,
    watchPods: false,
  });
  const base = peakMegabytes();
  const longestHold = followHolds();
  let start = performance.now();
  await source.start();
  const ready = (performance.now() - start) / 1000;
  const hold = longestHold();

  const before = store.service(changedService)!.ports[0]!.number;
  changePort(file, changePosition, 8001);
  start = performance.now();
  while (store.service(changedService)!.ports[0]!.number === before) await pass(1);
  const change = performance.now() - start;
  const { objects, parsedDocuments } = source.status;
  await source.close();

  row('file', `${(statSync(file).size / 1e6).toFixed(1)} MB`, '');
  row('Services, slices', `${objects.services}, ${objects.endpointSlices}`, '');
  row('documents parsed', `${parsedDocuments}`, '');
  row('ready after', `${ready.toFixed(2)} s`, verdict(ready, limits.readySeconds, 's'));
  row('peak resident memory', `${peakMegabytes()} MB`, verdict(peakMegabytes(), limits.peakMegabytes, 'MB'));
  row('  before the start', `${base} MB`, '');
  row('longest hold, first pass', `${hold.toFixed(1)} ms`, verdict(hold, limits.holdMilliseconds, 'ms'));
  row('one changed document', `${change.toFixed(0)} ms`, verdict(change, limits.changeMilliseconds, 'ms'));
}

/**
 * Follows how long the main thread is held between turns of its event loop, in the thread's own processor time (Node
 * 24 and later), so that a busy machine does not count. The function returned ends it and gives the longest, in
 * milliseconds.
 */
function followHolds(): () => number {
  let longest = 0;
  let last = threadTime();
  const timer = setInterval(() => {
    const now = threadTime();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

function threadTime(): number {
  const usage = (process as Partial<Pick<NodeJS.Process, 'threadCpuUsage'>>).threadCpuUsage?.();
  return usage === undefined ? performance.now() : (usage.user + usage.system) / 1000;
}

function row(title: string, figure: string, note: string): void {
  console.log(`${title.padEnd(28)}${figure.padStart(16)}   ${note}`);
}

function verdict(figure: number, limit: number, unit: string): string {
  if (figure > limit) process.exitCode = 1;
  return `${figure <= limit ? 'good' : 'MISSED'}: limit ${limit} ${unit}`;
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
