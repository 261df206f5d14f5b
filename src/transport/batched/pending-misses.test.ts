import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../plugin/random.ts';
import { MISS_HEADER_WORDS } from './miss-ring.ts';
import { PendingMisses } from './pending-misses.ts';

test('heads stay as they were, however many come and go', () => {
  const random = seededRandom(3);
  const misses = new PendingMisses();
  const model = new Map<number, number>();
  let most = 0;
  for (let step = 1; step < 3000; step++) {
    if (random.below(9) < 5) {
      const place = misses.add(new Int32Array(MISS_HEADER_WORDS + 2).fill(step, 2), 2);
      assert.ok(!model.has(place));
      model.set(place, step);
    } else if (model.size > 0) {
      const [place] = [...model.keys()].splice(random.below(model.size), 1);
      misses.delete(place!);
      model.delete(place!);
    }
    most = Math.max(most, model.size);
  }
  assert.ok(most > 200);
  for (const [place, step] of model) {
    const head = misses.words.subarray(place, place + MISS_HEADER_WORDS);
    assert.ok(head.every((word) => word === step));
  }
  assert.ok(misses.words.length < 4 * most * MISS_HEADER_WORDS, 'places are used again');
});
