import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../plugin/random.ts';
import { KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { packetMemory } from './packet-words.ts';
import { packetFor } from './test-world.ts';

const CAPACITY = 16;

test('the table finds what a list of pairs would, after any additions and removals', () => {
  // Few different homes, those at the end of the table among them, so that runs meet and go round.
  const hash = fc.constantFrom(0, 1, 0x08000000, 0x10000000, 0xf8000000 | 0, 0xf8000001 | 0, 0xf0000000 | 0);
  const step = fc.record({ add: fc.boolean(), hash, pick: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const table = new KeyTable(CAPACITY);
      const model: { hash: number; place: number }[] = [];
      for (const [place, { add, hash, pick }] of steps.entries()) {
        if (add && model.length < CAPACITY) {
          table.insert(hash, place);
          model.push({ hash, place });
        } else if (model.length > 0) {
          const [gone] = model.splice(pick % model.length, 1);
          table.remove(table.slotOf(gone!.hash, gone!.place));
        }
        assert.equal(table.size, model.length);
        for (const entry of model) {
          const slot = table.slotOf(entry.hash, entry.place);
          assert.ok(slot >= 0);
          assert.equal(table.place(slot), entry.place);
        }
      }
      for (const wanted of [0, 0x10000000, 0xf8000001 | 0]) {
        const places: number[] = [];
        for (let slot = table.first(wanted); slot >= 0; slot = table.after(slot, wanted))
          places.push(table.place(slot));
        const expected = model.filter(({ hash }) => hash === wanted).map(({ place }) => place);
        assert.deepEqual(places.sort(), expected.sort());
      }
    }),
    { numRuns: 300 },
  );
});

test('a table that hashes would not reach is refused', () => {
  assert.throws(() => new KeyTable(65_537), /65537 entries/);
  assert.equal(new KeyTable(65_536).size, 0);
});

test('what moves is found at its new place', () => {
  const table = new KeyTable(4);
  table.insert(5, 100);
  table.move(table.first(5), 200);
  assert.deepEqual([table.slotOf(5, 100), table.place(table.first(5))], [-1, 200]);
  table.clear();
  assert.deepEqual([table.first(5), table.size], [-1, 0]);
});

test('a hash does not depend on the id, the place, or what lies around', () => {
  const hash = new KeyHash(seededRandom(1));
  for (let length = 1; length < 40; length++) {
    const packet = packetFor(`${'n'.repeat(length)}.example.`);
    const [here, there] = [packetMemory(256), packetMemory(256)];
    here.bytes.set(packet);
    there.bytes.fill(0xff);
    there.bytes.set(packet, 8);
    there.bytes[8] = 1;
    assert.equal(hash.of(here.words, 0, packet.length), hash.of(there.words, 8, packet.length));
  }
});

test('every byte that tells queries apart counts for the hash', () => {
  const hash = new KeyHash(seededRandom(1));
  const packet = packetFor('web.prod.svc.cluster.local.');
  const memory = packetMemory(256);
  memory.bytes.set(packet);
  const before = hash.of(memory.words, 0, packet.length);
  for (const [index, byte] of packet.entries()) {
    // The id, and the counts, which plain queries have alike.
    if (index < 2 || (index > 3 && index < 12)) continue;
    memory.bytes[index] = byte ^ 1;
    assert.notEqual(hash.of(memory.words, 0, packet.length), before, `byte ${index}`);
    memory.bytes[index] = byte;
  }
});

test('hashes of names that are much alike spread as chance would have it, whatever the seed', () => {
  const memory = packetMemory(256);
  for (let seed = 1; seed <= 5; seed++) {
    const hash = new KeyHash(seededRandom(seed));
    const buckets = new Uint16Array(1 << 14);
    for (let index = 0; index < 8192; index++) {
      const packet = packetFor(`service-${index}.prod.svc.cluster.local.`);
      memory.bytes.set(packet);
      buckets[hash.of(memory.words, 0, packet.length) >>> 18]!++;
    }
    const used = buckets.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    // 8,192 balls in 16,384 buckets: 6,446 are used on average.
    assert.ok(used > 5900, `seed ${seed}: ${used} buckets are used`);
    assert.ok(Math.max(...buckets) <= 12, `seed ${seed}: ${Math.max(...buckets)} in one bucket`);
  }
});
