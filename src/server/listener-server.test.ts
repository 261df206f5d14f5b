import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakePlugins, sayText } from '../../test/kit/fake-plugin.ts';
import type { FakePluginParts } from '../../test/kit/fake-plugin.ts';
import { startServer } from '../../test/kit/server.ts';
import type { AskOptions, TestServer } from '../../test/kit/server.ts';
import { Debug, OtherClasses, StackTraces } from '../plugin/capability.ts';
import { HeaderFlag, Rcode, RecordType } from '../wire/codes.ts';
import type { Message } from '../wire/message.ts';
import { recordText } from '../wire/presentation.ts';
import { MAXIMUM_LOOKUP_DEPTH } from './query.ts';
import { Reply } from './reply.ts';

const start = (corefile: string, parts: Record<string, FakePluginParts>): Promise<TestServer> =>
  startServer(corefile, { plugins: fakePlugins(parts) });
const ask = async (
  server: TestServer,
  name: string,
  type = 'TXT',
  options: AskOptions = {},
): Promise<Message> => {
  const reply = await server.ask(name, type, options);
  assert.ok(reply !== undefined, 'the server is silent');
  return reply;
};
const dropped = (server: TestServer, rcode: string): Promise<number | undefined> =>
  server.metric(
    `coredns_dns_responses_total{server="dns://:53",zone="dropped",view="",rcode="${rcode}",plugin=""}`,
  );

const answering = { whoami: { handle: sayText('here') } };

test('a query goes through the chain of its zone', async () => {
  const zones: string[] = [];
  const parts = {
    ...answering,
    hosts: { handle: (query, next) => (zones.push(query.zone), next(query)) } satisfies FakePluginParts,
  };
  await using server = await start('org { whoami\n hosts\n}\nexample.org { hosts\n whoami\n}', parts);
  const reply = await ask(server, 'Www.example.org.');
  assert.deepEqual(reply.answer.map(recordText), ['Www.example.org. 5 IN TXT "here"']);
  await ask(server, 'other.org.');
  assert.deepEqual(zones, ['example.org.', 'org.']);
});

const refusals: [title: string, corefile: string, name: string, options: AskOptions][] = [
  ['no block for the name', 'org { whoami\n}', 'example.com.', {}],
  ['another class', '. { whoami\n}', 'org.', { class: 'CH' }],
  ['class ANY', '. { whoami\n}', 'org.', { class: 'ANY' }],
  ['a block without plugins', 'org { debug\n}\n. { whoami\n}', 'a.org.', {}],
  ['only a root block without plugins', '. { debug\n}', 'a.org.', {}],
];
for (const [title, corefile, name, options] of refusals) {
  test(`REFUSED and counted as dropped: ${title}`, async () => {
    await using server = await start(corefile, { ...answering, debug: {} });
    const reply = await ask(server, name, 'A', options);
    assert.equal(reply.flags, HeaderFlag.QR | HeaderFlag.RD | Rcode.Refused);
    assert.deepEqual([reply.question?.name, reply.answer, reply.authority], [name, [], []]);
    assert.equal(await dropped(server, 'REFUSED'), 1);
  });
}

test('another class reaches the chain where a block of the listener asks for it', async () => {
  const forward: FakePluginParts = { setup: (controller) => controller.offer(OtherClasses, true) };
  await using server = await start('org { whoami\n}\ncom { forward\n}', { ...answering, forward });
  assert.equal((await ask(server, 'a.org.', 'TXT', { class: 'CH' })).answer.length, 1);
});

test('a version of EDNS that is not ours: BADVERS, and counted nowhere', async () => {
  await using server = await start('. { whoami\n}', answering);
  const reply = await ask(server, 'a.org.', 'A', { edns: { version: 1, dnssecOk: true, udpSize: 4096 } });
  assert.equal(reply.rcode, Rcode.BadVersion);
  assert.equal(reply.question?.name, 'a.org.');
  assert.deepEqual(reply.edns, { udpSize: 0, version: 0, dnssecOk: false, options: new Uint8Array(0) });
  assert.doesNotMatch((await server.surroundings.metrics.expose()).body, /^coredns_dns_re\w+_total\{/m);
});

test('the end of the chain is SERVFAIL, with a reason for whoever logs it', async () => {
  let seen: Reply | undefined;
  const errors: FakePluginParts = { handle: (query, next) => (seen = next(query) as Reply) };
  await using server = await start('. { errors\n}', { errors });
  assert.equal((await ask(server, 'a.')).rcode, Rcode.ServerFailure);
  assert.equal(seen?.error?.message, 'plugin/chain: no next plugin found');
});

const failures: [title: string, handle: NonNullable<FakePluginParts['handle']>, says: string][] = [
  ['an exception', () => raise(new Error('broken')), 'broken'],
  ['an exception that is no Error', () => raise('broken text'), 'broken text'],
  [
    'a reply that cannot be written',
    (query) => sayText('x')(query.with({ originalName: `${'a'.repeat(64)}.` })),
    'label is longer than 63 bytes',
  ],
  ['a rejection', () => Promise.reject(new Error('broken later')), 'broken later'],
];
for (const [title, handle, says] of failures) {
  test(`${title} in a plugin costs a SERVFAIL, a log line and two counts`, async () => {
    await using server = await start('. { whoami\n}', { whoami: { handle } });
    for (let count = 1; count <= 2; count++) {
      assert.equal((await ask(server, 'a.org.')).rcode, Rcode.ServerFailure);
      assert.equal(await server.metric('coredns_panics_total'), count);
      assert.equal(await dropped(server, 'SERVFAIL'), count);
    }
    assert.equal(server.lines[0], `[ERROR] Recovered from panic in server: "dns://:53" a.org.: ${says}`);
  });
}

function raise(error: unknown): never {
  throw error;
}

test('stacks are logged where a block asks for them', async () => {
  const errors: FakePluginParts = { setup: (controller) => controller.offer(StackTraces, true) };
  const whoami = { handle: () => raise(new Error('broken')) };
  await using server = await start('. { whoami\n errors\n}', { errors, whoami });
  await ask(server, 'a.');
  assert.match(server.lines[0]!, /: Error: broken\n +at /);
});

test('with debug an exception ends the process', async (context) => {
  const debug: FakePluginParts = { setup: (controller) => controller.offer(Debug, true) };
  const whoami = { handle: () => raise(new Error('fatal')) };
  const thrown: (() => void)[] = [];
  context.mock.method(globalThis, 'queueMicrotask', (action: () => void) => thrown.push(action));
  await using server = await start('. { whoami\n debug\n}', { debug, whoami });
  await ask(server, 'a.');
  assert.equal(thrown.length, 1);
  assert.throws(thrown[0]!, /fatal/);
});

test('a plugin that chooses silence gets it, at once or later', async () => {
  const whoami: FakePluginParts = {
    handle: ({ type }) => (type === RecordType.A ? Reply.silence : Promise.resolve(Reply.silence)),
  };
  await using server = await start('. { whoami\n}', { whoami });
  assert.equal(await server.ask('a.', 'A'), undefined);
  assert.equal(await server.ask('a.', 'TXT'), undefined);
});

test('a look-up goes through the whole server, with class IN and the same client', async () => {
  const hosts: FakePluginParts = { handle: (query) => query.lookup('Inner.COM.', RecordType.TXT) };
  const whoami: FakePluginParts = {
    handle: (query) =>
      sayText(`${query.name} ${query.class} ${query.client.address} ${query.depth} ${query.zone}`)(query),
  };
  await using server = await start('org { hosts\n}\ncom { whoami\n}', { hosts, whoami });
  const reply = await ask(server, 'a.org.', 'A', { from: '192.0.2.77' });
  assert.deepEqual(reply.answer.map(recordText), ['Inner.COM. 5 IN TXT "inner.com. 1 192.0.2.77 1 com."']);
  assert.equal(reply.question?.name, 'a.org.');
});

test('look-ups that go in a circle end in SERVFAIL', async () => {
  let depth = 0;
  const hosts: FakePluginParts = {
    handle: (query) => ((depth = query.depth), query.lookup('b.', RecordType.A)),
  };
  await using server = await start('. { hosts\n}', { hosts });
  assert.equal((await ask(server, 'a.')).rcode, Rcode.ServerFailure);
  assert.equal(depth, MAXIMUM_LOOKUP_DEPTH);
  assert.match(server.lines.join('\n'), /^\[ERROR\] b\. look-ups go in a circle$/);
  assert.equal(await dropped(server, 'SERVFAIL'), 1);
});

const packets: [title: string, packet: string, reply: string | undefined][] = [
  ['eleven bytes', '0000000000000000000000', undefined],
  ['a reply', '123481000001000000000000' + '0000010001', undefined],
  ['UPDATE', '123429100001000000000000' + '0000010001', '1234a9140000000000000000'],
  ['two questions', '123401000002000000000000' + '0000010001', '123481010000000000000000'],
  ['half a question', '123401000001000000000000' + '0161', '123481010000000000000000'],
  [
    'half an OPT record',
    '123401000001000000000001' + '0000010001' + '000029',
    '1234810100010000000000000000010001',
  ],
  ['NOTIFY', '123421000001000000000000' + '0000060001', '1234a0000001000100000000' + '0000060001'],
];
for (const [title, packet, reply] of packets) {
  test(`${title} as a packet`, async () => {
    await using server = await start('. { whoami\n}', answering);
    const sent = await server.send(Buffer.from(packet, 'hex'));
    const shown = sent && Buffer.from(sent).toString('hex');
    if (title === 'NOTIFY') assert.ok(shown?.startsWith(reply!));
    else assert.equal(shown, reply);
  });
}
