import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rcode } from '../../src/wire/codes.ts';
import { startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ReceivedQuery, Script } from '../../test/kit/scripted-upstream.ts';
import { answer, clock, loopbackDelivered, rcode, settled, silence, start } from './test-world.ts';

const failovers: readonly {
  title: string;
  scripts: [Script, Script];
  expected: number;
  asked: [number, number];
}[] = [
  { title: 'the next upstream is asked', scripts: [rcode(2), answer], expected: 0, asked: [1, 1] },
  { title: 'another rcode is the answer', scripts: [rcode(3), answer], expected: 3, asked: [1, 0] },
  { title: 'when all say it, it is the answer', scripts: [rcode(2), rcode(2)], expected: 2, asked: [1, 1] },
];

for (const { title, scripts, expected, asked } of failovers) {
  test(`failover: ${title}`, async () => {
    await using first = await startUpstream(scripts[0]);
    await using second = await startUpstream(scripts[1]);
    await using server = await start(
      `forward . ${first.name} ${second.name} {\npolicy sequential\nfailover SERVFAIL\n}`,
    );
    assert.equal((await server.ask('www.example.org', 'A'))!.rcode, expected);
    assert.deepEqual([first.received.length, second.received.length], asked);
  });
}

const orders: readonly { policy: string; expected: (turns: string) => boolean }[] = [
  { policy: 'sequential', expected: (turns) => turns === 'aaaaaaaaa' },
  { policy: 'round_robin', expected: (turns) => turns === 'bcabcabca' },
  { policy: 'random', expected: (turns) => new Set(turns).size === 3 && !'abcabcabcabc'.includes(turns) },
];

for (const { policy, expected } of orders) {
  test(`policy ${policy}`, async () => {
    let turns = '';
    const told =
      (letter: string): Script =>
      (query: ReceivedQuery) => {
        turns += letter;
        return answer(query);
      };
    await using a = await startUpstream(told('a'));
    await using b = await startUpstream(told('b'));
    await using c = await startUpstream(told('c'));
    await using server = await start(`forward . ${a.name} ${b.name} ${c.name} {\npolicy ${policy}\n}`);
    for (let turn = 0; turn < 9; turn++) await server.ask('www.example.org', 'A');
    assert.ok(expected(turns), turns);
  });
}

test('max_concurrent: one more is refused, and counted', async () => {
  await using upstream = await startUpstream(silence);
  await using server = await start(`forward . ${upstream.name} {\nmax_concurrent 1\n}`);
  const first = server.ask('www.example.org', 'A');
  await upstream.queries(1);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.Refused);
  assert.match(server.lines.at(-1)!, /concurrent queries exceeded maximum 1$/);
  assert.equal(await server.metric('coredns_forward_max_concurrent_rejects_total'), 1);
  const received = upstream.received[0]!;
  for (const packet of answer(received)) received.answer(packet);
  assert.equal((await first)!.rcode, Rcode.NoError);
  upstream.script = answer;
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError, 'the place is free again');
});

test('health: an upstream is probed after an error, is down after max_fails, and back with any reply', async () => {
  await using first = await startUpstream(silence);
  await using second = await startUpstream(answer);
  await using server = await start(
    `forward . ${first.name} ${second.name} {\npolicy sequential\nmax_fails 1\nhealth_check 1s no_rec domain probe.example\n}`,
  );
  assert.equal(first.received.length, 0, 'a healthy upstream is not probed');
  const reply = server.ask('www.example.org', 'A');
  await first.queries(1);
  clock.advance(2000);
  await reply;
  await first.queries(2);
  const probe = first.received[1]!.message;
  const { name, type } = probe.question!;
  assert.deepEqual([name.toLowerCase(), type, probe.flags], ['probe.example.', 2, 0]);
  for (let failed = 1; failed <= 2; failed++) {
    clock.advance(1000); // the probe's timeout
    await settled();
    assert.equal(
      await server.metric(
        `coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="${first.name}"}`,
      ),
      failed,
    );
    clock.advance(1000 * 1.15 * 1.5 ** (failed - 1)); // the interval, jitter and back-off
    await first.queries(2 + failed);
  }
  await server.ask('www.example.org', 'A');
  assert.equal(first.received.length, 4, 'down: not asked');
  first.script = rcode(Rcode.Refused);
  for (const packet of first.script(first.received[3]!)) first.received[3]!.answer(packet);
  await loopbackDelivered(first);
  await settled();
  await server.ask('www.example.org', 'A');
  assert.equal(
    first.received.at(-1)!.message.question!.name.toLowerCase(),
    'www.example.org.',
    'asked again',
  );
});

for (const [property, expected] of [
  ['', Rcode.NoError],
  ['failfast_all_unhealthy_upstreams', Rcode.ServerFailure],
] as const) {
  test(`health: all down${property && ` with ${property}`}`, async () => {
    await using upstream = await startUpstream(silence);
    await using server = await start(
      `forward . ${upstream.name} {\nmax_fails 1\nmax_connect_attempts 1\n${property}\n}`,
    );
    const reply = server.ask('www.example.org', 'A');
    await upstream.queries(1);
    clock.advance(2000);
    await reply;
    for (let probes = 1; probes <= 2; probes++) {
      await upstream.queries(1 + probes);
      clock.advance(1000);
      await settled();
      clock.advance(900);
    }
    await upstream.queries(4);
    upstream.script = answer;
    assert.equal((await server.ask('www.example.org', 'A'))!.rcode, expected);
    assert.equal(await server.metric('coredns_forward_healthcheck_broken_total'), 1);
  });
}
