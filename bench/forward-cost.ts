import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../test/kit/server-process.ts';
import { printFigure, startWorld } from './forward-world.ts';
import type { BenchSettings } from './forward-world.ts';
import { load, start } from './load.ts';
import type { LoadResult } from './load.ts';
import { openLoop } from './open-loop.ts';

/** Names that no run of the bench gets through. */
const FRESH_NAMES = 600_000;
/** Queries a second of the open loop, for times. */
const STEADY_RATE = 1000;

/** CPU for a forwarded miss and for a cache hit, as multiples of echo.c in the same run; and how long they take. */
export async function measureCost(settings: BenchSettings): Promise<void> {
  const { folder, seconds } = settings;
  const hit = join(folder, 'hit.q');
  writeFileSync(hit, 'hit.example A\n');
  const miss = join(folder, 'miss.q');
  writeFileSync(miss, Array.from({ length: FRESH_NAMES }, (_, index) => `n${index}.example A\n`).join(''));
  const warming = join(folder, 'warming.q');
  writeFileSync(warming, Array.from({ length: FRESH_NAMES }, (_, index) => `w${index}.example A\n`).join(''));
  const floor = await measureFloor(folder, hit, seconds);
  printFigure('floor: echo.c', `${floor.microsecondsAQuery.toFixed(2)} µs CPU a query`);
  for (const cache of [true, false]) {
    const world = await startWorld(settings, 1, cache);
    try {
      if (cache) {
        await load(world, hit, 1);
        print('cache hit', floor, await load(world, hit, seconds));
      }
      // What V8 compiles while the first tens of thousands are forwarded costs more than these do.
      await load(world, warming, seconds);
      print(`forwarded miss, ${cache ? 'with' : 'without'} cache`, floor, await load(world, miss, seconds));
      const work = cache ? 'cache hit' : 'forwarded miss';
      const name = cache ? 'hit.example' : '*.example';
      const { p50, p99, lost } = await openLoop({ port: world.port, rate: STEADY_RATE, seconds, name });
      const times = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${lost} lost`;
      printFigure(`${work} at ${STEADY_RATE} queries/s`, times);
    } finally {
      world.stop();
    }
  }
}

async function measureFloor(folder: string, queryFile: string, seconds: number): Promise<LoadResult> {
  const program = join(folder, 'echo');
  execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'echo.c')]);
  const port = await freePort();
  const echo = await start(program, [String(port)], (line) => line === 'listening');
  try {
    return await load({ pid: echo.pid!, port }, queryFile, seconds);
  } finally {
    echo.kill();
  }
}

function print(work: string, floor: LoadResult, result: LoadResult): void {
  const { microsecondsAQuery, queriesASecond, lost } = result;
  const ratio = (microsecondsAQuery / floor.microsecondsAQuery).toFixed(2);
  const rest = `${Math.round(queriesASecond)} queries/s, ${lost} lost`;
  printFigure(work, `${microsecondsAQuery.toFixed(2)} µs, ${ratio} of the floor; ${rest}`);
}
