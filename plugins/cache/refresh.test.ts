import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { address, says, settled, Slow, soa, start } from './test-world.ts';

const fresh = new Reply({ answer: [address(50)] });

/** A cache with an answer that has run out, and a plugin that does not answer yet. */
async function expired(lines: string, fields: ReplyFields = { answer: [address(60)] }) {
  const cached = await start(`cache {\n${lines}\n}`, fields);
  await cached.ask();
  cached.clock.advance(61_000);
  const slow = new Slow();
  cached.answer = slow.answer;
  return { cached, slow, [Symbol.asyncDispose]: () => cached[Symbol.asyncDispose]() };
}

test('refresh: an upstream that answers within 1.8 s is never kept waiting behind an old answer', async () => {
  await using world = await expired('serve_stale 1h refresh');
  const { cached, slow } = world;
  const reply = cached.ask();
  cached.clock.advance(1799);
  await slow.say(fresh);
  assert.equal((await reply).answer[0]!.ttl, 50);
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
  assert.equal(cached.asked.length, 2);
});

test('refresh: after 1.8 s the old answer with TTL 30; the next clients get it at once, the query goes on', async () => {
  await using world = await expired('serve_stale 1h refresh');
  const { cached, slow } = world;
  const first = cached.ask();
  await settled();
  cached.clock.advance(1800);
  assert.equal((await first).answer[0]!.ttl, 30);
  for (let client = 0; client < 3; client++) assert.equal((await cached.ask()).answer[0]!.ttl, 30);
  assert.equal(cached.asked.length, 2, 'still the one query');
  await slow.say(fresh);
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
});

test('refresh: after a failure none is tried for 30 s, and the old answer comes at once', async () => {
  await using world = await expired('serve_stale 1h refresh');
  const { cached } = world;
  cached.answer = says({ rcode: 2 });
  for (let client = 0; client < 3; client++) assert.equal((await cached.ask()).answer[0]!.ttl, 30);
  assert.equal(cached.asked.length, 2);
  cached.clock.advance(29_999);
  await cached.ask();
  assert.equal(cached.asked.length, 2);
  cached.clock.advance(1);
  cached.answer = () => fresh;
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
});

for (const mode of ['immediate', 'verify', 'verify 300ms', 'refresh']) {
  test(`${mode}: one refresh in flight for a question, however many ask`, async () => {
    await using world = await expired(`serve_stale 1h ${mode}`);
    const { cached, slow } = world;
    const replies = Array.from({ length: 100 }, () => cached.ask());
    await settled();
    assert.equal(cached.asked.length, 2);
    await slow.say(fresh);
    const ttl = mode === 'immediate' ? 0 : 50;
    for (const reply of replies) assert.equal((await reply).answer[0]!.ttl, ttl);
    assert.equal((await cached.ask()).answer[0]!.ttl, 50);
    assert.equal(cached.asked.length, 2);
  });

  for (const [title, fields, code] of [
    ['an answer', { answer: [address(60)] }, 3],
    ['NXDOMAIN', { rcode: Rcode.NameError, authority: [soa(60)] }, 19],
    ['NODATA', { authority: [soa(60)] }, 3],
  ] as const) {
    test(`${mode}: ${title} that is old says so by Extended DNS Error ${code}, to who sent EDNS`, async () => {
      await using world = await expired(`serve_stale 1h ${mode}`, fields);
      const { cached } = world;
      cached.answer = says({ rcode: 2 });
      assert.equal((await cached.ask()).edns, undefined);
      const old = await cached.ask({ edns: {} });
      assert.equal(readExtendedError(old.edns)?.code, code);
      assert.equal(old.edns!.udpSize, 1232);
    });
  }
}

test('a failed refresh is not tried again for a second at least (RFC 9520), unless servfail is 0', async () => {
  for (const [lines, tries] of [
    ['serve_stale', 1],
    ['serve_stale\nservfail 0', 5],
  ] as const) {
    await using world = await expired(lines);
    const { cached } = world;
    cached.answer = says({ rcode: 2 });
    for (let client = 0; client < 5; client++) {
      await cached.ask();
      await settled();
    }
    assert.equal(cached.asked.length, 1 + tries, lines);
    cached.clock.advance(1000);
    await cached.ask();
    assert.equal(cached.asked.length, 2 + tries, lines);
  }
});

test('who waited for a refresh whose answer is not kept asks for itself', async () => {
  await using world = await expired('serve_stale 1h verify');
  const { cached, slow } = world;
  const replies = [cached.ask(), cached.ask({ protocol: 'tcp' })];
  await settled();
  assert.equal(cached.asked.length, 2);
  cached.answer = () => fresh;
  await slow.say(new Reply({ answer: [address(40)], truncated: true }));
  assert.deepEqual(
    (await Promise.all(replies)).map(({ answer }) => answer[0]!.ttl),
    [40, 50],
  );
});

test('prefer_positive: the old answer is given, and not asked for while the NXDOMAIN is fresh', async () => {
  await using world = await expired('serve_stale\nserve_stale_policy prefer_positive');
  const { cached } = world;
  cached.answer = says({ rcode: 3, authority: [soa(20)] });
  for (let second = 0; second < 20; second++) {
    assert.equal((await cached.ask()).rcode, Rcode.NoError);
    await settled();
    cached.clock.advance(1000);
  }
  assert.equal(cached.asked.length, 2);
  await cached.ask();
  assert.equal(cached.asked.length, 3);
});

test('refresh: an answer that is older than allowed is not given', async () => {
  await using world = await expired('serve_stale 1m refresh');
  const { cached } = world;
  cached.clock.advance(60_000);
  cached.answer = says({ rcode: 2 });
  assert.equal((await cached.ask()).rcode, Rcode.ServerFailure);
});
