import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rcode } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ScriptedUpstream } from '../../test/kit/scripted-upstream.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { answer, clock, closedPort, rcode, settled, silence, start } from './test-world.ts';

const isProbe = ({ message }: ScriptedUpstream['received'][number]): boolean => message.question!.type === 2;
const queriesOf = (upstream: ScriptedUpstream): number =>
  upstream.received.filter((received) => !isProbe(received)).length;

/** Asks, and lets time pass in steps of 10 ms while the dead upstream is the one that has been asked. */
async function millisecondsOf(server: TestServer, name: string, dead: ScriptedUpstream): Promise<number> {
  const before = clock.monotonic();
  const sent = queriesOf(dead);
  let isDone = false;
  const reply = server.ask(name, 'A').then((message) => {
    isDone = true;
    assert.equal(message!.rcode, Rcode.NoError);
  });
  const other = new Promise<void>((resolve) => {
    const look = (): void => {
      if (isDone) resolve();
      else {
        if (queriesOf(dead) > sent) clock.advance(10);
        setImmediate(look);
      }
    };
    look();
  });
  await Promise.all([reply, other]);
  return clock.monotonic() - before;
}

for (const policy of ['random', 'round_robin']) {
  test(`policy ${policy}: 1 of 3 upstreams is silent: no query takes longer than 400 ms, later ones do not ask it`, async () => {
    await using dead = await startUpstream(silence);
    await using first = await startUpstream(answer);
    await using second = await startUpstream(answer);
    await using server = await start(
      `forward . ${first.name} ${dead.name} ${second.name} {\npolicy ${policy}\n}`,
    );
    for (let query = 0; query < 60; query++) {
      const elapsed = await millisecondsOf(server, `n${query}.example.org`, dead);
      assert.ok(elapsed <= 400, `query ${query} took ${elapsed} ms`);
    }
    assert.equal(queriesOf(dead), 3, 'three in a row without a reply, and it is in doubt');
    dead.script = answer;
    const start_ = clock.monotonic();
    while (queriesOf(dead) < 4) {
      clock.advance(100);
      await settled();
      await server.ask('www.example.org', 'A');
      assert.ok(clock.monotonic() - start_ < 5000, 'healed, and not used within 5 s');
    }
  });
}

test('policy sequential: the next upstream is asked after a failure only', async () => {
  await using slow = await startUpstream(silence);
  await using fallback = await startUpstream(answer);
  await using server = await start(`forward . ${slow.name} ${fallback.name} {\npolicy sequential\n}`);
  const reply = server.ask('www.example.org', 'A');
  await slow.queries(1);
  clock.advance(1999);
  await settled();
  assert.equal(fallback.received.length, 0);
  for (const packet of answer(slow.received[0]!)) slow.received[0]!.answer(packet);
  await reply;
  assert.equal(fallback.received.length, 0);
});

test('probes: at most 2 a second, backing off to one in 4.5 s, until there is any reply', async () => {
  await using dead = await startUpstream(silence);
  await using server = await start(`forward . ${dead.name} {\nhealth_check 1ms\nmax_connect_attempts 1\n}`);
  const reply = server.ask('www.example.org', 'A');
  await dead.queries(1);
  clock.advance(2000);
  await reply;
  const at: number[] = [];
  for (let count = 2; count <= 12; count++) {
    while (dead.received.length < count) {
      clock.advance(50);
      await settled();
      await new Promise((resolve) => setImmediate(resolve));
    }
    at.push(clock.monotonic());
  }
  const gaps = at.slice(1).map((time, index) => time - at[index]!);
  assert.ok(
    gaps.every((gap) => gap >= 1500 && gap <= 4700),
    gaps.join(' '),
  );
  assert.ok(gaps.at(-1)! > 3900, `the last interval was ${gaps.at(-1)!} ms`);
  assert.notEqual(gaps.at(-1), gaps.at(-2), 'intervals have jitter');
});

test('probes of a closed port, which fail at once, come twice a second at most', async () => {
  const closed = await closedPort();
  await using server = await start(`forward . ${closed.name} {\nhealth_check 1ms\n}`);
  const line = `coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="${closed.name}"}`;
  for (let query = 0; query < 20; query++) await server.ask('www.example.org', 'A');
  for (let step = 0; step < 100; step++) {
    clock.advance(50);
    await settled();
  }
  const failures = (await server.metric(line))!;
  assert.ok(failures >= 2 && failures <= 11, `${failures} probes in 5 s`);
});

test('a closed port costs a query no time: the next upstream is asked, and the closed one no more', async () => {
  const closed = await closedPort();
  await using good = await startUpstream(answer);
  await using server = await start(`forward . ${closed.name} ${good.name} {\npolicy round_robin\n}`);
  const before = clock.monotonic();
  for (let query = 0; query < 10; query++) {
    assert.equal((await server.ask('www.example.org', 'A'))!.answer.length, 1);
  }
  assert.equal(clock.monotonic(), before, 'no timer was needed');
});

const failures: readonly { title: string; closed: boolean; lines: string; code: number; text: RegExp }[] = [
  { title: 'silence', closed: false, lines: '', code: 22, text: /^127\.0\.0\.1:\d+: i\/o timeout$/ },
  {
    title: 'a closed port',
    closed: true,
    lines: '',
    code: 23,
    text: /^127\.0\.0\.1:\d+: connection refused$/,
  },
];

for (const { title, closed, lines, code, text } of failures) {
  test(`extended error: ${title} is ${code}`, async () => {
    await using silent = await startUpstream(silence);
    const { name } = closed ? await closedPort() : silent;
    await using server = await start(`forward . ${name} {\nmax_connect_attempts 1\n${lines}\n}`);
    const replies = [server.ask('a.example', 'A', { edns: {} }), server.ask('b.example', 'A')];
    if (!closed) {
      await silent.queries(2);
      clock.advance(2000);
    }
    const [told, plain] = await Promise.all(replies);
    const error = readExtendedError(told!.edns);
    assert.equal(error!.code, code);
    assert.match(error!.text, text);
    assert.deepEqual([plain!.rcode, plain!.edns], [Rcode.ServerFailure, undefined]);
  });
}

test('a late reply counts as life', async () => {
  await using first = await startUpstream(silence);
  await using second = await startUpstream(answer);
  await using server = await start(`forward . ${first.name} ${second.name} {\npolicy round_robin\n}`);
  const late = `coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="${first.name}",rcode="REFUSED"}`;
  for (const round of [1, 2]) {
    for (let query = 0; query < 2; query++) {
      await server.ask('www.example.org', 'A'); // by the second: round robin
      const reply = server.ask('www.example.org', 'A');
      await first.queries(first.received.length + 1);
      clock.advance(round === 1 ? 200 : 800); // its patience has grown with the late replies
      await reply;
    }
    for (const received of first.received.slice(-2)) received.answer(rcode(Rcode.Refused)(received)[0]!);
    while ((await server.metric(late)) !== 2 * round) await settled();
  }
  assert.equal(first.received.length, 4);
  assert.equal(first.received.filter(isProbe).length, 0, 'never three in a row without a reply');
  assert.equal(await server.metric(`signpost_forward_loss_ratio{to="${first.name}",proto="udp"}`), 0);
  assert.ok((await server.metric(`signpost_forward_latency_seconds{to="${first.name}",proto="udp"}`))! > 0.1);
});
