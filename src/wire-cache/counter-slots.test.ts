import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { TIME_BUCKETS } from '../metrics/buckets.ts';
import { BucketCell } from '../metrics/cells.ts';
import { CounterMemory } from './counter-memory.ts';
import { CounterSlots } from './counter-slots.ts';
import { HitCounters } from './hit-counters.ts';
import { addressReply, packetFor, Tally, TestWorld } from './test-world.ts';

/** Both sides, as two threads have them. */
function pair(slots = 4, durations = 2): { main: CounterSlots; worker: HitCounters } {
  const main = new CounterSlots({ slots, durations });
  const memory = new CounterMemory({ slots, durations }, main.memory.buffer);
  return { main, worker: new HitCounters(memory) };
}

test('hits are added to whoever owns the slot, each once', () => {
  const { main, worker } = pair();
  const [one, two, both] = [new Tally(), new Tally(), new Tally()];
  const first = main.allocate([one, both])!;
  const second = main.allocate([two, both])!;
  for (let count = 0; count < 3; count++) worker.count(first, 0);
  worker.count(second, 0);
  main.collect();
  main.collect();
  assert.deepEqual([one.hits, two.hits, both.hits], [3, 1, 4]);
  worker.count(second, 0);
  main.collect();
  assert.deepEqual([one.hits, two.hits, both.hits], [3, 2, 5]);
});

test('a number that runs over counts on', () => {
  const { main, worker } = pair();
  const tally = new Tally();
  const slot = main.allocate([tally])!;
  main.memory.hits[slot] = -3;
  main.collect();
  assert.equal(tally.hits, 2 ** 32 - 3);
  for (let count = 0; count < 10; count++) worker.count(slot, 0);
  main.collect();
  assert.equal(tally.hits, 2 ** 32 + 7);
});

test('a released slot is used again, for another owner, from where it stood', () => {
  const { main, worker } = pair(1);
  const [before, after] = [new Tally(), new Tally()];
  const slot = main.allocate([before])!;
  worker.count(slot, 0);
  assert.equal(main.allocate([after]), undefined, 'there is no other');
  worker.count(slot, 0);
  worker.release(slot);
  assert.equal(main.allocate([after]), undefined, 'not yet seen');
  main.collect();
  assert.equal(main.allocate([after]), slot);
  worker.count(slot, 0);
  main.collect();
  assert.deepEqual([before.hits, after.hits], [2, 1]);
});

test('an answer whose hits nobody wants to know takes no slot', () => {
  const { main, worker } = pair(1);
  assert.equal(main.allocate([]), 0);
  worker.count(0, 0);
  worker.release(0);
  main.collect();
  assert.equal(main.size, 0);
});

test('at the end of a worker the last hits are counted, and all slots come back', () => {
  const { main, worker } = pair();
  const tally = new Tally();
  worker.count(main.allocate([tally])!, 0);
  main.allocate([tally]);
  main.close();
  assert.deepEqual([tally.hits, main.size], [1, 0]);
});

test('slots are never shared, and no hit is lost or counted twice', () => {
  const step = fc.record({
    kind: fc.constantFrom('allocate', 'hit', 'hit', 'hit', 'release', 'collect'),
    pick: fc.nat(99),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const { main, worker } = pair(5);
      const all: { tally: Tally; expected: number }[] = [];
      const used: { slot: number; owner: (typeof all)[number] }[] = [];
      for (const { kind, pick } of steps) {
        const picked = used[pick % used.length];
        if (kind === 'collect') main.collect();
        else if (kind === 'allocate') {
          const owner = { tally: new Tally(), expected: 0 };
          const slot = main.allocate([owner.tally]);
          if (slot === undefined) continue;
          assert.ok(slot > 0 && !used.some((other) => other.slot === slot));
          all.push(owner);
          used.push({ slot, owner });
        } else if (picked !== undefined && kind === 'hit') {
          worker.count(picked.slot, 0);
          picked.owner.expected++;
        } else if (picked !== undefined) {
          worker.release(picked.slot);
          used.splice(used.indexOf(picked), 1);
        }
      }
      main.collect();
      assert.deepEqual(
        all.map(({ tally }) => tally.hits),
        all.map(({ expected }) => expected),
      );
      assert.equal(main.size, used.length);
    }),
  );
});

test('durations of a batch go into the bucket that the histogram itself would choose', () => {
  for (const microseconds of [0, 3, 250, 250.5, 400, 8_000, 9e6, 2e7]) {
    const { main, worker } = pair();
    const [counted, expected] = [new BucketCell(TIME_BUCKETS), new BucketCell(TIME_BUCKETS)];
    const set = main.durationsOf([new Tally(), { add() {}, durations: counted }]);
    for (let hit = 0; hit < 3; hit++) {
      worker.count(0, set);
      expected.observe(microseconds / 1e6);
    }
    main.collect();
    assert.equal(counted.sum, 0, 'not before the replies are out');
    worker.settle(microseconds);
    worker.settle(5000);
    main.collect();
    main.collect();
    assert.deepEqual(counted.counts, expected.counts);
    const before = expected.counts.reduce((sum, count) => sum + count, 0);
    worker.count(0, set);
    worker.settle(1);
    main.collect();
    assert.equal(
      counted.counts.reduce((sum, count) => sum + count, 0),
      before + 1,
      'and so does the next one',
    );
    expected.observe(1e-6);
    assert.ok(Math.abs(counted.sum - expected.sum) <= 1.5e-6 + 1e-9);
  }
});

test('zones have sets of their own; those that find none left are not timed', () => {
  const { main, worker } = pair(4, 2);
  const cells = [1, 2, 3].map(() => new BucketCell(TIME_BUCKETS));
  const sets = cells.map((durations) => main.durationsOf([{ add() {}, durations }]));
  assert.deepEqual(sets, [1, 2, 0]);
  assert.equal(main.durationsOf([{ add() {}, durations: cells[1]! }]), 2);
  for (const [index, set] of sets.entries()) for (let hit = 0; hit <= index; hit++) worker.count(0, set);
  worker.settle(10);
  main.collect();
  assert.deepEqual(
    cells.map(({ counts }) => counts[0]),
    [1, 2, 0],
  );
});

test('hits of the cache are counted to the last, through replacement, change and reload', () => {
  const world = new TestWorld();
  const durations = new BucketCell(TIME_BUCKETS);
  const name = 'web.example.';
  const cell = world.cells.allocate();
  let total = 0;
  const tallies = Array.from({ length: 3 }, (_, round) => {
    const tally = Object.assign(new Tally(), { durations });
    const reply = addressReply(name, [[10, 0, 0, round]], { counter: tally });
    world.teach(world.give(packetFor(name), reply, (dependencies) => dependencies.read(world.cells, cell)));
    for (let hit = 0; hit <= round; hit++) if (world.ask(packetFor(name)) !== undefined) total++;
    if (round === 1) world.cells.bump(cell);
    world.ask(packetFor(name));
    return tally;
  });
  world.counters.settle(20);
  world.slots.close();
  assert.deepEqual(
    tallies.map(({ hits }) => hits),
    [2, 2, 4],
  );
  assert.equal(durations.counts[0], 8);
  assert.equal(total, 6);
  assert.ok(Math.abs(durations.sum - 8 * 20e-6) < 1e-12);
});
