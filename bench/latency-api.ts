import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from './bench.ts';
import { benchService, dnsName } from './cluster-objects.ts';
import { buildProgram } from './cluster-server.ts';
import { startReady, stopReady } from './cluster-start.ts';
import { startClusterWorld } from './cluster-world.ts';
import { measureScenarios, printScenarios } from './latency-scenarios.ts';
import type { Scenario } from './latency-scenarios.ts';

const HOT = 12;
/** Seconds: the API server takes some to come back, on the same cores. */
const LOAD = 15;

/** The same while a real API server is killed and comes back with 410 on every watch. Needs what bench:cluster needs. */
export async function measureApiRelists({ folder, length }: BenchOptions): Promise<void> {
  buildProgram();
  const api = await startClusterWorld();
  try {
    const ready = await startReady({ api, folder: mkdtempSync(join(folder, 'cluster-')), full: true });
    try {
      const { pid, ports } = ready.server;
      const names = Array.from({ length: HOT }, (_, index) => `${dnsName(benchService(2 * index))}.`);
      const scenarios: Scenario[] = [
        { title: 'API server, nothing else', port: ports.dns, begin: () => () => undefined },
        {
          title: 'API server killed, 100,000 endpoints listed anew',
          port: ports.dns,
          begin: () => {
            const restarted = api.restartExpired();
            return () => restarted;
          },
        },
      ];
      const reports = await measureScenarios(scenarios, names, LOAD, length.runs, pid);
      printScenarios(scenarios, reports, 0);
    } finally {
      await stopReady(ready);
    }
  } finally {
    await api.stop();
  }
}
