import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainError } from './carrier.ts';
import { isRefused, RetryDelay } from './retry-delay.ts';

/** Longest delays of so many attempts in a row: no chance in it. */
function delays(delay: RetryDelay, refused: boolean, attempts: number): number[] {
  return Array.from({ length: attempts }, () => delay.next(refused));
}

function longest(): RetryDelay {
  return new RetryDelay({ below: (limit) => limit - 1 });
}

test('a server that is not there is asked again soon, however long that lasts', () => {
  assert.deepEqual(delays(longest(), true, 5), [100, 200, 400, 500, 500]);
});

test('one that is in trouble is asked less and less', () => {
  assert.deepEqual(delays(longest(), false, 9), [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('one that comes up is asked often, as long as it may not be ready yet', () => {
  const delay = longest();
  delays(delay, true, 1000);
  assert.deepEqual(delays(delay, false, 4), [100, 200, 400, 500]);
  assert.equal(Math.max(...delays(delay, false, 16)), 500);
  assert.equal(delay.next(false), 30_000);
});

test('after a success everything begins anew', () => {
  const delay = longest();
  delays(delay, true, 7);
  delay.reset();
  assert.deepEqual(delays(delay, false, 2), [250, 500]);
  delay.reset();
  assert.equal(delay.next(false), 250);
});

test('refused is refused, also in an error that people can read', () => {
  const refusal = Object.assign(new Error('connect ECONNREFUSED 10.96.0.1:443'), { code: 'ECONNREFUSED' });
  assert.equal(isRefused(refusal), true);
  assert.equal(isRefused(plainError('10.96.0.1:443', refusal)), true);
  assert.equal(isRefused(plainError('10.96.0.1:443', new AggregateError([refusal]))), true);
  assert.equal(isRefused(plainError('10.96.0.1:443', new Error('reset'))), false);
});
