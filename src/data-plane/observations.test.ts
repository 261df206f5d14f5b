import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../observation/observation-ring.ts';
import { UNCHANGING } from '../server/repeat.ts';
import type { RepeatWatcher } from '../server/repeat.ts';
import { addressReply, allowing, packetFor, TestWorld } from '../wire-cache/test-world.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { createHotAnswers } from './hot-wire-cache.ts';
import type { HotWireCacheData } from './hot-wire-cache.ts';
import { Teacher } from './teacher.ts';

/** 192.0.2.1 from port 5353, as a socket address of each family; the last is the IPv4 one, mapped. */
const IPV4 = names(2, 0, 0x14, 0xe9, 192, 0, 2, 1);
const IPV6 = names(10, 0, 0x14, 0xe9, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8, ...zeros(11), 1, 0, 0, 0, 0);
const MAPPED = names(10, 0, 0x14, 0xe9, 0, 0, 0, 0, ...zeros(10), 255, 255, 192, 0, 2, 1, 0, 0, 0, 0);

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function names(...bytes: number[]): Int32Array {
  return new Int32Array(Uint8Array.from(bytes).buffer);
}

/** Remembers what it saw. */
class Watcher implements RepeatWatcher {
  readonly seen: string[] = [];

  repeated({ client, port, id, replySize, duration, time }: Observation): void {
    this.seen.push(`${client}:${port} ${id} ${replySize} ${duration} ${time}`);
  }
}

/** A teacher and the worker's hot answers, in one thread. */
class Pair {
  readonly world = new TestWorld();
  readonly clock = new FakeClock();
  readonly failures: unknown[] = [];
  readonly teacher: Teacher;
  readonly #standing = new SharedArrayBuffer(8);
  readonly #slab = Buffer.alloc(4096);
  #hot;

  constructor(observations = 16) {
    this.teacher = new Teacher({
      cells: this.world.cells,
      clock: this.clock,
      workerClock: { ahead: 0, standing: this.#standing },
      observations,
      refused: (reason) => assert.fail(reason),
      failed: (error) => this.failures.push(error),
      closed: () => undefined,
    });
    this.#hot = this.newWorker();
    this.teacher.begin((lesson) => this.#hot.learn(lesson));
  }

  newWorker(): ReturnType<typeof createHotAnswers> {
    return (this.#hot = createHotAnswers(this.teacher.source.data as HotWireCacheData));
  }

  pass(milliseconds: number): void {
    this.clock.advance(milliseconds);
    new Float64Array(this.#standing)[0] = this.clock.monotonic();
  }

  /** Teaches the worker the reply to a name, for clients of a family; it is made from `cell`. */
  teach(name: string, cell: number, watchers: readonly RepeatWatcher[], family: 4 | 6 = 4): void {
    const { world } = this;
    const reply = addressReply(name, [[192, 0, 2, 1]], { ...UNCHANGING, watchers });
    const given = world.give(packetFor(name), reply, (read) => read.read(world.cells, cell));
    const query = given.query.with({ client: { ...given.query.client, family } });
    const { cells, configuration } = world;
    this.teacher.given({ ...given, query }, { permission: allowing(), cells, configuration });
    this.pass(2);
  }

  /** Asks one after the other in one batch, which takes 3 ms; how many were answered. Functions are called between. */
  ask(asked: readonly (string | (() => void))[], client = IPV4, family: 4 | 6 = 4): number {
    const hot = this.#hot;
    hot.begin();
    let hits = 0;
    for (const [index, name] of asked.entries()) {
      if (typeof name !== 'string') {
        name();
        continue;
      }
      const packet = packetFor(name, { id: index + 1 });
      packet.copy(this.#slab);
      if (hot.answer(this.#slab, 0, packet.length, 4096, family, client, 0) > 0) hits++;
    }
    this.pass(3);
    if (hits > 0) hot.sent();
    return hits;
  }
}

test('who watches sees each hit, within 50 ms', () => {
  const pair = new Pair();
  const watcher = new Watcher();
  pair.teach('a.', pair.world.cells.allocate(), [watcher]);
  assert.equal(pair.ask(['a.', 'a.', 'b.']), 2);
  assert.deepEqual(watcher.seen, []);
  const expected = [1, 2].map((id) => `192.0.2.1:5353 ${id} 35 ${Math.fround(0.003)} 5`);
  pair.pass(50);
  assert.deepEqual(watcher.seen, expected);
  pair.pass(1000);
  assert.deepEqual(watcher.seen, expected);
  assert.deepEqual(pair.teacher.observed, { shown: 2, dropped: 0 });
});

const clients: readonly [title: string, client: Int32Array, family: 4 | 6, text: string][] = [
  ['IPv4', IPV4, 4, '192.0.2.1'],
  ['IPv4, mapped', MAPPED, 4, '192.0.2.1'],
  ['IPv6', IPV6, 6, '2001:db8::1'],
];
for (const [title, client, family, text] of clients) {
  test(`the client's address is that of ${title}`, () => {
    const pair = new Pair();
    const watcher = new Watcher();
    pair.teach('a.', pair.world.cells.allocate(), [watcher], family);
    pair.ask(['a.'], client, family);
    pair.teacher.show();
    assert.equal(watcher.seen[0]?.split(' ')[0], `${text}:5353`);
  });
}

test('what is asked while nobody watches costs no time of the main thread', () => {
  const pair = new Pair();
  pair.teach('a.', pair.world.cells.allocate(), []);
  assert.equal(pair.ask(['a.', 'a.']), 2);
  assert.equal(pair.clock.pending, 0);
  pair.teacher.collect();
  assert.deepEqual(pair.teacher.observed, { shown: 0, dropped: 0 });
});

test('many hits are shown bit by bit, but all at once when it counts', () => {
  const pair = new Pair(16_384);
  const watcher = new Watcher();
  pair.teach('a.', pair.world.cells.allocate(), [watcher]);
  pair.ask(new Array<string>(10_000).fill('a.'));
  pair.pass(50);
  assert.equal(watcher.seen.length, 4096);
  pair.pass(50);
  assert.equal(watcher.seen.length, 8192);
  pair.teacher.collect();
  assert.equal(watcher.seen.length, 10_000);
});

test('a full ring drops, and the count says how many', () => {
  const pair = new Pair(4);
  const watcher = new Watcher();
  pair.teach('a.', pair.world.cells.allocate(), [watcher]);
  pair.ask(['a.', 'a.', 'a.']);
  pair.ask(['a.', 'a.', 'a.']);
  pair.teacher.collect();
  assert.equal(watcher.seen.length, 4);
  assert.deepEqual(pair.teacher.observed, { shown: 4, dropped: 2 });
});

test('a slot goes to another answer only when all hits of the one before were shown', () => {
  const pair = new Pair();
  const [before, after] = [new Watcher(), new Watcher()];
  const { cells } = pair.world;
  const cell = cells.allocate();
  pair.teach('a.', cell, [before]);
  pair.ask(['a.']);
  cells.bump(cell);
  // Not true any more: its slot is released.
  assert.equal(pair.ask(['a.']), 0);
  pair.teacher.collect();
  pair.teach('b.', cell, [after]);
  pair.ask(['b.', 'b.']);
  pair.teacher.collect();
  assert.deepEqual([before.seen.length, after.seen.length], [1, 2]);
});

test('nor while hits of a batch in hand are not published yet', () => {
  const pair = new Pair();
  const [before, after] = [new Watcher(), new Watcher()];
  const { cells } = pair.world;
  const cell = cells.allocate();
  pair.teach('a.', cell, [before]);
  const hits = pair.ask([
    'a.',
    () => cells.bump(cell),
    'a.',
    () => pair.teacher.collect(),
    () => pair.teach('b.', cell, [after]),
    'b.',
  ]);
  assert.equal(hits, 2);
  pair.teacher.collect();
  assert.deepEqual([before.seen.length, after.seen.length], [1, 1]);
});

test('of a worker that is lost everything that it had published is shown, and another goes on', () => {
  const pair = new Pair();
  const watcher = new Watcher();
  const cell = pair.world.cells.allocate();
  pair.teach('a.', cell, [watcher]);
  pair.ask(['a.', 'a.']);
  pair.teacher.lost();
  assert.equal(watcher.seen.length, 2);
  assert.equal(pair.clock.pending, 0);
  pair.newWorker();
  pair.teach('a.', cell, [watcher]);
  pair.ask(['a.']);
  pair.pass(50);
  assert.equal(watcher.seen.length, 3);
});

test('a watcher that fails is reported and costs nobody else a hit', () => {
  const pair = new Pair();
  const watcher = new Watcher();
  const broken: RepeatWatcher = { repeated: () => assert.fail('on purpose') };
  pair.teach('a.', pair.world.cells.allocate(), [watcher, broken]);
  pair.ask(['a.', 'a.']);
  pair.teacher.show();
  assert.deepEqual([watcher.seen.length, pair.failures.length], [2, 2]);
});
