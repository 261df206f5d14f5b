import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { HeaderFlag, Rcode, RecordType } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import type { AskOptions, TestServer } from '../../test/kit/server.ts';
import { cache } from './index.ts';

const address = (ttl: number, name = 'www.example.org.'): ResourceRecord => record(name, RecordType.A, ttl);
const soa = (ttl: number): ResourceRecord => record('example.org.', RecordType.SOA, ttl);
const alias = (ttl: number): ResourceRecord => record('www.example.org.', RecordType.CNAME, ttl);

function record(name: string, type: number, ttl: number): ResourceRecord {
  const data =
    type === RecordType.A ? Uint8Array.of(192, 0, 2, 1) : new Uint8Array(type === RecordType.SOA ? 22 : 1);
  return { name, type, class: 1, ttl, data };
}

/** A server with a cache, and what it asks of the plugin behind it. */
interface Cached extends AsyncDisposable {
  readonly server: TestServer;
  readonly clock: FakeClock;
  readonly asked: Query[];
  /** What the plugin behind the cache says from now on. */
  answer: (query: Query) => Reply | Promise<Reply>;
  ask(options?: AskOptions & { name?: string; type?: string }): Promise<Message>;
}

async function start(
  lines: string,
  answer: ReplyFields | ((query: Query) => Reply | Promise<Reply>),
): Promise<Cached> {
  const clock = new FakeClock();
  const asked: Query[] = [];
  const world = answering('whoami', (query) => {
    asked.push(query);
    return cached.answer(query);
  });
  const server = await startServer(`. {\n${lines}\nwhoami\n}`, { clock, plugins: pluginMap(cache, world) });
  const cached: Cached = {
    server,
    clock,
    asked,
    answer: typeof answer === 'function' ? answer : () => new Reply({ ...answer, source: 'whoami' }),
    ask: async ({ name = 'www.example.org', type = 'A', ...options } = {}) =>
      (await server.ask(name, type, options))!,
    [Symbol.asyncDispose]: () => server.close(),
  };
  return cached;
}

const says =
  (fields: ReplyFields): (() => Reply) =>
  () =>
    new Reply(fields);

const lifetimes: readonly {
  title: string;
  lines?: string;
  reply: ReplyFields;
  type?: string;
  ttl: number;
  kept: boolean;
}[] = [
  { title: 'an answer: its own TTL', reply: { answer: [address(60)] }, ttl: 60, kept: true },
  {
    title: 'the least TTL of all sections counts for all',
    reply: { answer: [address(60)], authority: [soa(50)], additional: [address(40)] },
    ttl: 40,
    kept: true,
  },
  { title: 'TTL 0 becomes 5', reply: { answer: [address(0)] }, ttl: 5, kept: true },
  { title: 'a day becomes an hour', reply: { answer: [address(86_400)] }, ttl: 3600, kept: true },
  { title: 'cache 30 caps', lines: 'cache 30', reply: { answer: [address(300)] }, ttl: 30, kept: true },
  {
    title: 'MINTTL of success',
    lines: 'cache {\nsuccess 1024 60 20\n}',
    reply: { answer: [address(2)] },
    ttl: 20,
    kept: true,
  },
  { title: 'NXDOMAIN with SOA', reply: { rcode: 3, authority: [soa(3000)] }, ttl: 1800, kept: true },
  {
    title: 'MINTTL of denial',
    lines: 'cache {\ndenial 1024 60 20\n}',
    reply: { rcode: 3, authority: [soa(2)] },
    ttl: 20,
    kept: true,
  },
  { title: 'NXDOMAIN without SOA', reply: { rcode: 3, additional: [address(60)] }, ttl: 60, kept: false },
  { title: 'NODATA', reply: { authority: [soa(40)] }, ttl: 40, kept: true },
  {
    title: 'a delegation counts as 5 s',
    reply: { authority: [record('example.org.', RecordType.NS, 60)] },
    ttl: 5,
    kept: true,
  },
  { title: 'SERVFAIL for 5 s', reply: { rcode: 2, additional: [address(60)] }, ttl: 5, kept: true },
  {
    title: 'servfail',
    lines: 'cache {\nservfail 20s\n}',
    reply: { rcode: 2, additional: [address(60)] },
    ttl: 20,
    kept: true,
  },
  {
    title: 'servfail 0',
    lines: 'cache {\nservfail 0\n}',
    reply: { rcode: 2, additional: [address(60)] },
    ttl: 0,
    kept: false,
  },
  { title: 'NOTIMP like SERVFAIL', reply: { rcode: 4, additional: [address(60)] }, ttl: 5, kept: true },
  { title: 'REFUSED is not kept', reply: { rcode: 5, additional: [address(60)] }, ttl: 5, kept: false },
  {
    title: 'an NXDOMAIN with answers is not kept',
    reply: { rcode: 3, answer: [alias(60)], authority: [soa(60)] },
    ttl: 5,
    kept: false,
  },
  {
    title: 'a truncated answer is not kept',
    reply: { answer: [address(60)], truncated: true },
    ttl: 60,
    kept: false,
  },
  { title: 'a CNAME that leads nowhere is not kept', reply: { answer: [alias(60)] }, ttl: 60, kept: false },
  {
    title: 'with a SOA it is NODATA',
    lines: 'cache {\ndenial 1024 30\n}',
    reply: { answer: [alias(60)], authority: [soa(60)] },
    ttl: 30,
    kept: true,
  },
  {
    title: 'a CNAME that leads to an answer',
    reply: { answer: [alias(60), address(50, 'web.example.org.')] },
    ttl: 50,
    kept: true,
  },
  { title: 'a CNAME that was asked for', reply: { answer: [alias(60)] }, type: 'CNAME', ttl: 60, kept: true },
  { title: 'a zone transfer is not kept', reply: { answer: [soa(60)] }, type: 'AXFR', ttl: 5, kept: false },
  {
    title: 'disable success',
    lines: 'cache {\ndisable success example.org\n}',
    reply: { answer: [address(2)] },
    ttl: 5,
    kept: false,
  },
  {
    title: 'disable success of another zone',
    lines: 'cache {\ndisable success example.net\n}',
    reply: { answer: [address(2)] },
    ttl: 5,
    kept: true,
  },
  {
    title: 'disable denial',
    lines: 'cache {\ndisable denial\n}',
    reply: { rcode: 3, authority: [soa(2)] },
    ttl: 5,
    kept: false,
  },
  {
    title: 'a name outside of ZONES passes untouched',
    lines: 'cache example.net',
    reply: { answer: [address(2)] },
    ttl: 2,
    kept: false,
  },
];

for (const { title, lines = 'cache', reply, type = 'A', ttl, kept } of lifetimes) {
  test(`lifetime: ${title}`, async () => {
    await using cached = await start(lines, reply);
    const first = await cached.ask({ type });
    for (const { ttl: sent } of [...first.answer, ...first.authority, ...first.additional])
      assert.equal(sent, ttl);
    const second = await cached.ask({ type });
    assert.equal(cached.asked.length, kept ? 1 : 2);
    assert.equal(second.rcode, reply.rcode ?? 0);
    if (!kept) return;
    cached.clock.advance(ttl * 1000 - 1);
    const last = await cached.ask({ type });
    for (const { ttl: sent } of [...last.answer, ...last.authority, ...last.additional])
      assert.equal(sent, 1);
    assert.equal(cached.asked.length, 1, 'kept to its last second');
    cached.clock.advance(1);
    await cached.ask({ type });
    assert.equal(cached.asked.length, 2, 'and no longer');
  });
}

test('an empty NOERROR without SOA is kept for 5 s', async () => {
  await using cached = await start('cache', {});
  await cached.ask();
  cached.clock.advance(4999);
  await cached.ask();
  assert.equal(cached.asked.length, 1);
  cached.clock.advance(1);
  await cached.ask();
  assert.equal(cached.asked.length, 2);
});

test('what was not sent is not kept', async () => {
  await using cached = await start('cache', () =>
    Reply.failure(Rcode.ServerFailure, 'whoami', new Error('no')),
  );
  await cached.ask();
  await cached.ask();
  assert.equal(cached.asked.length, 2);
});

test('TTLs count down in whole seconds; keepttl keeps them', async () => {
  for (const [lines, expected] of [
    ['cache', [60, 60, 59, 30]],
    ['cache {\nkeepttl\n}', [60, 60, 60, 60]],
  ] as const) {
    await using cached = await start(lines, { answer: [address(60)] });
    const seen: number[] = [];
    for (const wait of [0, 999, 1, 29_000]) {
      cached.clock.advance(wait);
      seen.push((await cached.ask()).answer[0]!.ttl);
    }
    assert.deepEqual(seen, expected);
    assert.equal(cached.asked.length, 1);
  }
});

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

test('an upstream OPT record is not passed on', async () => {
  const edns = { udpSize: 4096, version: 0, dnssecOk: false, options: Uint8Array.of(0, 15, 0, 2, 0, 18) };
  await using cached = await start('cache', { answer: [address(60)], edns });
  assert.equal((await cached.ask()).edns, undefined);
  assert.equal((await cached.ask({ edns: {} })).edns!.options.length, 0);
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

test('prefetch: a popular answer is fetched by TCP before it runs out, once', async () => {
  await using cached = await start('cache {\nprefetch 2 1m 50%\n}', { answer: [address(60)] });
  await cached.ask();
  await cached.ask();
  cached.clock.advance(29_000);
  await cached.ask();
  assert.equal(cached.asked.length, 1, 'too early');
  let answerLate: ((reply: Reply) => void) | undefined;
  cached.answer = () => new Promise((resolve) => (answerLate = resolve));
  cached.clock.advance(1000);
  await cached.ask();
  await cached.ask();
  assert.equal(cached.asked.length, 2, 'one fetch at a time');
  assert.equal(cached.asked[1]!.client.protocol, 'tcp');
  answerLate!(new Reply({ answer: [address(60)] }));
  await settled();
  assert.equal((await cached.ask()).answer[0]!.ttl, 60);
  assert.equal(
    await cached.server.metric('coredns_cache_prefetch_total{server="dns://:53",zones=".",view=""}'),
    1,
  );
  cached.clock.advance(30_000);
  await cached.ask();
  assert.equal(cached.asked.length, 3, 'still popular');
});

test('prefetch: hits that are too far apart do not count', async () => {
  await using cached = await start('cache {\nprefetch 2 5s 90%\n}', { answer: [address(60)] });
  for (let round = 0; round < 5; round++) {
    await cached.ask();
    cached.clock.advance(6000);
  }
  assert.equal(cached.asked.length, 1);
});

/** Lets what waits for settled promises run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('serve_stale: without it nothing is', async () => {
  await using cached = await start('cache', { answer: [address(60)] });
  await cached.ask();
  cached.answer = says({ rcode: 2 });
  cached.clock.advance(60_000);
  assert.equal((await cached.ask()).rcode, Rcode.ServerFailure);
});

test('serve_stale immediate: the old answer at once, the new one from then on', async () => {
  await using cached = await start('cache {\nserve_stale 1h immediate 7s\n}', { answer: [address(60)] });
  await cached.ask();
  cached.clock.advance(61_000);
  cached.answer = says({ answer: [address(50)] });
  assert.equal((await cached.ask()).answer[0]!.ttl, 7);
  await settled();
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
  assert.equal(
    await cached.server.metric('coredns_cache_served_stale_total{server="dns://:53",zones=".",view=""}'),
    1,
  );
});

test('serve_stale immediate: a failed refresh changes nothing, and RECHECK holds the next one back', async () => {
  await using cached = await start('cache {\nserve_stale 1h immediate 0s 30s\n}', { answer: [address(60)] });
  await cached.ask();
  cached.clock.advance(61_000);
  cached.answer = () => Promise.reject(new Error('broken'));
  for (const asked of [2, 2]) {
    assert.equal((await cached.ask()).answer[0]!.ttl, 0);
    await settled();
    assert.equal(cached.asked.length, asked);
  }
  cached.clock.advance(30_000);
  await cached.ask();
  assert.equal(cached.asked.length, 3);
});

test('serve_stale: not longer than it says, and never a failure', async () => {
  await using cached = await start('cache {\nserve_stale 1m\n}', { answer: [address(60)] });
  await cached.ask();
  cached.answer = says({ rcode: 2 });
  cached.clock.advance(120_000);
  assert.equal((await cached.ask()).rcode, Rcode.ServerFailure);
  cached.clock.advance(6000);
  cached.answer = says({ answer: [address(60)] });
  assert.equal((await cached.ask()).rcode, Rcode.NoError);
});

const verifications: readonly { title: string; answer: () => Reply | Promise<Reply>; fresh: boolean }[] = [
  { title: 'a new answer counts', answer: says({ answer: [address(50)] }), fresh: true },
  { title: 'so does NXDOMAIN', answer: says({ rcode: 3, authority: [soa(50)] }), fresh: true },
  { title: 'SERVFAIL does not', answer: says({ rcode: 2 }), fresh: false },
  { title: 'nor does a failure', answer: () => Reply.failure(Rcode.ServerFailure, 'whoami'), fresh: false },
  { title: 'nor REFUSED', answer: says({ rcode: 5 }), fresh: false },
  { title: 'nor an exception', answer: () => Promise.reject(new Error('broken')), fresh: false },
];

for (const { title, answer, fresh } of verifications) {
  test(`serve_stale verify: ${title}`, async () => {
    await using cached = await start('cache {\nserve_stale 1h verify\n}', { answer: [address(60)] });
    await cached.ask();
    cached.clock.advance(61_000);
    cached.answer = answer;
    const { answer: records, authority } = await cached.ask();
    assert.equal([...records, ...authority][0]!.ttl, fresh ? 50 : 0);
    assert.equal(cached.asked.length, 2);
  });
}

test('serve_stale verify: after TIMEOUT the old answer is given, and the new one kept when it comes', async () => {
  await using cached = await start('cache {\nserve_stale 1h verify 300ms\n}', { answer: [address(60)] });
  await cached.ask();
  cached.clock.advance(61_000);
  let answerLate: ((reply: Reply) => void) | undefined;
  cached.answer = () => new Promise((resolve) => (answerLate = resolve));
  const reply = cached.ask();
  cached.clock.advance(300);
  assert.equal((await reply).answer[0]!.ttl, 0);
  answerLate!(new Reply({ answer: [address(50)] }));
  await settled();
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
});

for (const [policy, rcode] of [
  ['', Rcode.NameError],
  ['serve_stale_policy prefer_positive', Rcode.NoError],
] as const) {
  test(`serve_stale ${policy}: an old answer ${rcode === 0 ? 'stays before' : 'ends with'} a new NXDOMAIN`, async () => {
    await using cached = await start(`cache {\nserve_stale\n${policy}\n}`, { answer: [address(60)] });
    await cached.ask();
    cached.answer = says({ rcode: 3, authority: [soa(60)] });
    cached.clock.advance(61_000);
    assert.equal((await cached.ask()).rcode, Rcode.NoError);
    await settled();
    assert.equal((await cached.ask()).rcode, rcode);
  });
}

test('an answer ends what was said before: an NXDOMAIN that has run out', async () => {
  await using cached = await start('cache {\nserve_stale\n}', { rcode: 3, authority: [soa(30)] });
  await cached.ask();
  cached.answer = says({ answer: [address(60)] });
  cached.clock.advance(30_000);
  assert.equal((await cached.ask()).rcode, Rcode.NameError);
  await settled();
  assert.equal((await cached.ask()).rcode, Rcode.NoError);
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
