import assert from 'node:assert/strict';
import { test } from 'node:test';
import { added, Bench, deleted, initialEnd } from './test-watch.ts';

const rows = [
  { title: 'nobody else fills it', alone: true },
  { title: 'others fill it too', alone: false },
];
for (const { title, alone } of rows) {
  test(`${title}: what a first list that broke had told, and the next one does not, is gone`, () => {
    const bench = new Bench(alone);
    bench.last.accept().send(added('a', '1'), added('b', '1'), added('c', '1'), deleted('c', '2'));
    bench.last.end(new Error('reset'));
    bench.clock.advance(1000);
    assert.equal(bench.asks(), 'stream');
    bench.last.accept().send(added('b', '3'), added('d', '3'));
    assert.equal(bench.names, 'a b d', 'until it is over all is answered');
    bench.last.send(initialEnd('4'));
    assert.equal(bench.names, 'b d');
  });

  test(`${title}: a second list takes away what went while nobody watched`, () => {
    const bench = new Bench(alone).synced(['a', 'b']);
    bench.last.send({ type: 'ERROR', object: { kind: 'Status', status: 'Failure', code: 410 } });
    bench.clock.advance(1000);
    bench.synced(['b'], '30');
    assert.equal(bench.names, 'b');
  });
}

test('what others put while the first list goes on, and it has not told, is taken away', () => {
  const bench = new Bench(false);
  bench.last.accept().send(added('a', '1'));
  bench.held.add('foreign');
  bench.last.send(added('b', '1'), initialEnd('2'));
  assert.equal(bench.names, 'a b');
});

test('while a list goes on, what it has not told can be dropped, and what it has told stays', () => {
  const bench = new Bench(false);
  bench.last.accept().send(added('a', '1'));
  bench.held.add('foreign');
  bench.watch.dropUntold();
  assert.equal(bench.names, 'a');
});
