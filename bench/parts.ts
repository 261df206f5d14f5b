import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastingPort } from '../test/kube-apiserver/server-child.ts';
import { Bench } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { contest, printContest } from './contest.ts';
import type { Contestant } from './contest.ts';
import { printFigure } from './forward-world.ts';
import { load, start } from './load.ts';
import { cacheQuestions, hotQuestions, questions, smallWorld } from './worlds.ts';

/** Multiples of the floor that answers in process may cost, by the place of their question. */
const IN_PROCESS_LIMITS = [1.5, 1.5, 3];

/** The sockets alone: both kinds of UDP with a handler that sends each query back. */
export async function measureSockets(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  const started: (() => Promise<unknown>)[] = [];
  try {
    const contestants: Contestant[] = [await bench.floor()];
    for (const [variable, title] of [
      ['batched', 'Signpost’s recvmmsg, sent back'],
      ['dgram', 'Signpost’s node:dgram, sent back'],
    ] as const) {
      const port = await lastingPort();
      const script = [join(import.meta.dirname, 'echo-transport.ts'), String(port)];
      const ready = (line: string): boolean => line === 'listening';
      const echo = await start(process.execPath, script, ready, [], { SIGNPOST_UDP: variable });
      const ended = once(echo, 'exit');
      started.push(() => {
        echo.kill('SIGKILL');
        return ended;
      });
      contestants.push({ title, pid: echo.pid!, port });
    }
    const file = bench.queryFile(hotQuestions.map(({ name, type }) => `${name} ${type}`));
    await bench.warm(contestants, () => file);
    printContest('the sockets alone', await contest(contestants, () => file, options.length), {});
  } finally {
    for (const stop of started) await stop();
    await bench.close();
  }
}

/** Answers without sockets: decoded, routed, answered and encoded. */
export async function measureInProcess(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const file = bench.queryFile(questions.map(({ name, type }) => `${name} ${type}`));
    const floor = (await load(await bench.floor(), file, 1)).microsecondsAQuery;
    const manifests = join(options.folder, 'small.yaml');
    writeFileSync(manifests, smallWorld());
    const output = execFileSync(process.execPath, [join(import.meta.dirname, 'in-process.ts'), manifests]);
    const figures = JSON.parse(output.toString()) as Record<string, number>;
    console.log('\n| without sockets | figure | at most |\n| --- | --- | --- |');
    const titles = [...questions.map(({ title }) => title), ...Object.values(cacheQuestions)];
    for (const [index, title] of titles.entries()) {
      const ratio = figures[title]! / floor;
      const most = IN_PROCESS_LIMITS[index];
      const limit = most === undefined ? undefined : { text: String(most), met: ratio <= most };
      printFigure(title, `${ratio.toFixed(2)} of the floor, ${figures[title]!.toFixed(2)} µs`, limit);
    }
  } finally {
    await bench.close();
  }
}
