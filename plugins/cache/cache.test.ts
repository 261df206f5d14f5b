import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import type { AskOptions } from '../../test/kit/server.ts';
import { address, settled, soa, start, says } from './test-world.ts';

test('a repeat: AA set, RA and rcode as they were, case of the first query in records, question as asked', async () => {
  await using cached = await start(
    'cache',
    (query) =>
      new Reply({
        rcode: 3,
        answer: [],
        authority: [{ ...soa(60), name: query.originalName }],
        recursionAvailable: true,
      }),
  );
  const first = await cached.ask({ name: 'Www.example.org' });
  assert.equal(first.flags & HeaderFlag.AA, 0, 'AA untouched on a miss');
  const second = await cached.ask({ name: 'wWW.example.ORG' });
  assert.equal(cached.asked.length, 1);
  assert.equal(second.flags, HeaderFlag.QR | HeaderFlag.AA | HeaderFlag.RD | HeaderFlag.RA | Rcode.NameError);
  assert.equal(second.authority[0]!.name, 'Www.example.org.');
  assert.equal(second.question!.name, 'wWW.example.ORG.');
});

const keys: readonly {
  title: string;
  options: AskOptions & { name?: string; type?: string };
  same: boolean;
}[] = [
  { title: 'the same question', options: {}, same: true },
  { title: 'another type', options: { type: 'AAAA' }, same: false },
  { title: 'another name', options: { name: 'web.example.org' }, same: false },
  { title: 'EDNS without DO', options: { edns: {} }, same: true },
  { title: 'DO', options: { edns: { dnssecOk: true } }, same: false },
  { title: 'CD', options: { flags: HeaderFlag.RD | HeaderFlag.CD }, same: false },
  { title: 'AD', options: { flags: HeaderFlag.RD | HeaderFlag.AD }, same: true },
  { title: 'no RD', options: { flags: 0 }, same: true },
  { title: 'by TCP', options: { protocol: 'tcp' }, same: true },
];

for (const { title, options, same } of keys) {
  test(`key: ${title} is ${same ? 'the same entry' : 'another entry'}`, async () => {
    await using cached = await start('cache', { rcode: 3, authority: [soa(60)] });
    await cached.ask();
    await cached.ask(options);
    assert.equal(cached.asked.length, same ? 1 : 2);
  });
}

const authentic: readonly { title: string; options: AskOptions; expected: boolean }[] = [
  { title: 'plain', options: {}, expected: false },
  { title: 'with AD', options: { flags: HeaderFlag.RD | HeaderFlag.AD }, expected: true },
  { title: 'with DO', options: { edns: { dnssecOk: true } }, expected: true },
];

for (const { title, options, expected } of authentic) {
  test(`AD: a query ${title} ${expected ? 'gets' : 'does not get'} it, on a miss and on a hit`, async () => {
    await using cached = await start('cache', { answer: [address(60)], authenticData: true });
    for (let round = 0; round < 2; round++) {
      assert.equal(((await cached.ask(options)).flags & HeaderFlag.AD) !== 0, expected);
    }
    assert.equal(cached.asked.length, 1);
    assert.equal(cached.asked[0]!.flags & HeaderFlag.AD, HeaderFlag.AD, 'the next plugin is asked for it');
    await cached.ask();
    assert.equal(
      ((await cached.ask({ flags: HeaderFlag.AD })).flags & HeaderFlag.AD) !== 0,
      true,
      'kept for others',
    );
  });
}

test('an upstream OPT record is not passed on, but for its reason', async () => {
  const reason = [0, 15, 0, 2, 0, 18];
  const options = Uint8Array.of(0, 3, 0, 1, 7, ...reason);
  const edns = { udpSize: 4096, version: 0, dnssecOk: false, options };
  await using cached = await start('cache', { answer: [address(60)], edns });
  assert.equal((await cached.ask()).edns, undefined);
  assert.deepEqual([...(await cached.ask({ edns: {} })).edns!.options], reason);
});

test('a failure yields to a live answer, and does not replace it', async () => {
  await using cached = await start('cache {\nprefetch 1 1m 90%\n}', { answer: [address(60)] });
  await cached.ask();
  cached.answer = says({ rcode: 2 });
  cached.clock.advance(10_000);
  await cached.ask();
  await settled();
  assert.equal(cached.asked.length, 2, 'fetched in the background');
  assert.equal((await cached.ask()).answer.length, 1);
});

test('the least recently used entry goes first, and is counted', async () => {
  await using cached = await start('cache {\nsuccess 1\n}', { answer: [address(60)] });
  for (let index = 0; index < 1024; index++) await cached.ask({ name: `n${index}.example.org` });
  cached.clock.advance(1000);
  await cached.ask({ name: 'n0.example.org' });
  await cached.ask({ name: 'one-more.example.org' });
  assert.equal(cached.asked.length, 1025);
  await cached.ask({ name: 'n0.example.org' });
  assert.equal(cached.asked.length, 1025, 'n0 was used, so n1 went');
  await cached.ask({ name: 'n1.example.org' });
  assert.equal(cached.asked.length, 1026);
  const labels = 'server="dns://:53",type="success",zones=".",view=""';
  assert.equal(await cached.server.metric(`coredns_cache_evictions_total{${labels}}`), 2);
  assert.equal(await cached.server.metric(`coredns_cache_entries{${labels}}`), 1024);
});

test('one name does not get more than 128 entries', async () => {
  await using cached = await start('cache', { rcode: 3, authority: [soa(60)] });
  for (let type = 1000; type <= 1128; type++) await cached.ask({ type: `TYPE${type}` });
  assert.equal(cached.asked.length, 129);
  await cached.ask({ type: 'TYPE1128' });
  await cached.ask({ type: 'TYPE1001' });
  assert.equal(cached.asked.length, 129);
  await cached.ask({ type: 'TYPE1000' });
  assert.equal(cached.asked.length, 130, 'the oldest went');
  await cached.ask({ name: 'other.example.org', type: 'TYPE1000' });
  assert.equal(cached.asked.length, 131);
});

test('metrics: requests, hits by type, misses', async () => {
  await using cached = await start('cache example.org example.net', { answer: [address(60)] });
  await cached.ask();
  await cached.ask();
  cached.answer = says({ rcode: 3, authority: [soa(60)] });
  for (let round = 0; round < 3; round++) await cached.ask({ name: 'missing.example.org' });
  await cached.ask({ name: 'example.com' });
  const metric = (name: string, type = ''): Promise<number | undefined> =>
    cached.server.metric(
      `coredns_cache_${name}{server="dns://:53",${type && `type="${type}",`}zones="example.org.,example.net.",view=""}`,
    );
  assert.equal(await metric('requests_total'), 5);
  assert.equal(await metric('misses_total'), 2);
  assert.equal(await metric('hits_total', 'success'), 1);
  assert.equal(await metric('hits_total', 'denial'), 2);
  assert.equal(await metric('entries', 'success'), 1);
  assert.equal(await metric('entries', 'denial'), 1);
});

test('a synchronous chain stays synchronous, hit or miss', async () => {
  await using cached = await start('cache', { answer: [address(60)] });
  await cached.ask();
  const [query] = cached.asked;
  for (const name of [query!.name, 'another.example.org.']) {
    const reply = query!.arrival.resolve(query!.with({ name, originalName: name }));
    assert.ok(reply instanceof Reply, name);
  }
});
