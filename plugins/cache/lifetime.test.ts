import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { address, alias, record, soa, start } from './test-world.ts';

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
