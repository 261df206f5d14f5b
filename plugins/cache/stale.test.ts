import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { address, settled, soa, start, says } from './test-world.ts';

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
