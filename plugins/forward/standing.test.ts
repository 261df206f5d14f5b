import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HedgeAllowance } from './hedge-allowance.ts';
import { Standing } from './standing.ts';

test('an upstream that was never measured gets 200 ms of patience', () => {
  assert.equal(new Standing().patience, 200);
});

const rows: readonly { title: string; latencies: (index: number) => number; least: number; most: number }[] =
  [
    { title: 'quick and steady', latencies: () => 1, least: 20, most: 20 },
    { title: 'far and steady', latencies: () => 300, least: 300, most: 310 },
    { title: 'far and unsteady', latencies: (index) => (index % 2 === 0 ? 100 : 200), least: 200, most: 300 },
  ];

for (const { title, latencies, least, most } of rows) {
  test(`patience follows the latency: ${title}`, () => {
    const standing = new Standing();
    for (let index = 0; index < 100; index++) standing.replied(latencies(index));
    assert.ok(standing.patience >= least && standing.patience <= most, `${standing.patience} ms`);
  });
}

test('loss is a moving average of what got no reply', () => {
  const standing = new Standing();
  for (let index = 0; index < 200; index++) {
    if (index % 4 === 0) standing.lost();
    else standing.replied(10);
  }
  assert.ok(Math.abs(standing.loss - 0.25) < 0.05, `${standing.loss}`);
  for (let index = 0; index < 100; index++) standing.lost();
  assert.ok(standing.loss > 0.99);
});

test('second tries: 32 at once, then one for ten queries; free ones cost nothing', () => {
  const allowance = new HedgeAllowance();
  const taken = (count: number): number =>
    Array.from({ length: count }, () => allowance.take(false)).filter(Boolean).length;
  assert.equal(taken(100), 32);
  assert.equal(allowance.take(true), true);
  for (let query = 0; query < 101; query++) allowance.add();
  assert.equal(taken(100), 10);
});
