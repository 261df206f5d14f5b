import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScriptedRequest } from '../../../test/kit/scripted-api-connection.ts';
import { PATIENCE } from './exchange.ts';
import { added, Bench, bookmark, deleted, errorEvent, initialEnd, page } from './test-watch.ts';

test('the first request streams what there is, with the selector at the server', () => {
  const bench = new Bench();
  assert.equal(bench.asks(), 'stream');
  assert.equal(bench.last.parameters.get('labelSelector'), 'a=b');
  assert.equal(bench.last.parameters.get('resourceVersionMatch'), 'NotOlderThan');
  assert.equal(bench.last.parameters.get('allowWatchBookmarks'), 'true');
  assert.equal(bench.last.parameters.has('resourceVersion'), false);
});

test('it is synced at the bookmark that ends the beginning, and not before', () => {
  const bench = new Bench();
  bench.last.accept().send(added('a', '1'), bookmark('1'));
  assert.equal(bench.watch.synced, false);
  assert.notEqual(bench.watch.lostAt, undefined);
  bench.last.send(initialEnd('2'));
  assert.equal(bench.watch.synced, true);
  assert.equal(bench.watch.lostAt, undefined);
  assert.deepEqual(bench.applied, [], 'what was there is no change');
});

test('changes are applied as they come', () => {
  const bench = new Bench().synced(['a', 'b']);
  bench.last.send(added('c', '11'), deleted('a', '12'));
  assert.equal(bench.names, 'b c');
  assert.deepEqual(bench.applied, ['c', 'a']);
});

const ends: readonly {
  title: string;
  end: (bench: Bench) => void;
  /** Milliseconds until the next request, at least and at most. */
  within: readonly [number, number];
  asks: string;
  lost?: boolean;
}[] = [
  {
    title: 'a regular end after a while: goes on at once, from the last event',
    end: ({ clock, last }) => {
      last.send(added('c', '17'));
      clock.advance(60_000);
      last.end();
    },
    within: [0, 0],
    asks: 'watch from 17',
    lost: false,
  },
  {
    title: 'from the last bookmark where no event came after it',
    end: ({ clock, last }) => {
      last.send(added('c', '17'), bookmark('23'));
      clock.advance(60_000);
      last.end();
    },
    within: [0, 0],
    asks: 'watch from 23',
    lost: false,
  },
  {
    title: 'a regular end at once: goes on after a pause, so as not to be a burden',
    end: ({ last }) => last.end(),
    within: [100, 300],
    asks: 'watch from 10',
    lost: false,
  },
  {
    title: 'nobody listens: soon again',
    end: ({ last }) => last.end(Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })),
    within: [50, 101],
    asks: 'watch from 10',
  },
  {
    title: 'a broken connection: after a pause',
    end: ({ last }) => last.end(new Error('reset')),
    within: [100, 300],
    asks: 'watch from 10',
  },
  {
    title: 'a watch event that says 410: everything again',
    end: ({ last }) => last.send(errorEvent(410, 'Expired')),
    within: [0, 300],
    asks: 'stream',
  },
  {
    title: 'a status that says 410: everything again',
    end: ({ clock, connection, last }) => {
      clock.advance(60_000);
      last.end();
      connection.last.refuse(410, 'Expired');
    },
    within: [0, 300],
    asks: 'stream',
  },
  {
    title: 'too many requests: not before the server wants it',
    end: ({ clock, connection, last }) => {
      clock.advance(60_000);
      last.end();
      connection.last.refuse(429, 'TooManyRequests', 7000);
    },
    within: [7000, 7000],
    asks: 'watch from 10',
  },
  {
    title: 'an error event of another kind: from the same version',
    end: ({ last }) => last.send(errorEvent(500, 'InternalError')),
    within: [100, 300],
    asks: 'watch from 10',
  },
];

for (const { title, end, within, asks, lost = true } of ends) {
  test(`after ${title}`, () => {
    const bench = new Bench().synced(['a', 'b']);
    const asked = bench.requestCount;
    end(bench);
    assert.equal(bench.watch.lostAt !== undefined, lost);
    assert.equal(bench.names.startsWith('a b'), true, 'what was held is held on');
    const [least, most] = within;
    const already = bench.requestCount;
    if (most > 0) {
      if (least > 0) bench.clock.advance(least - 1);
      assert.equal(bench.requestCount, already, 'not yet');
      bench.clock.advance(most - Math.max(0, least - 1));
      assert.equal(bench.requestCount, already + 1);
    } else assert.equal(bench.requestCount, asked + 1);
    assert.equal(bench.asks(), asks);
  });
}

test('a watch that lived for minutes and never heard a bookmark watches a world that is no more', () => {
  const bench = new Bench().synced(['a']);
  bench.clock.advance(60_000);
  bench.last.end();
  bench.last.accept();
  bench.clock.advance(200_000);
  bench.last.end();
  assert.equal(bench.asks(), 'stream');
});

test('after everything again, what is not among it has gone', () => {
  const bench = new Bench().synced(['a', 'b', 'c']);
  bench.last.send(errorEvent(410, 'Expired'));
  bench.clock.advance(300);
  bench.last.accept().send(added('b', '40'), added('d', '41'));
  assert.equal(bench.names, 'a b c d', 'nothing goes before all was told');
  bench.last.send(initialEnd('50'));
  assert.equal(bench.names, 'b d');
  assert.equal(bench.watch.lostAt, undefined);
});

test('a beginning that breaks off loses nothing', () => {
  const bench = new Bench().synced(['a', 'b']);
  bench.last.send(errorEvent(410, 'Expired'));
  bench.clock.advance(300);
  bench.last.accept().send(added('b', '40'));
  bench.last.end();
  assert.equal(bench.names, 'a b');
  bench.clock.advance(60_000);
  assert.equal(bench.asks(), 'stream');
});

const streamRefusals: readonly { title: string; refuse: (request: ScriptedRequest) => void }[] = [
  { title: 'a status of 422', refuse: (request) => request.refuse(422, 'Invalid') },
  {
    title: 'an event of 500 (etcd is too old)',
    refuse: (request) => request.accept().send(errorEvent(500, 'InternalError')),
  },
];

for (const { title, refuse } of streamRefusals) {
  test(`where streaming is refused by ${title}, lists come in pages and the watch goes on from them`, () => {
    const bench = new Bench();
    refuse(bench.last);
    assert.equal(bench.asks(), 'list 500');
    bench.last
      .accept()
      .send(page(['a', 'b'], '30', 'more'))
      .end();
    assert.equal(bench.asks(), 'list 500 more');
    assert.equal(bench.watch.synced, false);
    bench.last
      .accept()
      .send(page(['c'], '30'))
      .end();
    assert.equal(bench.watch.synced, true);
    assert.equal(bench.asks(), 'watch from 30');
    assert.equal(bench.watch.lostAt, undefined, 'not even until the watch is open');
    assert.equal(bench.names, 'a b c');
  });
}

test('a page whose token has expired: the whole list in one piece', () => {
  const bench = new Bench();
  bench.last.refuse(422, 'Invalid');
  bench.last
    .accept()
    .send(page(['a'], '30', 'more'))
    .end();
  bench.last.refuse(410, 'Expired');
  assert.equal(bench.asks(), 'list all');
  bench.last
    .accept()
    .send(page(['b'], '31'))
    .end();
  assert.equal(bench.names, 'b');
});

test('not allowed to stream is no reason to list: the question is asked again', () => {
  const bench = new Bench();
  bench.last.refuse(403, 'Forbidden');
  bench.clock.advance(1000);
  assert.equal(bench.asks(), 'stream');
  assert.deepEqual(bench.lines, ['[WARNING] namespaces: 403 Forbidden: no: trying again']);
});

test('a failure is told once, however often it happens, and so is its end', () => {
  const bench = new Bench().synced(['a']);
  for (let attempt = 0; attempt < 5; attempt++) {
    bench.last.end(new Error(attempt % 2 === 0 ? 'reset' : 'refused'));
    bench.clock.advance(PATIENCE - 1);
  }
  bench.last.accept();
  assert.deepEqual(bench.lines, [
    '[WARNING] namespaces: reset: trying again',
    '[WARNING] namespaces: refused: trying again',
    '[INFO] namespaces: watching again',
  ]);
});

test('a server that never answers is given up, and asked again', () => {
  const bench = new Bench();
  const { last } = bench;
  bench.clock.advance(2 * PATIENCE);
  assert.equal(last.cancelled, true);
  assert.match(bench.lines.join('\n'), /no answer for 30 s/);
  bench.clock.advance(1000);
  assert.notEqual(bench.last, last);
  // Once there is a watch, silence means that nothing happens.
  bench.synced(['a']).clock.advance(20 * PATIENCE);
  assert.equal(bench.last.cancelled, false);
});

test('an object that cannot be read is told and left out; the next one counts', () => {
  const bench = new Bench().synced(['a']);
  bench.last.send({ type: 'ADDED', object: { metadata: { name: 7 } } }, added('b', '12'));
  assert.equal(bench.names, 'a b');
  assert.equal(bench.lines.length, 1);
});

test('closed, it asks for nothing more', () => {
  const bench = new Bench().synced(['a']);
  const { last } = bench;
  bench.watch.close();
  assert.equal(last.cancelled, true);
  bench.clock.advance(100_000);
  assert.equal(bench.requestCount, 1);
});
