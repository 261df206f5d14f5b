import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheFlush } from '../../src/plugin/capability.ts';
import type { FlushableCache, FlushScope } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { address, says, settled, Slow, start } from './test-world.ts';
import type { Cached } from './test-world.ts';

const NAMES = ['example.org', 'www.example.org', 'a.www.example.org', 'wwww.example.org', 'example.net'];

function flushOf(cached: Cached): FlushableCache {
  const [offered, ...others] = cached.server.signpost.configuration!.offered(CacheFlush);
  assert.deepEqual(others, []);
  return offered!;
}

const scopes: readonly { title: string; scope: FlushScope; gone: readonly string[] }[] = [
  { title: 'a name', scope: { name: 'www.example.org.' }, gone: ['www.example.org'] },
  {
    title: 'a subtree',
    scope: { subtree: 'www.example.org.' },
    gone: ['www.example.org', 'a.www.example.org'],
  },
  { title: 'a name that is not there', scope: { name: 'web.example.org.' }, gone: [] },
  { title: 'the root as a subtree', scope: { subtree: '.' }, gone: NAMES },
  { title: 'all', scope: 'all', gone: NAMES },
];
for (const { title, scope, gone } of scopes) {
  test(`flush of ${title}: ${gone.length} names are asked anew, in all types`, async () => {
    await using cached = await start(
      'cache',
      ({ originalName }) =>
        new Reply({ answer: [{ ...address(60, originalName), type: 16 }, address(60, originalName)] }),
    );
    for (const name of NAMES) for (const type of ['A', 'TXT']) await cached.ask({ name, type });
    assert.equal(flushOf(cached).flush(scope), 2 * gone.length);
    for (const name of NAMES) {
      for (const type of ['A', 'TXT']) {
        const before = cached.asked.length;
        await cached.ask({ name, type });
        assert.equal(cached.asked.length - before, gone.includes(name) ? 1 : 0, `${name} ${type}`);
      }
    }
  });
}

test('denials and answers that have run out are forgotten too', async () => {
  await using cached = await start('cache {\nserve_stale\n}', { answer: [address(60)] });
  await cached.ask();
  cached.clock.advance(61_000);
  assert.equal(flushOf(cached).flush('all'), 1);
  cached.answer = says({ answer: [address(50)] });
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
});

test('what was asked before the flush is not kept, and nobody is made to wait for it', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  const before = cached.ask();
  await settled();
  flushOf(cached).flush({ name: 'www.example.org.' });
  cached.answer = says({ answer: [address(50)] });
  assert.equal((await cached.ask()).answer[0]!.ttl, 50);
  await slow.say(new Reply({ answer: [address(60)] }));
  assert.equal((await before).answer[0]!.ttl, 60);
  assert.equal((await cached.ask()).answer[0]!.ttl, 50, 'the new one stays');
});

test('who waited across the flush asks for itself', async () => {
  const slow = new Slow();
  await using cached = await start('cache', slow.answer);
  const waiting = [cached.ask(), cached.ask()];
  await settled();
  flushOf(cached).flush('all');
  cached.answer = says({ answer: [address(50)] });
  await slow.say(new Reply({ answer: [address(60)] }));
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ answer }) => answer[0]!.ttl),
    [60, 50],
  );
});

test('the zones are offered with it', async () => {
  await using cached = await start('cache 30 example.org', { answer: [] });
  assert.deepEqual(flushOf(cached).zones, ['example.org.']);
});
