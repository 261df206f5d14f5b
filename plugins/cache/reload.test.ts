import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { fakePlugin } from '../../test/kit/fake-plugin.ts';
import { startServer } from '../../test/kit/server.ts';
import { cache } from './index.ts';
import { address, settled, Slow } from './test-world.ts';

/** A server whose plugin behind the cache counts what it is asked. */
async function world(corefile: string, answer: (query: Query) => Reply | Promise<Reply> = says60) {
  const asked: string[] = [];
  const whoami = answering('whoami', (query) => {
    asked.push(query.name);
    return answer(query);
  });
  const server = await startServer(corefile, {
    plugins: pluginMap(cache, whoami, fakePlugin('erratic', {})),
  });
  return {
    server,
    asked,
    async reload(text: string): Promise<void> {
      server.corefile = text;
      await server.signpost.reload();
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const says60 = ({ name }: Query): Reply => new Reply({ answer: [address(60, name)] });
const stock = '. {\n cache 30\n whoami\n}';

const reloads: readonly { title: string; before?: string; after: string; kept: boolean }[] = [
  { title: 'nothing', after: stock, kept: true },
  { title: 'comments and lines', after: `# a comment\n\n.   {\n\n  cache "30"\n  whoami # x\n}`, kept: true },
  { title: 'another block', after: `b {\n whoami\n}\n${stock}`, kept: true },
  { title: 'an argument of cache', after: '. {\n cache 31\n whoami\n}', kept: false },
  { title: 'a property of cache', after: '. {\n cache 30 {\n keepttl\n }\n whoami\n}', kept: false },
  { title: 'another directive', after: '. {\n cache 30\n whoami\n erratic\n}', kept: false },
  { title: 'the keys', after: '. b {\n cache 30\n whoami\n}', kept: false },
  { title: 'a Corefile that is broken, which is not taken', after: '. {\n cache 0\n}', kept: true },
  {
    title: 'the order of directives, which may count within a plugin',
    after: '. {\n whoami\n cache 30\n}',
    kept: false,
  },
];
for (const { title, after, kept } of reloads) {
  test(`a reload that changes ${title}: answers ${kept ? 'stay' : 'go'}`, async () => {
    await using running = await world(stock);
    await running.server.ask('web.example', 'A');
    await running.reload(after);
    for (let round = 0; round < 2; round++) {
      assert.equal((await running.server.ask('web.example', 'A'))!.answer.length, 1);
    }
    assert.equal(running.asked.length, kept ? 1 : 2);
  });
}

test('answers stay over many reloads, and are given back once their block is gone', async () => {
  await using running = await world(stock);
  const bytes = (): Promise<number | undefined> => running.server.metric('signpost_cache_bytes');
  await running.server.ask('web.example', 'A');
  for (let round = 0; round < 5; round++) await running.reload(`b${round} {\n cache\n whoami\n}\n${stock}`);
  await running.server.ask('web.example', 'A');
  assert.equal(running.asked.length, 1);
  assert.ok((await bytes())! > 0);
  await running.reload('b {\n cache\n whoami\n}');
  assert.equal(await bytes(), 0);
});

test('an answer that other server blocks had a say in does not outlive their configuration', async () => {
  const corefile = (target: string): string => `a {\n cache\n whoami\n}\nb {\n ${target}\n}`;
  await using running = await world(corefile('whoami'), (query) =>
    query.name === 'www.a.' ? query.lookup('www.b.', query.type) : says60(query),
  );
  await running.server.ask('www.a', 'A');
  await running.server.ask('www.a', 'A');
  assert.deepEqual(running.asked, ['www.a.', 'www.b.'], 'kept until the reload');
  await running.reload(corefile('erratic'));
  await running.server.ask('www.a', 'A');
  assert.deepEqual(running.asked, ['www.a.', 'www.b.', 'www.a.']);
});

test('local data that a configuration gives up takes its answers with it', async () => {
  let asked = 0;
  let cells!: VersionCells;
  let cell = 0;
  const whoami = fakePlugin('whoami', {
    setup: (controller) => {
      cells = controller.cells;
      const own = cells.allocate();
      cell = own;
      controller.onStop(() => cells.release(own));
    },
    handle: (query) => {
      asked++;
      query.dependencies.read(cells, cell);
      return says60(query);
    },
  });
  await using server = await startServer(stock, { plugins: pluginMap(cache, whoami) });
  await server.ask('web.example', 'A');
  await server.ask('web.example', 'A');
  assert.equal(asked, 1);
  await server.signpost.reload();
  await server.ask('web.example', 'A');
  assert.equal(asked, 2);
});

test('a query under way at the reload is shared by those who ask after it', async () => {
  const slow = new Slow();
  await using running = await world(stock, slow.answer);
  const before = running.server.ask('web.example', 'A');
  await settled();
  const reloading = running.reload(`b {\n whoami\n}\n${stock}`);
  for (let turn = 0; turn < 5; turn++) await settled();
  const after = running.server.ask('web.example', 'A');
  await settled();
  assert.equal(running.asked.length, 1);
  await slow.say(new Reply({ answer: [address(60)] }));
  for (const reply of [await before, await after]) assert.equal(reply!.answer.length, 1);
  await reloading;
});

test('what comes for a block that has changed meanwhile is not kept', async () => {
  const slow = new Slow();
  await using running = await world(stock, slow.answer);
  const before = running.server.ask('web.example', 'A');
  await settled();
  await running.reload('. {\n cache 31\n whoami\n}');
  await slow.say(new Reply({ answer: [address(60)] }));
  assert.equal((await before)!.answer.length, 1);
  assert.equal(await running.server.metric('signpost_cache_bytes'), 0);
  const again = running.server.ask('web.example', 'A');
  await settled();
  assert.equal(running.asked.length, 2);
  await slow.say(new Reply({ answer: [address(60)] }));
  await again;
});
