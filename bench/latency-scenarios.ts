import { setTimeout as pause } from 'node:timers/promises';
import { median, spread } from '../test/kit/statistics.ts';
import { processorTime } from './load.ts';
import { openLoop, percentileOf } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';

/** Queries a second for hot names. */
export const HOT_RATE = 20_000;
/** Seconds until an answer is lost. */
const PATIENCE = 2;
/** The p99 of hot names to that of the idle run. */
const LIMIT = 2;

/** What happens while hot names are asked for. */
export interface Scenario {
  readonly title: string;
  readonly port: number;
  /** Begins what happens; what it returns ends it. */
  readonly begin: (seconds: number) => () => Promise<unknown> | void;
}

/** Runs alternate between the scenarios. @param pid has come to rest before each */
export async function measureScenarios(
  scenarios: readonly Scenario[],
  names: readonly string[],
  seconds: number,
  runs: number,
  pid: number,
): Promise<LoadReport[][]> {
  const load = { rate: HOT_RATE, names, patience: PATIENCE };
  for (const { port } of scenarios) await openLoop({ ...load, port, seconds: 1 });
  const reports = scenarios.map((): LoadReport[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, { port, begin }] of scenarios.entries()) {
      await untilQuiet(pid);
      const end = begin(seconds);
      reports[index]!.push(await openLoop({ ...load, port, seconds }));
      await end();
    }
  }
  return reports;
}

/** @param idle which of the scenarios the later ones are compared with */
export function printScenarios(
  scenarios: readonly Scenario[],
  reports: readonly (readonly LoadReport[])[],
  idle: number,
): void {
  const rate = HOT_RATE.toLocaleString('en');
  console.log(
    `\n| ${rate} hot queries/s | p50 ms | p99 ms | p99.9 ms | lost | p99 to the idle one | at most |`,
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [index, { title }] of scenarios.entries()) {
    const own = reports[index]!;
    const times = [50, 99, 99.9].map((percent) => {
      const figures = own.map((report) => percentileOf(report, percent));
      return `${median(figures).toFixed(2)} (${spread(figures, 2)})`;
    });
    const lost = own.reduce((sum, report) => sum + report.lost, 0);
    let ratio = '';
    let verdict = '';
    if (index > idle) {
      const ratios = own.map((report, run) => report.p99 / reports[idle]![run]!.p99);
      const missed = median(ratios) > LIMIT;
      if (missed) process.exitCode = 1;
      ratio = `${median(ratios).toFixed(2)} (${spread(ratios, 2)})`;
      verdict = `${LIMIT}${missed ? ' **missed**' : ''}`;
    }
    console.log(`| ${[title, ...times, lost, ratio, verdict].join(' | ')} |`);
  }
  console.log('');
}

/** Until a process takes less than a tenth of a core. */
async function untilQuiet(pid: number): Promise<void> {
  const LOOK = 200;
  for (let tries = 0; tries < 100; tries++) {
    const before = processorTime(pid);
    await pause(LOOK);
    if (processorTime(pid) - before < LOOK * 100) return;
  }
}
