import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ScriptedUpstream } from '../../test/kit/scripted-upstream.ts';
import type { AskOptions } from '../../test/kit/server.ts';
import { Budget } from './budget.ts';
import { answer, clock, closedPort, record, silence, start } from './test-world.ts';

test('10,000 clients that ask one name at once are one query upstream', async () => {
  await using upstream = await startUpstream(silence);
  await using server = await start(`forward . ${upstream.name}`);
  const replies = Array.from({ length: 10_000 }, () => server.ask('www.example.org', 'A'));
  await upstream.queries(1);
  for (const packet of answer(upstream.received[0]!)) upstream.received[0]!.answer(packet);
  for (const reply of await Promise.all(replies)) assert.deepEqual(reply!.answer, [record]);
  assert.equal(upstream.received.length, 1);
  upstream.script = answer;
  await server.ask('www.example.org', 'A');
  assert.equal(upstream.received.length, 2, 'a reply is for those who were waiting');
});

const options = Uint8Array.of(0, 8, 0, 4, 0, 1, 0, 0);
const others: readonly { title: string; name?: string; type?: string; how: AskOptions; queries: number }[] = [
  { title: 'the same', how: {}, queries: 1 },
  { title: 'another client', how: { from: '192.0.2.77' }, queries: 1 },
  { title: 'another letter case', name: 'wWw.Example.ORG', how: {}, queries: 1 },
  { title: 'another name', name: 'www2.example.org', how: {}, queries: 2 },
  { title: 'another type', type: 'AAAA', how: {}, queries: 2 },
  { title: 'another class', how: { class: 'CH' }, queries: 2 },
  { title: 'without RD', how: { flags: 0 }, queries: 2 },
  { title: 'with CD', how: { flags: HeaderFlag.RD | HeaderFlag.CD }, queries: 2 },
  { title: 'by TCP', how: { protocol: 'tcp' }, queries: 2 },
  { title: 'with EDNS', how: { edns: {} }, queries: 2 },
];
const edns: typeof others = [
  { title: 'the same EDNS', how: { edns: {} }, queries: 1 },
  { title: 'another size', how: { edns: { udpSize: 4096 } }, queries: 2 },
  { title: 'with DO', how: { edns: { dnssecOk: true } }, queries: 2 },
  { title: 'with an option', how: { edns: { options } }, queries: 2 },
];

for (const [first, rows] of [
  [{}, others],
  [{ edns: {} }, edns],
] as const) {
  for (const { title, name = 'www.example.org', type = 'A', how, queries } of rows) {
    test(`one question: ${title} ${queries === 1 ? 'is the same' : 'is another'}`, async () => {
      await using upstream = await startUpstream(silence);
      await using server = await start(`forward . ${upstream.name}`);
      const replies = [server.ask('www.example.org', 'A', first), server.ask(name, type, how)];
      await upstream.queries(queries);
      assert.equal(upstream.received.length, queries);
      for (const received of upstream.received) {
        const owner = received.message.question!.name;
        received.answer(replyTo(received, { answer: [addressRecord(owner, 60, 192, 0, 2, 1)] }));
      }
      const [, second] = await Promise.all(replies);
      assert.equal(second!.question!.name, `${name}.`);
      assert.equal(second!.answer[0]!.name, `${name}.`, "owner names come in the asker's letter case");
    });
  }
}

test('a failure is for all that waited, and is forgotten', async () => {
  const closed = await closedPort();
  await using server = await start(`forward . ${closed.name}`);
  const replies = await Promise.all([1, 2, 3].map(() => server.ask('www.example.org', 'A')));
  assert.deepEqual(
    replies.map((reply) => reply!.rcode),
    [Rcode.ServerFailure, Rcode.ServerFailure, Rcode.ServerFailure],
  );
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.ServerFailure);
});

test('a budget bounds what is in flight, and comes back whole', () => {
  const budget = new Budget(15_000);
  const first = budget.take(50, false);
  const joined = budget.take(50, true);
  assert.ok(first > joined && joined > 0);
  assert.ok(budget.take(50, false) > 0);
  assert.equal(budget.take(2000, false), 0);
  assert.equal(budget.used, 2 * first + joined);
  for (const cost of [first, first, joined]) budget.give(cost);
  assert.equal(budget.used, 0);
});

/** Resolves once an upstream has read all that came: its socket has no room for more before that. */
async function drained(upstream: ScriptedUpstream): Promise<void> {
  for (let before = -1; upstream.received.length > before;) {
    before = upstream.received.length;
    // Each turn of the event loop reads some.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
}

test('20,000 random names with a silent upstream: those beyond the budget are refused, and counted', async () => {
  await using upstream = await startUpstream(silence);
  await using server = await start(`forward . ${upstream.name} {\nmax_connect_attempts 1\nmax_fails 0\n}`);
  const replies = Array.from({ length: 20_000 }, (_, index) =>
    server.ask(`n${index}.example.org`, 'A', { edns: {} }),
  );
  const refused = (await server.metric('signpost_forward_shed_total'))!;
  assert.ok(refused > 15_000 && refused < 17_000, `${refused} were refused`);
  clock.advance(5000);
  const lines = server.lines.filter((line) => line.endsWith('too many queries are in flight'));
  assert.equal(lines.length, 1, 'the log has one line a second');
  const rcodes = (await Promise.all(replies)).map((reply) => reply!.rcode);
  assert.equal(rcodes.filter((rcode) => rcode === Rcode.Refused).length, refused);
  assert.equal(rcodes.filter((rcode) => rcode === Rcode.ServerFailure).length, 20_000 - refused);
  const last = await replies.at(-1);
  assert.deepEqual(readExtendedError(last!.edns), { code: 0, text: 'too many queries are in flight' });
  upstream.script = answer;
  await drained(upstream);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError, 'there is room again');
});
