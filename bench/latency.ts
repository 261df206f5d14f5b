import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { Bench, OWN } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { largeServiceName, writeLargeWorld } from './large-world.ts';
import { drawLatencyCurves } from './latency-curves.ts';
import { HOT_RATE, measureScenarios, printScenarios } from './latency-scenarios.ts';
import type { Scenario } from './latency-scenarios.ts';
import { openLoop } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';
import { startOwnServer } from './own-server.ts';
import type { OwnServer } from './own-server.ts';
import type { StockSettings } from './worlds.ts';

/** Names that nobody asked for before, a second. */
const COLD_RATE = 50_000;
const HOT = 12;
/** Seconds: shorter loads have no 99.9th percentile worth its name. */
const SHORTEST = 1.2;
const RELOAD_EVERY = 1000;
const RELOAD_FIRST = 300;
/** Loads that are too short are not worth a picture. */
const SHORTEST_DRAWN = 2;

/** How long hot names take while the server does other things; the first scenario is the floor, the second is idle. */
export async function measureLatency(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const manifests = join(bench.folder, 'world.yaml');
    writeLargeWorld(manifests);
    const settings: StockSettings = { manifests };
    const own = await bench.own(startOwnServer(bench.folder, settings));
    const floor = await bench.floor();
    const names = Array.from({ length: HOT }, (_, index) => `${largeServiceName(index)}.svc.cluster.local.`);
    const nothing = (): (() => void) => () => undefined;
    const scenarios: Scenario[] = [
      { title: 'echo.c, what this machine has to offer', port: floor.port, begin: nothing },
      { title: `${OWN}, nothing else`, port: own.port, begin: nothing },
      { title: '100,000 endpoints read anew', port: own.port, begin: () => reread(manifests) },
      { title: 'reload every second', port: own.port, begin: () => reloads(own, settings) },
      { title: '50,000 cold names/s', port: own.port, begin: (seconds) => coldNames(own.port, seconds) },
    ];
    const seconds = Math.max(SHORTEST, options.length.seconds / options.length.runs);
    const reports = await measureScenarios(scenarios, names, seconds, options.length.runs, own.pid);
    printScenarios(scenarios, reports, 1);
    if (seconds >= SHORTEST_DRAWN) {
      const target = join(import.meta.dirname, 'latency.svg');
      const curves = scenarios.map(({ title }, index) => ({ title, reports: reports[index]! }));
      drawLatencyCurves(target, `Hot names at ${HOT_RATE.toLocaleString('en')} queries a second`, curves);
    }
  } finally {
    await bench.close();
  }
}

let editions = 0;

/** The file is replaced by one in which every document is written otherwise. */
function reread(manifests: string): () => void {
  const next = `${manifests}.next`;
  writeLargeWorld(next, { edition: ++editions });
  renameSync(next, manifests);
  return () => undefined;
}

function reloads(server: OwnServer, settings: StockSettings): () => void {
  let count = 0;
  const reload = (): void => server.reload({ ...settings, extra: count++ % 2 === 0 ? ['bufsize 1232'] : [] });
  let timer = setTimeout(function again() {
    reload();
    timer = setTimeout(again, RELOAD_EVERY);
  }, RELOAD_FIRST);
  return () => clearTimeout(timer);
}

function coldNames(port: number, seconds: number): () => Promise<LoadReport> {
  const names = ['*.team-1.svc.cluster.local.'];
  const report = openLoop({ port, rate: COLD_RATE, seconds, names, patience: 2 });
  return () => report;
}
