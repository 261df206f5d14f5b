import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../server/reply.ts';
import { Rcode, RecordClass, RecordType } from '../wire/codes.ts';
import { readMessage } from '../wire/message.ts';
import { soaData } from '../wire/rdata.ts';
import { Statistic } from './counter-memory.ts';
import { addressReply, packetFor, Tally, TestWorld } from './test-world.ts';

/** Its query ends with the first byte of a word. */
const NAME = 'webs.prod.svc.cluster.local.';
/** All multipliers are 0, and so are all hashes. */
const SAME_HASHES = { below: () => 0 };

test('a learned reply is given with the client’s id', () => {
  const world = new TestWorld();
  const bytes = world.teachAddress(NAME);
  bytes.writeUInt16BE(0xbeef, 0);
  assert.deepEqual(world.ask(packetFor(NAME, { id: 0xbeef })), bytes);
});

test('the reply may be written where the query lies', () => {
  const world = new TestWorld();
  const bytes = world.teachAddress(NAME);
  const memory = Buffer.alloc(4096);
  packetFor(NAME).copy(memory, 8);
  const packets = { bytes: memory, words: new Int32Array(memory.buffer, memory.byteOffset, 1024) };
  const length = world.cache.answer(packets, 8, packetFor(NAME).length, world.now, packets, 8);
  assert.deepEqual(memory.subarray(8, 8 + length), bytes);
});

const others = [
  { title: 'of another name', packet: packetFor('weds.prod.svc.cluster.local.') },
  { title: 'in another letter case', packet: packetFor('Webs.prod.svc.cluster.local.') },
  { title: 'of another last letter', packet: packetFor('webs.prod.svc.cluster.locam.') },
  { title: 'of another type', packet: packetFor(NAME, { type: RecordType.AAAA }) },
  { title: 'with other flags', packet: packetFor(NAME, { flags: 0x0120 }) },
  { title: 'with an OPT record', packet: packetFor(NAME, { edns: {} }) },
  { title: 'with another opcode', packet: packetFor(NAME, { flags: 0x2100 }) },
  { title: 'with a byte more', packet: Buffer.concat([packetFor(NAME), Buffer.alloc(1)]) },
  { title: 'with a byte less', packet: packetFor(NAME).subarray(0, -1) },
  { title: 'of another class', packet: Buffer.concat([packetFor(NAME).subarray(0, -1), Buffer.of(3)]) },
  { title: 'that is a header only', packet: packetFor(NAME).subarray(0, 12) },
  { title: 'that is empty', packet: Buffer.alloc(0) },
  { title: 'that is longer than any plain one', packet: Buffer.alloc(600) },
];
for (const { title, packet } of others) {
  test(`a query ${title} is a miss, also where its hash is the same`, () => {
    for (const world of [new TestWorld(), new TestWorld({}, SAME_HASHES)]) {
      world.teachAddress(NAME);
      assert.equal(world.ask(packet), undefined);
      assert.notEqual(world.ask(packetFor(NAME)), undefined);
    }
  });
}

test('queries of the same hash are told apart by their bytes', () => {
  const world = new TestWorld({}, SAME_HASHES);
  const names = Array.from({ length: 40 }, (_, index) => `n${index}.example.`);
  const replies = names.map((name, index) => world.teachAddress(name, undefined, [10, 0, 0, index]));
  for (const [index, name] of names.entries()) assert.deepEqual(world.ask(packetFor(name)), replies[index]);
  assert.equal(world.ask(packetFor('n41.example.')), undefined);
});

test('OPT records of another size, flag or version are other queries', () => {
  const world = new TestWorld();
  const packet = packetFor(NAME, { edns: { udpSize: 1232 } });
  world.teach(world.give(packet, addressReply(NAME, [[10, 0, 0, 1]])));
  assert.notEqual(world.ask(packet), undefined);
  assert.equal(world.ask(packetFor(NAME, { edns: { udpSize: 512 } })), undefined);
  assert.equal(world.ask(packetFor(NAME, { edns: { dnssecOk: true } })), undefined);
  assert.equal(world.ask(packetFor(NAME, { edns: { version: 1 } })), undefined);
  assert.equal(world.ask(packetFor(NAME, { edns: { options: Buffer.from('000a0000', 'hex') } })), undefined);
});

for (let count = 1; count <= 8; count++) {
  test(`a change of any of ${count} things that an answer was made from ends it`, () => {
    for (let changed = 0; changed < count; changed++) {
      const world = new TestWorld();
      const read = Array.from({ length: count }, () => world.cells.allocate());
      const unread = world.cells.allocate();
      const given = world.give(packetFor(NAME), addressReply(NAME, [[10, 0, 0, 1]]), (dependencies) => {
        for (const cell of read) dependencies.read(world.cells, cell);
      });
      world.teach(given);
      world.cells.bump(unread);
      assert.notEqual(world.ask(given.packet), undefined, 'a change of something else does not');
      world.cells.bump(read[changed]!);
      assert.equal(world.ask(given.packet), undefined);
      assert.equal(world.cache.size, 0, 'and it is gone');
    }
  });
}

test('a change between the making of an answer and its arrival is seen', () => {
  const world = new TestWorld();
  const cell = world.cells.allocate();
  const given = world.give(packetFor(NAME), addressReply(NAME, [[10, 0, 0, 1]]), (dependencies) =>
    dependencies.read(world.cells, cell),
  );
  const answer = world.judge(given);
  assert.ok(typeof answer !== 'string');
  world.cells.bump(cell);
  world.deliver(answer);
  assert.deepEqual([world.cache.size, world.ask(given.packet)], [0, undefined]);
});

test('a reload ends all answers of the configuration before', () => {
  const world = new TestWorld();
  world.teachAddress(NAME);
  world.cells.bump(world.configuration.cell);
  assert.equal(world.ask(packetFor(NAME)), undefined);
});

test('cells that are made after the cache are followed too', () => {
  const world = new TestWorld();
  world.teachAddress('early.example.', world.cells.allocate());
  let last = 0;
  const before = world.cells.memory.byteLength;
  while (world.cells.memory.byteLength === before) last = world.cells.allocate();
  world.teachAddress(NAME, last);
  assert.notEqual(world.ask(packetFor(NAME)), undefined);
  world.cells.bump(last);
  assert.equal(world.ask(packetFor(NAME)), undefined);
});

test('TTLs run down by whole seconds, and the answer ends before they are 0', () => {
  const world = new TestWorld();
  const running = { since: world.now - 2700, elapsed: 2 };
  world.teach(
    world.give(
      packetFor(NAME),
      addressReply(
        NAME,
        [
          [10, 0, 0, 1],
          [10, 0, 0, 2],
        ],
        { running },
      ),
    ),
  );
  const ttls = (): number[] | undefined => {
    const bytes = world.ask(packetFor(NAME));
    return bytes && readMessage(bytes).answer.map(({ ttl }) => ttl);
  };
  const start = world.now;
  // The reply was learned with 30 seconds, 2.7 seconds after its TTLs began to run.
  const moments = [
    [0, 30],
    [299, 30],
    [300, 29],
    [1299, 29],
    [1300, 28],
    [28_300, 1],
    [29_299, 1],
  ] as const;
  for (const [after, ttl] of moments) {
    world.now = start + after;
    assert.deepEqual(ttls(), [ttl, ttl], `after ${after} ms`);
  }
  world.now = start + 29_300;
  assert.equal(ttls(), undefined);
});

test('TTLs that stand still do so, and the answer has no end', () => {
  const world = new TestWorld();
  const bytes = world.teachAddress(NAME);
  world.now += 1e9;
  assert.deepEqual(world.ask(packetFor(NAME)), bytes);
});

test('an answer ends when its plugin says so', () => {
  const world = new TestWorld();
  const repeat = { until: world.now + 1000 };
  world.teach(world.give(packetFor(NAME), addressReply(NAME, [[10, 0, 0, 1]], repeat)));
  world.now += 999;
  assert.notEqual(world.ask(packetFor(NAME)), undefined);
  world.now += 1;
  assert.equal(world.ask(packetFor(NAME)), undefined);
});

test('a serial that follows a cell is what the cell says, and the answer goes on', () => {
  const world = new TestWorld();
  const serialCell = world.cells.allocate();
  const values = new Int32Array(world.cells.memory);
  const name = 'nothing.prod.svc.cluster.local.';
  values[serialCell] = 1_790_000_000;
  const soa = (serial: number): Reply => {
    const primary = 'ns.dns.cluster.local.';
    const mailbox = 'hostmaster.cluster.local.';
    const data = soaData({ primary, mailbox, serial, refresh: 1, retry: 2, expire: 3, minimum: 4 });
    const record = { name: 'cluster.local.', type: RecordType.SOA, class: RecordClass.IN, ttl: 5, data };
    return new Reply({ rcode: Rcode.NameError, authority: [record], repeat: { serialCell } });
  };
  world.teach(world.give(packetFor(name), soa(1_790_000_000)));
  for (const serial of [1_790_000_000, 1_790_000_007, 2_190_000_000]) {
    values[serialCell] = serial;
    assert.deepEqual(world.ask(packetFor(name)), world.give(packetFor(name), soa(serial)).bytes);
  }
});

test('what is learned anew takes the place of what was known', () => {
  const world = new TestWorld();
  world.teachAddress(NAME, undefined, [10, 0, 0, 1]);
  const bytes = world.teachAddress(NAME, undefined, [10, 0, 0, 2]);
  assert.deepEqual(world.ask(packetFor(NAME)), bytes);
  assert.equal(world.cache.size, 1);
});

test('a reply that the caller has no room for is not kept', () => {
  const world = new TestWorld({ reply: 60 });
  world.teachAddress('a.example.');
  world.teachAddress(NAME);
  assert.notEqual(world.ask(packetFor('a.example.')), undefined);
  assert.equal(world.ask(packetFor(NAME)), undefined);
});

test('many answers travel in one buffer, and every one is found', () => {
  const world = new TestWorld();
  const names = Array.from({ length: 500 }, (_, index) => `${'x'.repeat(index % 60)}${index}.example.`);
  const replies = names.map((name, index) =>
    world.teachAddress(name, undefined, [10, 0, index >> 8, index & 255]),
  );
  for (const [index, name] of names.entries()) assert.deepEqual(world.ask(packetFor(name)), replies[index]);
});

test('clearing forgets all, gives slots back, and leaves the cache usable', () => {
  const world = new TestWorld();
  const counter = new Tally();
  for (const name of ['a.example.', 'b.example.']) {
    world.teach(world.give(packetFor(name), addressReply(name, [[10, 0, 0, 1]], { counter })));
  }
  world.cache.clear();
  world.slots.collect();
  assert.deepEqual([world.cache.size, world.cache.bytes, world.slots.size], [0, 0, 0]);
  assert.equal(world.ask(packetFor('a.example.')), undefined);
  world.teachAddress('a.example.');
  assert.notEqual(world.ask(packetFor('a.example.')), undefined);
});

test('hits, misses and what is out of date are counted', () => {
  const world = new TestWorld();
  const cell = world.cells.allocate();
  world.teachAddress(NAME, cell);
  for (let count = 0; count < 3; count++) world.ask(packetFor(NAME));
  world.ask(packetFor('other.example.'));
  world.cells.bump(cell);
  world.ask(packetFor(NAME));
  const { statistics } = world.counters;
  const { Hits, Misses, Outdated, Learned, Evicted } = Statistic;
  assert.deepEqual(
    [Hits, Misses, Outdated, Learned, Evicted].map((index) => statistics[index]),
    [3, 1, 1, 1, 0],
  );
});
