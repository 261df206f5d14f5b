import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { HeaderFlag, OptionCode, Rcode } from '../../src/wire/codes.ts';
import { writeOptions } from '../../src/wire/edns.ts';
import { extendedErrorOption, readExtendedError } from '../../src/wire/extended-error.ts';
import type { AskOptions } from '../../test/kit/server.ts';
import { address, says, settled, Slow, soa, start } from './test-world.ts';

test('10,000 clients that miss the same name at once: one query, an answer for each', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  const replies = Array.from({ length: 10_000 }, (_, client) =>
    cached.ask({ protocol: client % 7 === 0 ? 'tcp' : 'udp' }),
  );
  await settled();
  assert.equal(cached.asked.length, 1);
  await slow.say(new Reply({ answer: [address(60)] }));
  for (const reply of replies) assert.equal((await reply).answer[0]!.ttl, 60);
  assert.equal(cached.asked.length, 1);
});

const strangers: readonly { title: string; options: AskOptions & { name?: string; type?: string } }[] = [
  { title: 'DO', options: { edns: { dnssecOk: true } } },
  { title: 'CD', options: { flags: HeaderFlag.RD | HeaderFlag.CD } },
  { title: 'another type', options: { type: 'AAAA' } },
  { title: 'another name', options: { name: 'web.example.org' } },
];
for (const { title, options } of strangers) {
  test(`a query with ${title} does not wait for one without`, async () => {
    const slow = new Slow();
    await using cached = await start('cache', slow.answer);
    const replies = [cached.ask(), cached.ask(options)];
    await settled();
    assert.equal(cached.asked.length, 2);
    await slow.say(new Reply({ answer: [address(60)] }));
    await Promise.all(replies);
  });
}

const unkept: readonly { title: string; fields: ReplyFields }[] = [
  { title: 'cut', fields: { answer: [address(60)], truncated: true } },
  { title: 'REFUSED', fields: { rcode: Rcode.Refused } },
  { title: 'NXDOMAIN without SOA', fields: { rcode: Rcode.NameError } },
];
for (const { title, fields } of unkept) {
  test(`an answer that is not kept (${title}) is not shared: who waited asks`, async () => {
    const slow = new Slow();
    await using cached = await start('cache', slow.answer);
    const replies = [cached.ask(), cached.ask({ protocol: 'tcp' }), cached.ask()];
    await settled();
    await slow.say(new Reply(fields));
    assert.equal(cached.asked.length, 3);
    assert.equal(cached.asked[1]!.client.protocol, 'tcp');
    await slow.say(new Reply(fields));
    for (const reply of replies) assert.equal((await reply).rcode, fields.rcode ?? 0);
  });
}

test('an exception fails the query that met it; who waited asks', async () => {
  let fail: ((error: Error) => void) | undefined;
  await using cached = await start('cache', () => new Promise((_, reject) => (fail = reject)));
  const replies = [cached.ask(), cached.ask()];
  await settled();
  cached.answer = says({ answer: [address(60)] });
  fail!(new Error('broken'));
  assert.deepEqual(
    (await Promise.all(replies)).map(({ rcode }) => rcode),
    [Rcode.ServerFailure, Rcode.NoError],
  );
});

test('AD is for those of the waiting who asked for it', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  const replies = [cached.ask(), cached.ask({ flags: HeaderFlag.RD | HeaderFlag.AD }), cached.ask()];
  await settled();
  await slow.say(new Reply({ answer: [address(60)], authenticData: true }));
  const flags = (await Promise.all(replies)).map(({ flags }) => (flags & HeaderFlag.AD) !== 0);
  assert.deepEqual(flags, [false, true, false]);
});

test('a look-up for the very same name from within does not wait for itself', async () => {
  await using cached = await start('cache', async (query) => {
    await Promise.resolve();
    if (query.depth === 0) return await query.lookup(query.name, query.type);
    return new Reply({ answer: [address(60)] });
  });
  assert.equal((await cached.ask()).answer.length, 1);
  assert.deepEqual(
    cached.asked.map(({ depth }) => depth),
    [0, 1],
  );
});

test('a plugin that never answers does not take later queries with it', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  void cached.ask();
  cached.clock.advance(9999);
  void cached.ask();
  await settled();
  assert.equal(cached.asked.length, 1);
  cached.clock.advance(1);
  cached.answer = says({ answer: [address(60)] });
  assert.equal((await cached.ask()).answer.length, 1);
});

const late = (): Promise<Reply> =>
  Promise.resolve(Reply.failure(Rcode.ServerFailure, 'whoami', new Error('no upstream')));

const cookie = { code: OptionCode.Cookie, data: new Uint8Array(8) };

test('a failure with records keeps its reason, and nothing else of its OPT record', async () => {
  const option = extendedErrorOption({ code: 14, text: 'not all is known yet' });
  const edns = { udpSize: 4096, version: 0, dnssecOk: true, options: writeOptions([cookie, option]) };
  await using cached = await start('cache', says({ rcode: Rcode.ServerFailure, edns }));
  const first = (await cached.ask({ edns: {} })).edns!;
  assert.deepEqual(first, { ...edns, udpSize: 1232, dnssecOk: false, options: writeOptions([option]) });
  const repeat = await cached.ask({ edns: {} });
  assert.deepEqual(readExtendedError(repeat.edns), { code: 13, text: 'not all is known yet' });
  assert.equal((await cached.ask()).edns, undefined);
  assert.equal(cached.asked.length, 1);
});

for (const first of ['with', 'without'] as const) {
  test(`what an answer says of its age is kept, for who asks with EDNS: fetched ${first} it`, async () => {
    const extendedError = { code: 3, text: 'the source is silent' };
    await using cached = await start('cache', says({ answer: [address(60)], extendedError }));
    if (first === 'without') assert.equal((await cached.ask()).edns, undefined);
    for (const title of ['the first', 'the repeat']) {
      const { edns } = await cached.ask({ edns: {} });
      assert.deepEqual(readExtendedError(edns), extendedError, title);
    }
    assert.equal((await cached.ask()).edns, undefined, 'nothing for a client without EDNS');
    assert.equal(cached.asked.length, 1);
  });
}

test('a failure that took its time is remembered for a second, and says so', async () => {
  await using cached = await start('cache', () =>
    late().then((reply) => reply.with({ extendedError: { code: 22, text: 'all are down' } })),
  );
  assert.deepEqual(readExtendedError((await cached.ask({ edns: {} })).edns), {
    code: 22,
    text: 'all are down',
  });
  cached.clock.advance(999);
  const repeat = await cached.ask({ edns: {} });
  assert.equal(repeat.rcode, Rcode.ServerFailure);
  assert.equal(repeat.flags & HeaderFlag.AA, 0);
  assert.deepEqual(readExtendedError(repeat.edns), { code: 13, text: 'all are down' });
  assert.equal((await cached.ask()).edns, undefined, 'nothing for a client without EDNS');
  assert.equal(cached.asked.length, 1);
  cached.clock.advance(1);
  cached.answer = says({ answer: [address(60)] });
  assert.equal((await cached.ask()).answer.length, 1);
});

test('servfail 0: no failure is remembered', async () => {
  await using cached = await start('cache {\nservfail 0\n}', late);
  await cached.ask();
  await cached.ask();
  assert.equal(cached.asked.length, 2);
});

for (const [title, fields] of [
  ['an answer', { answer: [address(60)] }],
  ['NXDOMAIN', { rcode: 3, authority: [soa(60)] }],
] as const) {
  test(`no failure takes the place of ${title}, nor is it asked for again and again`, async () => {
    await using cached = await start('cache {\nprefetch 1 1m 90%\n}', fields);
    await cached.ask();
    cached.clock.advance(10_000);
    for (const failure of [late, says({ rcode: 2 })]) {
      cached.answer = failure;
      const before = cached.asked.length;
      for (let round = 0; round < 5; round++) {
        assert.equal((await cached.ask()).rcode, 'rcode' in fields ? 3 : 0);
        await settled();
      }
      assert.equal(cached.asked.length, before + 1);
      cached.clock.advance(1000);
    }
  });
}

test('of failures that have run out nothing is left, however many there were', async () => {
  await using cached = await start('cache', () =>
    Promise.resolve(Reply.failure(Rcode.ServerFailure, 'whoami')),
  );
  const entries = 'coredns_cache_entries{server="dns://:53",type="denial",zones=".",view=""}';
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 20; index++) await cached.ask({ name: `n${index}.${round}.example` });
    assert.equal(await cached.server.metric(entries), 20);
    cached.clock.advance(1000);
  }
});

test('16,384 wait for what others have asked; more are for the next plugin to bear', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  for (const [name, clients, asked] of [
    ['a.example', 16_400, 16],
    ['b.example', 2, 1],
  ] as const) {
    const before = cached.asked.length;
    const replies = Array.from({ length: clients }, () => cached.ask({ name }));
    assert.equal(cached.asked.length - before, asked);
    await slow.say(new Reply({ answer: [address(60)] }));
    for (const reply of await Promise.all(replies)) assert.equal(reply.answer.length, 1);
  }
});
