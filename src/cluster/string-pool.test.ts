import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../plugin/random.ts';
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

test('it agrees with a Map, whatever comes and goes, and however numbers meet in its table', () => {
  const random = seededRandom(3);
  const pool = new StringPool(random.below(2 ** 32));
  const model = new Map<string, { readonly id: number; references: number }>();
  for (let step = 0; step < 60_000; step++) {
    // Up and down: many are held, few, and many again.
    const isTake = random.below(100) < (Math.floor(step / 15_000) % 2 === 0 ? 80 : 25);
    const text = `name-${random.below(6000)}`;
    const held = model.get(text);
    if (isTake) {
      const id = pool.take(text);
      if (held === undefined) model.set(text, { id, references: 1 });
      else {
        assert.equal(id, held.id);
        held.references++;
      }
    } else {
      pool.releaseText(text);
      if (held !== undefined && --held.references === 0) model.delete(text);
    }
  }
  assert.equal(pool.size, model.size);
  for (const [text, { id }] of model) assert.equal(pool.text(id), text);
  for (const [text, { references }] of model) for (let i = 0; i < references; i++) pool.releaseText(text);
  assert.equal(pool.size, 0);
});

for (const text of ['', 'plain', 'größer', '\ud800 alone']) {
  test(`the compact form of ${JSON.stringify(text)} is equal to it`, () => {
    assert.equal(compactString(text), text);
  });
}
