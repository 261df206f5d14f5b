import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { observationMemory, ObservationReader, ObservationWriter } from './observation-ring.ts';

const LOOPBACK = wordsOf(127, 0, 0, 1);

/** Bytes as they lie in memory, read as words. */
function wordsOf(...bytes: number[]): Int32Array {
  return new Int32Array(Uint8Array.from(bytes).buffer);
}

/** Notes one by one, and publishes all together. */
function writeMany(writer: ObservationWriter, first: number, count: number): void {
  for (let entry = first; entry < first + count; entry++) {
    writer.note(entry, LOOPBACK, 0, 4, 5353, entry & 0xffff, 100);
  }
  writer.publish(0.000_004, first);
}

function entries(reader: ObservationReader, limit = Infinity): number[] {
  const seen: number[] = [];
  reader.drain(({ entry }) => seen.push(entry), limit);
  return seen;
}

test('everything that was noted comes out', () => {
  const memory = observationMemory(4);
  const names = wordsOf(
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x20,
    0x01,
    0x0d,
    0xb8,
    ...new Array<number>(11).fill(0),
    0x35,
  );
  const writer = new ObservationWriter(memory);
  writer.note(4_000_000_000, names, 2, 6, 65_535, 65_535, 65_507);
  writer.publish(0.25, 1e15 + 0.5);
  const reader = new ObservationReader(memory);
  const count = reader.drain((observation) => {
    const { address, ...rest } = observation;
    assert.deepEqual(rest, {
      entry: 4_000_000_000,
      family: 6,
      port: 65_535,
      id: 65_535,
      replySize: 65_507,
      duration: 0.25,
      time: 1e15 + 0.5,
    });
    assert.deepEqual(address, new Uint8Array(names.buffer.slice(8)));
    assert.equal(observation.client, '2001:db8::35');
  }, 10);
  assert.equal(count, 1);
  assert.equal(reader.dropped, 0);
});

test('an IPv4 address stands in the first four bytes', () => {
  const memory = observationMemory(2);
  writeMany(new ObservationWriter(memory), 1, 1);
  const count = new ObservationReader(memory).drain((observation) => {
    assert.equal(observation.family, 4);
    assert.deepEqual([...observation.address.subarray(0, 4)], [127, 0, 0, 1]);
    assert.equal(observation.client, '127.0.0.1');
  }, 1);
  assert.equal(count, 1);
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

test('nothing is seen before it is published, and then all with the same time', () => {
  const memory = observationMemory(4);
  const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
  for (const entry of [1, 2]) writer.note(entry, LOOPBACK, 0, 4, 5353, entry, 100);
  assert.equal(writer.pending, 2);
  assert.deepEqual(entries(reader), []);
  writer.publish(0.5, 77);
  assert.equal(writer.pending, 0);
  const seen: number[][] = [];
  reader.drain(({ entry, duration, time }) => seen.push([entry, duration, time]), Infinity);
  assert.deepEqual(seen, [
    [1, 0.5, 77],
    [2, 0.5, 77],
  ]);
});

test('what is dropped is counted with the rest of its batch', () => {
  const memory = observationMemory(2);
  const [writer, reader] = [new ObservationWriter(memory), new ObservationReader(memory)];
  for (const entry of [1, 2, 3]) writer.note(entry, LOOPBACK, 0, 4, 5353, entry, 100);
  assert.equal(reader.dropped, 0);
  writer.publish(0, 0);
  assert.equal(reader.dropped, 1);
  // All of it.
  writer.note(4, LOOPBACK, 0, 4, 5353, 4, 100);
  writer.publish(0, 0);
  assert.equal(reader.dropped, 2);
  assert.deepEqual(entries(reader), [1, 2]);
});

test('a writer that comes after another goes on where that had published', () => {
  const memory = observationMemory(4);
  const reader = new ObservationReader(memory);
  const lost = new ObservationWriter(memory);
  writeMany(lost, 1, 3);
  lost.note(4, LOOPBACK, 0, 4, 5353, 4, 100);
  writeMany(new ObservationWriter(memory), 5, 1);
  assert.deepEqual(entries(reader), [1, 2, 3, 5]);
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
    const words = new Int32Array(address.buffer);
    for (let entry = 1; entry <= 50_000; entry++) {
      address.fill(entry & 0xff);
      writer.note(entry, words, 0, 6, entry & 0xffff, entry & 0xffff, 512);
      // In batches of one to seven.
      if (entry % 7 === 0 || entry % 3 === 0 || entry === 50_000) writer.publish(1, entry);
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
      assert.deepEqual([port, id], [entry & 0xffff, entry & 0xffff]);
      assert.ok(time >= entry && time < entry + 3);
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
