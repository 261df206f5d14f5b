import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ReceivedQuery, ScriptedUpstream } from '../../test/kit/scripted-upstream.ts';
import { seededRandom } from '../plugin/random.ts';
import { HeaderFlag } from '../wire/codes.ts';
import type { Message } from '../wire/message.ts';
import type { OpenDatagramSocket } from './datagrams/datagram-socket.ts';
import { socketKinds } from './datagrams/test-socket-kinds.ts';
import { inRandomCase } from './letter-case.ts';
import { Upstream } from './upstream.ts';
import type { UpstreamQuery } from './upstream.ts';

const name = 'www.long-enough-for-chance.example.org.';
const query: UpstreamQuery = { flags: HeaderFlag.RD, question: { name, type: 1, class: 1 }, edns: undefined };
const record = addressRecord(name, 60, 192, 0, 2, 7);
const answer = (received: ReceivedQuery): Buffer =>
  replyTo(received, { answer: [{ ...record, name: received.message.question!.name }] });

function connectTo(
  server: ScriptedUpstream,
  sockets: OpenDatagramSocket,
): { upstream: Upstream; clock: FakeClock; dropped: string[] } {
  const clock = new FakeClock();
  const dropped: string[] = [];
  const limits = { expire: 10_000, maximumAge: 0, maximumIdle: 0, udpPorts: 1 };
  const upstream = new Upstream({
    address: '127.0.0.1',
    port: server.port,
    clock,
    random: seededRandom(1),
    replyDropped: (reason) => dropped.push(reason),
    ...limits,
    sockets,
  });
  return { upstream, clock, dropped };
}

/** Enough exchanges to learn that an upstream repeats letter case. */
async function acquaint(upstream: Upstream): Promise<void> {
  for (let round = 0; round < 4; round++) await upstream.ask(query, 'udp', 2000);
}

const lowerCase = (received: ReceivedQuery): Buffer =>
  replyTo(received, { question: { ...received.message.question!, name }, answer: [record] });

const forgeries: readonly { title: string; reason: string; forge: (received: ReceivedQuery) => Buffer }[] = [
  {
    title: 'a wrong id',
    reason: 'nobody',
    forge: (received) => replyTo(received, { id: received.message.id ^ 1 }),
  },
  { title: 'no reply at all', reason: 'header', forge: ({ packet }) => packet },
  { title: 'a few bytes', reason: 'header', forge: ({ packet }) => packet.subarray(0, 5) },
  { title: 'another letter case', reason: 'case', forge: lowerCase },
  {
    title: 'another name of the same length',
    reason: 'question',
    forge: (received) =>
      replyTo(received, { question: { name: name.replace('www', 'wwx'), type: 1, class: 1 } }),
  },
  {
    title: 'two questions',
    reason: 'question',
    forge: (received) => {
      const reply = answer(received);
      reply[5] = 2;
      return reply;
    },
  },
];

const largeRecords = Array.from({ length: 40 }, (_, index) => addressRecord(name, 60, 10, 0, 0, index));
const unbelievable: readonly { title: string; reason: string; reply: (received: ReceivedQuery) => Buffer }[] =
  [
    {
      title: 'bytes behind the end',
      reason: 'malformed',
      reply: (received) => Buffer.concat([answer(received), Buffer.of(0)]),
    },
    {
      title: 'one that is cut off',
      reason: 'malformed',
      reply: (received) => answer(received).subarray(0, -2),
    },
    {
      title: 'one that is larger than was allowed',
      reason: 'oversize',
      reply: (received) => replyTo(received, { answer: largeRecords }),
    },
    {
      title: 'a header that promises 65,535 records',
      reason: 'malformed',
      reply: (received) => {
        const reply = answer(received);
        reply.fill(0xff, 6, 12);
        return reply;
      },
    },
  ];

for (const { kind, open: sockets } of socketKinds) {
  for (const { title, reason, forge } of forgeries) {
    test(`${kind}: dropped and counted, and the true reply counts: ${title}`, async () => {
      await using server = await startUpstream((received) => [answer(received)]);
      const { upstream, dropped } = connectTo(server, sockets);
      await acquaint(upstream);
      server.script = (received) => [forge(received), answer(received)];
      const message = await upstream.ask(query, 'udp', 2000);
      assert.deepEqual(message.answer, [record], 'in the letter case that was asked for');
      assert.equal(message.question!.name, name);
      assert.deepEqual(dropped, [reason]);
      upstream.abort();
    });
  }

  for (const { title, reason, reply } of unbelievable) {
    test(`${kind}: counts as truncated, nothing of it is kept: ${title}`, async () => {
      await using server = await startUpstream((received) => [reply(received)]);
      const { upstream, dropped } = connectTo(server, sockets);
      const message = await upstream.ask(query, 'udp', 2000);
      assert.deepEqual([message.flags & HeaderFlag.TC, message.answer], [HeaderFlag.TC, []]);
      assert.deepEqual(dropped, [reason]);
      upstream.abort();
    });
  }

  test(`${kind}: an upstream that makes names lower case is believed, and asked as it likes`, async () => {
    await using server = await startUpstream((received) => [lowerCase(received)]);
    const { upstream, dropped } = connectTo(server, sockets);
    for (let round = 0; round < 6; round++) {
      assert.deepEqual((await upstream.ask(query, 'udp', 2000)).answer, [record]);
    }
    assert.deepEqual(dropped, []);
    const names = server.received.map(({ message }) => message.question!.name);
    assert.notEqual(names[1], name, 'tried once');
    assert.deepEqual(names.slice(2), [name, name, name, name]);
    upstream.abort();
  });

  test(`${kind}: an address behind which another server stands now is learnt anew`, async () => {
    await using server = await startUpstream((received) => [answer(received)]);
    const { upstream, clock, dropped } = connectTo(server, sockets);
    await acquaint(upstream);
    server.script = (received) => [lowerCase(received)];
    const lost = upstream.ask(query, 'udp', 2000);
    while (dropped.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2000);
    await assert.rejects(lost, { kind: 'timeout' });
    assert.equal((await upstream.ask(query, 'udp', 2000)).answer.length, 1);
    upstream.abort();
  });

  test(`${kind}: a flood of replies with guessed ids: none is accepted, all are counted`, async () => {
    await using server = await startUpstream(() => []);
    const { upstream, dropped } = connectTo(server, sockets);
    let outcome: Message | undefined;
    const reply = upstream.ask(query, 'udp', 2000).then((message) => (outcome = message));
    await server.queries(1);
    const received = server.received[0]!;
    for (let id = 1; id <= 5000; id++) {
      await server.sendDatagram(replyTo(received, { id: received.message.id ^ id, rcode: 3 }), received.port);
      if (id % 50 === 0) while (dropped.length < id) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(outcome, undefined);
    assert.equal(dropped.filter((reason) => reason === 'nobody').length, 5000);
    received.answer(answer(received));
    assert.equal((await reply).rcode, 0);
    upstream.abort();
  });
}

test('random letter case leaves escapes and other bytes alone', () => {
  const odd = 'a-1.\\a\\.\\200.B_c.';
  const seen = new Set<string>();
  for (let round = 0; round < 100; round++) seen.add(inRandomCase(odd, seededRandom(round)));
  assert.equal(seen.size, 8);
  for (const one of seen) assert.match(one, /^[aA]-1\.\\a\\\.\\200\.[bB]_[cC]\.$/);
});
