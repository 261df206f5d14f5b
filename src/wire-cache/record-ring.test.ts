import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { recordMemory, RecordRing } from './record-ring.ts';

const START = 256;

interface Kept {
  offset: number;
  readonly length: number;
  readonly mark: number;
}

/** Fills a record so that any byte written over by another shows. */
function fill(ring: RecordRing, { offset, length, mark }: Kept): void {
  ring.memory.bytes.fill(mark, offset, offset + length);
  ring.memory.words[offset >> 2] = length;
}

function assertWhole(ring: RecordRing, { offset, length, mark }: Kept): void {
  assert.equal(ring.memory.words[offset >> 2], length);
  for (let at = offset + 4; at < offset + length; at++) assert.equal(ring.memory.bytes[at], mark);
}

test('records come in and go out in order, and never lie over each other', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'add', 'add or grow', 'drop', 'move'),
    size: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const ring = new RecordRing(recordMemory(1024), START, START + 512, 128);
      const model: Kept[] = [];
      for (const [index, { kind, size }] of steps.entries()) {
        if (kind.startsWith('add')) {
          const offset = kind === 'add' ? ring.reserve(size * 8) : ring.reserveOrGrow(size * 8);
          const kept = { offset, length: size * 8, mark: (index % 250) + 1 };
          if (kept.offset >= 0) {
            fill(ring, kept);
            model.push(kept);
            ring.liveBytes += kept.length;
          }
        } else if (model.length > 0) {
          const oldest = model.shift()!;
          assert.equal(ring.oldest, oldest.offset);
          if (kind === 'drop') {
            ring.dropOldest();
            ring.liveBytes -= oldest.length;
          } else {
            oldest.offset = ring.moveOldest();
            if (oldest.offset >= 0) model.push(oldest);
            else ring.liveBytes -= oldest.length;
          }
        }
        assert.equal(ring.isEmpty, model.length === 0);
        for (const kept of model) {
          assertWhole(ring, kept);
          assert.ok(kept.offset >= START && kept.offset + kept.length <= START + ring.size);
        }
        assert.ok(ring.size <= 512);
        if (model.length > 0) assert.equal(ring.oldest, model[0]!.offset);
      }
    }),
    { numRuns: 400 },
  );
});

test('an empty ring takes a record as large as itself, and no larger', () => {
  const ring = new RecordRing(recordMemory(64), 0, 64);
  fill(ring, { offset: ring.reserve(24), length: 24, mark: 1 });
  ring.dropOldest();
  assert.deepEqual([ring.reserve(72), ring.reserve(64)], [-1, 0]);
});

test('a full ring moves its oldest record on the spot', () => {
  const ring = new RecordRing(recordMemory(64), 0, 64);
  const records = [1, 2].map((mark) => ({ offset: ring.reserve(32), length: 32, mark }));
  for (const record of records) fill(ring, record);
  assert.equal(ring.reserve(8), -1);
  assert.equal(ring.moveOldest(), 0);
  assert.equal(ring.oldest, 32);
  for (const record of records) assertWhole(ring, record);
});
