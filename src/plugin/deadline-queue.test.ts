import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { Deadline } from './deadline-queue.ts';

class Noted implements Deadline {
  deadline = 0;
  place = -1;
  readonly #then: () => void;

  constructor(then: () => void) {
    this.#then = then;
  }

  expire(): void {
    this.#then();
  }
}

const step = fc.oneof(
  fc.record({ add: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({ remove: fc.nat() }),
  fc.record({ advance: fc.integer({ min: 0, max: 1500 }) }),
);

test('whatever is added and removed in between: each expires at its time, once, and one timer does for all', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = new FakeClock();
      const queue = new DeadlineQueue(clock);
      const expected = new Map<Noted, number>();
      for (const each of steps) {
        if ('add' in each) {
          const noted: Noted = new Noted(() => {
            assert.equal(clock.monotonic(), expected.get(noted));
            assert.equal(noted.place, -1);
            expected.delete(noted);
          });
          expected.set(noted, clock.monotonic() + each.add);
          queue.add(noted, each.add);
        } else if ('remove' in each) {
          const noted = [...expected.keys()][each.remove % Math.max(1, expected.size)];
          if (noted === undefined) continue;
          expected.delete(noted);
          queue.remove(noted);
          queue.remove(noted);
        } else {
          clock.advance(each.advance);
          for (const due of expected.values()) assert.ok(due > clock.monotonic());
        }
        assert.equal(clock.pending, expected.size === 0 ? 0 : 1);
      }
      clock.advance(3000);
      assert.deepEqual([expected.size, clock.pending], [0, 0]);
    }),
    { numRuns: 300 },
  );
});

test('one that expires may add others and remove them', () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock);
  const expired: string[] = [];
  const removed = new Noted(() => expired.push('removed'));
  const later = new Noted(() => expired.push(`later at ${clock.monotonic()}`));
  queue.add(
    new Noted(() => {
      queue.remove(removed);
      queue.add(later, 7);
    }),
    10,
  );
  queue.add(removed, 10);
  clock.advance(20);
  assert.deepEqual(expired, ['later at 17']);
});

test('one that throws does not hold up the others', () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock);
  let expired = false;
  queue.add(
    new Noted(() => {
      throw new Error('no good');
    }),
    10,
  );
  queue.add(
    new Noted(() => {
      expired = true;
    }),
    10,
  );
  assert.throws(() => clock.advance(10), { message: 'no good' });
  clock.advance(0);
  assert.ok(expired);
});

test('when many are due at once, others have their turn in between', () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock);
  let expired = 0;
  for (let count = 0; count < 100; count++) queue.add(new Noted(() => (expired += 1)), 10);
  const seen: number[] = [];
  clock.after(10, () => seen.push(expired));
  clock.advance(10);
  assert.deepEqual([seen, expired], [[32], 100]);
});
