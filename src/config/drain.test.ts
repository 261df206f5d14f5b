import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { fakePlugins, sayText } from '../../test/kit/fake-plugin.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { GoodbyeTold, Lameduck } from '../plugin/capability.ts';

/** `health TIMES…` offers these lameduck times in milliseconds, `ready` says that it tells load balancers. */
const plugins = fakePlugins({
  health: {
    parse: ([directive]) => directive!.arguments.map(Number),
    setup: (controller, times) => {
      for (const time of times as number[])
        controller.offerToAll(Lameduck, { limit: time, begin: () => controller.log.info(`${time}`) });
    },
  },
  ready: { setup: (controller) => controller.offerToAll(GoodbyeTold, true) },
  whoami: { handle: sayText('alpha') },
});

/** A server that is asked to end, and a query at each of these milliseconds after that. */
async function drained(
  directives: string,
  queriesAt: readonly number[],
): Promise<{ server: TestServer; endedAt: number; answers: number }> {
  const clock = new FakeClock();
  const server = await startServer(`. {\n${directives}\nwhoami\n}`, { plugins, clock });
  const end = { at: -1 };
  const ended = server.signpost.shutdown().then(() => (end.at = clock.monotonic()));
  await settled();
  let answers = 0;
  for (let now = 0; now < 60_000 && end.at < 0; now += 100) {
    if (queriesAt.includes(now) && !server.transport('udp', 'dns://:53').closed) {
      const reply = await server.ask('a.', 'TXT', { server: 'dns://:53' });
      if (reply?.answer.length === 1) answers++;
    }
    clock.advance(100);
    await settled();
  }
  await ended;
  assert.equal(clock.pending, 0, 'no timer is left');
  return { server, endedAt: end.at, answers };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Every half second, for so many seconds. */
function steady(seconds: number): number[] {
  return Array.from({ length: 2 * seconds }, (_, index) => 500 * index);
}

const rows = [
  { title: 'nobody asks: 3 s', directives: 'health 20000', at: [], ends: 3000, answers: 0 },
  {
    title: '3 s from the last query on',
    directives: 'health 20000',
    at: [500, 3400, 3900],
    ends: 6900,
    answers: 3,
  },
  { title: 'a query after 3 s is too late', directives: 'health 20000', at: [3100], ends: 3000, answers: 0 },
  {
    title: 'the lameduck time is the limit',
    directives: 'health 5000',
    at: steady(20),
    ends: 5000,
    answers: 10,
  },
  { title: 'a lameduck time below 3 s', directives: 'health 1000', at: [], ends: 1000, answers: 0 },
  {
    title: 'the longest of several counts',
    directives: 'health 500 7000 0',
    at: steady(20),
    ends: 7000,
    answers: 14,
  },
  {
    title: 'no lameduck, but ready: 5 s at most',
    directives: 'ready',
    at: steady(20),
    ends: 5000,
    answers: 10,
  },
  { title: 'no lameduck, but ready: 3 s of quiet', directives: 'ready', at: [], ends: 3000, answers: 0 },
  {
    title: 'a lameduck time of 0 is meant',
    directives: 'ready\nhealth 0',
    at: steady(20),
    ends: 0,
    answers: 0,
  },
  { title: 'where nobody is told, at once', directives: '', at: steady(20), ends: 0, answers: 0 },
];
for (const { title, directives, at, ends, answers } of rows) {
  test(`draining: ${title}`, async () => {
    const outcome = await drained(directives, at);
    assert.deepEqual([outcome.endedAt, outcome.answers], [ends, answers]);
  });
}

test('draining: the log tells how it went', async () => {
  const quiet = await drained('health 20000', [500]);
  assert.deepEqual(quiet.server.lines, [
    '[INFO] plugin/health: 20000',
    '[INFO] Draining: queries are answered until none comes for 3s, for 20s at most',
    '[INFO] Drained in 3.5s: the last of 1 queries came 3s ago',
  ]);
  const silent = await drained('health 20000', []);
  assert.equal(silent.server.lines[2], '[INFO] Drained in 3s: no query came');
  const busy = await drained('health 2000', steady(20));
  assert.equal(
    busy.server.lines[2],
    '[INFO] Drained for 2s, the limit: the last of 4 queries came 500ms ago',
  );
});

test('draining: without grace there is none', async () => {
  const clock = new FakeClock();
  const server = await startServer('. {\nhealth 20000\nwhoami\n}', { plugins, clock });
  await server.signpost.shutdown(0);
  assert.deepEqual([clock.monotonic(), clock.pending, server.lines], [0, 0, []]);
});
