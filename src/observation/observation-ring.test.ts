import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { observationMemory, ObservationReader, ObservationWriter } from './observation-ring.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

function writeMany(writer: ObservationWriter, first: number, count: number): void {
  for (let entry = first; entry < first + count; entry++) {
    writer.write(entry, LOOPBACK, 0, 4, 5353, entry & 0xffff, 100, 0.000_004, entry);
  }
}

function entries(reader: ObservationReader, limit = Infinity): number[] {
  const seen: number[] = [];
  reader.drain(({ entry }) => seen.push(entry), limit);
  return seen;
}

test('everything that was noted comes out', () => {
  const memory = observationMemory(4);
  const packet = new Uint8Array(40);
  packet.set([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x35], 8);
  new ObservationWriter(memory).write(4_000_000_000, packet, 8, 6, 65_535, 65_535, 65_507, 0.25, 1e15 + 0.5);
  const reader = new ObservationReader(memory);
  const count = reader.drain(({ address, ...rest }) => {
    assert.deepEqual(rest, {
      entry: 4_000_000_000,
      family: 6,
      port: 65_535,
      id: 65_535,
      replySize: 65_507,
      duration: 0.25,
      time: 1e15 + 0.5,
    });
    assert.deepEqual(address, packet.slice(8, 24));
  }, 10);
  assert.equal(count, 1);
  assert.equal(reader.dropped, 0);
});

test('an IPv4 address stands in the first four bytes', () => {
  const memory = observationMemory(2);
  writeMany(new ObservationWriter(memory), 1, 1);
  new ObservationReader(memory).drain(({ address, family }) => {
    assert.equal(family, 4);
    assert.deepEqual(address.subarray(0, 4), LOOPBACK);
  }, 1);
});

test('in order, also around the end of the memory, and a limit leaves the rest for later', () => {
  const memory = observationMemory(4);
  const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
  for (let round = 0; round < 10; round++) {
    writeMany(writer, round * 3, 3);
    assert.deepEqual(entries(reader, 2), [round * 3, round * 3 + 1]);
    assert.deepEqual(entries(reader), [round * 3 + 2]);
  }
  assert.deepEqual(entries(reader), []);
});

test('a full ring drops what is new, and counts it', () => {
  const memory = observationMemory(4);
  const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
  writeMany(writer, 1, 7);
  assert.deepEqual(entries(reader), [1, 2, 3, 4]);
  assert.equal(reader.dropped, 3);
  writeMany(writer, 8, 1);
  assert.deepEqual(entries(reader), [8]);
});

test('the counts go on where they pass 2³¹ and 2³²', () => {
  for (const start of [2 ** 31 - 2, 2 ** 32 - 2]) {
    const memory = observationMemory(4);
    new Int32Array(memory).fill(start, 0, 2);
    const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
    writeMany(writer, 1, 5);
    assert.deepEqual(entries(reader), [1, 2, 3, 4]);
    writeMany(writer, 6, 2);
    assert.deepEqual(entries(reader), [6, 7]);
    assert.equal(reader.dropped, 1);
  }
});

test('whoever looks may throw without losing more than that one', () => {
  const memory = observationMemory(4);
  const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
  writeMany(writer, 1, 3);
  assert.throws(() => reader.drain(() => assert.fail('no'), 3));
  assert.deepEqual(entries(reader), [2, 3]);
});

for (const slots of [0, 1, 3, 100]) {
  test(`${slots} slots are refused`, () => assert.throws(() => observationMemory(slots), /power of two/));
}

test('what another thread writes is read whole and in order, and what is missing was counted', async () => {
  const memory = observationMemory(64);
  const reader = new ObservationReader(memory);
  const source = `
    import { workerData } from 'node:worker_threads';
    const { ObservationWriter } = await import(workerData.module);
    const writer = new ObservationWriter(workerData.memory);
    const address = new Uint8Array(16);
    for (let entry = 1; entry <= 50_000; entry++) {
      address.fill(entry & 0xff);
      writer.write(entry, address, 0, 6, entry & 0xffff, entry & 0xffff, 512, 1, entry);
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { module: new URL('observation-ring.ts', import.meta.url).href, memory },
  });
  let ended = false;
  const end = new Promise((resolve) => worker.once('exit', resolve)).then(() => (ended = true));
  let [seen, last] = [0, 0];
  const look = (): number =>
    reader.drain(({ entry, address, port, id, time }) => {
      seen++;
      assert.ok(entry > last);
      last = entry;
      assert.deepEqual([port, id, time], [entry & 0xffff, entry & 0xffff, entry]);
      assert.ok(address.every((byte) => byte === (entry & 0xff)));
    }, 1000);
  while (!ended) {
    look();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await end;
  while (look() > 0);
  assert.equal(seen + reader.dropped, 50_000);
});
