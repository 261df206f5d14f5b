import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { question } from '../../test/kit/question.ts';
import { Reply } from '../server/reply.ts';
import { linkChain } from './chain.ts';
import type { Handler } from './plugin.ts';

/** Adds its name to the reply's source, and notes when it was told that the query came. */
function outward(name: string, starts: number[] = []): Handler {
  return {
    handle: (query, next) => {
      const reply = next(query);
      return reply instanceof Promise ? reply.then((late) => named(late, name)) : named(reply, name);
    },
    after: (_query, reply, started) => {
      starts.push(started);
      return named(reply, name);
    },
  };
}

function named(reply: Reply, name: string): Reply {
  return reply.with({ source: `${reply.source} ${name}` });
}

const inward = (name: string): Handler => ({ handle: (query, next) => outward(name).handle(query, next) });

const rows: readonly { title: string; handlers: readonly Handler[]; source: string }[] = [
  { title: 'none', handlers: [], source: 'end' },
  { title: 'one', handlers: [outward('a')], source: 'end a' },
  { title: 'three in a row', handlers: [outward('a'), outward('b'), outward('c')], source: 'end c b a' },
  {
    title: 'some beside others',
    handlers: [inward('a'), outward('b'), outward('c'), inward('d'), outward('e'), inward('f'), outward('g')],
    source: 'end g f e d c b a',
  },
];

for (const { title, handlers, source } of rows) {
  for (const isLate of [false, true]) {
    const how = isLate ? 'a late reply' : 'a reply';
    test(`${how} goes through the handlers from the last to the first: ${title}`, async () => {
      const end = new Reply({ source: 'end' });
      const last: Handler = { handle: () => (isLate ? Promise.resolve(end) : end) };
      const reply = linkChain([...handlers, last], new FakeClock())(question('www.example.org.'));
      assert.equal(reply instanceof Promise, isLate);
      assert.equal((await reply).source, source);
    });
  }
}

test('handlers that stand together are told when the query came', async () => {
  const clock = new FakeClock();
  const begun = clock.monotonic();
  const starts: number[] = [];
  const last: Handler = {
    handle: () => {
      clock.advance(250);
      return new Reply({});
    },
  };
  await linkChain([outward('a', starts), outward('b', starts), last], clock)(question('www.example.org.'));
  assert.deepEqual(starts, [begun, begun]);
});

test('what one of them throws is not for the others', async () => {
  const failing: Handler = {
    handle: (query, next) => next(query),
    after: () => {
      throw new Error('my mistake');
    },
  };
  const starts: number[] = [];
  const last: Handler = { handle: () => Promise.resolve(new Reply({})) };
  const chain = linkChain([outward('a', starts), failing, outward('c', starts), last], new FakeClock());
  await assert.rejects(async () => chain(question('www.example.org.')), { message: 'my mistake' });
  assert.equal(starts.length, 1);
});
