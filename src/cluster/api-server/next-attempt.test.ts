import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScriptedRequest } from '../../../test/kit/scripted-api-connection.ts';
import { Bench } from './test-watch.ts';

const waits: readonly [title: string, fail: (request: ScriptedRequest) => void][] = [
  ['is not known', (request) => request.refuse(401, 'Unauthorized')],
  ['is not trusted', (request) => request.end(new Error('self-signed certificate'))],
  ['is to come later', (request) => request.refuse(429, 'TooManyRequests', 60_000)],
];
for (const [title, fail] of waits) {
  test(`who ${title} comes again at once with other credentials, and waits with the same`, () => {
    const bench = new Bench();
    for (let attempt = 0; attempt < 10; attempt++) {
      fail(bench.last);
      while (bench.requestCount === attempt + 1) bench.clock.advance(1000);
    }
    fail(bench.last);
    const asked = bench.requestCount;
    bench.clock.advance(10_000);
    assert.equal(bench.requestCount, asked, 'the next attempt is far away');
    bench.connection.material = 'the next token';
    bench.clock.advance(100);
    assert.equal(bench.requestCount, asked + 1);
    // It may take the server a moment to know it.
    bench.last.refuse(401, 'Unauthorized');
    bench.clock.advance(250);
    assert.equal(bench.requestCount, asked + 2, 'the wait begins anew, and is short');
    bench.synced(['a']);
    bench.connection.material = 'another token';
    bench.clock.advance(10_000);
    assert.equal(bench.requestCount, asked + 2, 'a watch that runs goes on');
  });
}

test('credentials that were replaced while they were refused are tried at once', () => {
  const bench = new Bench();
  for (let attempt = 0; attempt < 10; attempt++) {
    bench.last.refuse(401, 'Unauthorized');
    bench.clock.advance(30_000);
  }
  const asked = bench.requestCount;
  bench.connection.material = 'the next token';
  bench.last.refuse(401, 'Unauthorized');
  bench.clock.advance(100);
  assert.equal(bench.requestCount, asked + 1);
});

test('closed while it waits, a watch does not mind other credentials', () => {
  const bench = new Bench();
  bench.last.refuse(401, 'Unauthorized');
  bench.watch.close();
  bench.connection.material = 'the next token';
  bench.clock.advance(100_000);
  assert.equal(bench.requestCount, 1);
});
