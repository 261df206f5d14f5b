import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactString, StringPool } from './string-pool.ts';

test('a string is held once, for as long as somebody has taken it', () => {
  const pool = new StringPool();
  const empty = pool.bytes;
  const id = pool.take('node-1');
  assert.equal(pool.take('node-1'), id);
  assert.notEqual(pool.take('node-2'), id);
  pool.release(id);
  assert.equal(pool.text(id), 'node-1');
  assert.equal(pool.size, 2);
  pool.release(id);
  assert.equal(pool.size, 1);
  assert.equal(pool.take('node-3'), id, 'its number is used again');
  pool.releaseText('node-2');
  pool.releaseText('node-3');
  assert.equal(pool.size, 0);
  assert.equal(pool.bytes, empty);
});

test('the empty string is number 0 and needs no counting', () => {
  const pool = new StringPool();
  assert.equal(pool.take(''), 0);
  pool.release(0);
  pool.release(0);
  assert.equal(pool.text(0), '');
});

test('numbers go on beyond the first thousand', () => {
  const pool = new StringPool();
  const ids = Array.from({ length: 5000 }, (_, index) => pool.take(`name-${index}`));
  assert.equal(pool.text(ids[4321]!), 'name-4321');
  for (const id of ids) pool.release(id);
  assert.equal(pool.size, 0);
});

for (const text of ['', 'plain', 'größer', '\ud800 alone']) {
  test(`the compact form of ${JSON.stringify(text)} is equal to it`, () => {
    assert.equal(compactString(text), text);
  });
}
