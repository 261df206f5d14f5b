import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { cache } from './index.ts';

const MEBIBYTE = 2 ** 20;

/** Two server blocks, each with a cache, and how often the plugin behind them was asked. */
async function twoBlocks(first: string, second: string) {
  const clock = new FakeClock();
  let asked = 0;
  const world = answering('whoami', ({ name }) => {
    asked++;
    return new Reply({
      answer: [{ name, type: RecordType.TXT, class: 1, ttl: 600, data: new Uint8Array(200) }],
    });
  });
  const corefile = (one: string, other: string): string =>
    `a {\ncache {\n${one}\n}\nwhoami\n}\nb {\ncache {\n${other}\n}\nwhoami\n}`;
  const server = await startServer(corefile(first, second), { clock, plugins: pluginMap(cache, world) });
  return {
    server,
    clock,
    corefile,
    /** Asks for that many names of a zone and returns how many were not in the cache. */
    async ask(zone: string, count: number, from = 0): Promise<number> {
      const before = asked;
      for (let index = from; index < from + count; index++) await server.ask(`n${index}.${zone}`, 'TXT');
      return asked - before;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function bytes(server: TestServer): Promise<number | undefined> {
  return server.metric('signpost_cache_bytes');
}

test('max_bytes bounds all server blocks together; what is hot stays, in whatever block', async () => {
  await using world = await twoBlocks('max_bytes 1Mi', '');
  await world.ask('a', 50);
  let flooded = 0;
  for (let round = 0; round < 30; round++) {
    world.clock.advance(1000);
    await world.ask('b', 100, flooded);
    flooded += 100;
    assert.equal(await world.ask('a', 50), 0, 'hot');
    assert.ok((await bytes(world.server))! <= MEBIBYTE);
  }
  assert.ok((await bytes(world.server))! > MEBIBYTE * 0.99, 'what there is is used');
  assert.equal(await world.ask('b', 100), 100, 'the first of the flood have gone');
  assert.equal(await world.ask('b', 100, flooded - 100), 0, 'the last are there');
  const evictions = await world.server.metric(
    'coredns_cache_evictions_total{server="dns://:53",type="success",zones="b.",view=""}',
  );
  const left = await world.server.metric(
    'coredns_cache_entries{server="dns://:53",type="success",zones="b.",view=""}',
  );
  // The first hundred came a second time.
  assert.equal(evictions, flooded + 100 - left!);
});

test('the least max_bytes of all blocks counts; without any it is 64 MiB', async () => {
  for (const [first, second, expected] of [
    ['max_bytes 2Mi', 'max_bytes 1Mi', MEBIBYTE],
    ['max_bytes 1Mi', 'max_bytes 2Mi', MEBIBYTE],
    ['max_bytes 2Mi', '', 2 * MEBIBYTE],
  ] as const) {
    await using world = await twoBlocks(first, second);
    await world.ask('a', 1500);
    const used = (await bytes(world.server))!;
    assert.ok(used <= expected && used > expected * 0.99, `${used} of ${expected}`);
  }
  await using world = await twoBlocks('', '');
  await world.ask('a', 1500);
  assert.ok((await bytes(world.server))! > 2 * MEBIBYTE);
});

test('entries that are replaced, run out or closed give their bytes back', async () => {
  await using world = await twoBlocks('success 1024', '');
  await world.ask('a', 1);
  const one = (await bytes(world.server))!;
  assert.ok(one > 500 && one < 2000, `${one} bytes`);
  world.clock.advance(3_600_000);
  assert.equal(await world.ask('a', 1), 1);
  assert.equal(await bytes(world.server), one, 'replaced');
  await world.ask('a', 2000, 10_000);
  // Names of five digits instead of one, in the entry and in its record.
  assert.equal(await bytes(world.server), 1024 * (one + 8), 'evicted for their number');
  world.server.corefile = world.corefile('max_bytes 3Mi', '');
  await world.server.signpost.reload();
  assert.equal(await bytes(world.server), 0, 'gone with their block');
});
