import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record, shown } from '../../test/kit/link-world.ts';
import type { HeardMessage, Peer, TestEngine } from '../../test/kit/link-world.ts';
import { RecordType } from '../wire/codes.ts';

const US = '192.0.2.10';
const THEM = '192.0.2.20';
const POINTER = '_x._tcp.local. 4500 PTR a._x._tcp.local.';
const SECOND = 1000;
const HOUR = 3600 * SECOND;

interface Scene {
  readonly world: LinkWorld;
  readonly us: TestEngine;
  readonly peer: Peer;
  readonly told: string[];
  readonly close: () => void;
  /** Our queries. */
  readonly asked: () => HeardMessage[];
  /** Seconds from one of our queries to the next, the first from the beginning. */
  readonly intervals: () => number[];
}

function scene(seed = 1, name = '_x._tcp.local.', type: number = RecordType.PTR): Scene {
  const world = new LinkWorld(seed);
  const us = world.engine(US);
  const told: string[] = [];
  const subscription = us.engine.querier.subscribe(name, type, {
    appeared: (held) => told.push(`appeared ${shown(held.record)}`),
    gone: (held) => told.push(`gone ${shown(held.record)}`),
  });
  const asked = (): HeardMessage[] => world.packets(0, US).filter(({ message }) => !message.isResponse);
  const intervals = (): number[] =>
    asked().map(({ at }, index, all) => Math.round((at - (all[index - 1]?.at ?? 0)) / SECOND));
  return { world, us, peer: world.peer(THEM), told, close: () => subscription.close(), asked, intervals };
}

test('the first query goes after 20 to 120 ms, QU; then after 1, 2, 4 seconds and so on, up to an hour', () => {
  const first = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const { world, asked } = scene(seed);
    world.clock.advance(SECOND);
    const [{ at, message }] = asked() as [HeardMessage];
    // Ten more while others join its packet.
    assert.ok(at >= 20 && at <= 131, `${at}`);
    first.add(Math.floor(at / 25));
    assert.deepEqual(
      message.questions.map(({ unicast }) => unicast),
      [true],
    );
  }
  assert.ok(first.size >= 4);
  const { world, intervals, asked } = scene();
  world.clock.advance(6 * HOUR);
  const [, ...later] = intervals();
  assert.deepEqual(later.slice(0, 12), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
  assert.ok(later.slice(12).length >= 3 && later.slice(12).every((seconds) => seconds === 3600));
  assert.ok(
    asked()
      .slice(1)
      .every(({ message }) => !message.questions[0]!.unicast),
  );
});

test('where another program has the port, no unicast is asked for', () => {
  const { world, us, asked } = scene();
  us.station.isShared = true;
  world.clock.advance(SECOND);
  assert.equal(asked()[0]!.message.questions[0]!.unicast, false);
});

test('who wants to know the same shares one stream of questions, and is told of what is known at once', () => {
  const { world, us, peer, asked, told } = scene();
  world.clock.advance(SECOND);
  peer.say([record(POINTER)]);
  world.clock.advance(10);
  const also: string[] = [];
  us.engine.querier.subscribe('_X._TCP.local.', RecordType.PTR, {
    appeared: (held) => also.push(shown(held.record)),
    gone: () => undefined,
  });
  assert.deepEqual([also, told], [[POINTER], [`appeared ${POINTER}`]]);
  const before = asked().length;
  world.clock.advance(60 * SECOND);
  assert.ok(asked().length - before <= 6);
});

test('nobody wants to know: nothing is asked', () => {
  const { world, close, asked } = scene();
  world.clock.advance(10 * SECOND);
  const before = asked().length;
  close();
  world.clock.advance(HOUR);
  assert.equal(asked().length, before);
  assert.equal(world.clock.pending, 0);
});

test('questions of the same moment go in one packet', () => {
  const { world, us, asked } = scene();
  for (let index = 0; index < 20; index++) {
    us.engine.querier.subscribe(`host-${index}.local.`, RecordType.A, {
      appeared: () => undefined,
      gone: () => undefined,
    });
  }
  world.clock.advance(SECOND);
  assert.equal(
    asked().reduce((sum, { message }) => sum + message.questions.length, 0),
    21,
  );
  assert.ok(asked().length <= 11, `${asked().length} packets`);
});

test('what is known is told along, for as long as more than half of its life is before it', () => {
  const { world, peer, asked } = scene();
  world.clock.advance(500);
  peer.say([record(POINTER), record('_y._tcp.local. 4500 PTR b._y._tcp.local.')]);
  world.clock.advance(3000 * SECOND);
  const known = asked()
    .slice(1)
    .map(({ at, message }) => [
      Math.round(at / SECOND),
      message.answers.map((one) => shown(one, false)).join(),
    ]);
  assert.ok(known.length > 8);
  for (const [seconds, answers] of known) {
    assert.equal(
      answers,
      (seconds as number) < 2250 ? '_x._tcp.local. PTR a._x._tcp.local.' : '',
      `${seconds} s`,
    );
  }
  const ttls = asked().flatMap(({ at, message }) => message.answers.map(({ ttl }) => at / SECOND + ttl));
  assert.ok(
    ttls.every((end) => end > 4498 && end <= 4501),
    'with what is left of it',
  );
});

test('a unique record is not asked for again until it is old, and then at 80, 85, 90 and 95 % of its life', () => {
  const { world, peer, asked, told } = scene(1, 'gw.local.', RecordType.A);
  world.clock.advance(500);
  const from = world.clock.monotonic() + 1;
  peer.say([record('!gw.local. 1000 A 192.0.2.1')]);
  const before = asked().length;
  world.clock.advance(990 * SECOND);
  const percents = asked()
    .slice(before)
    .map(({ at }) => (at - from) / (10 * SECOND));
  assert.equal(percents.length, 4, percents.join(' '));
  for (const [index, least] of [80, 85, 90, 95].entries()) {
    assert.ok(percents[index]! >= least && percents[index]! <= least + 2.1, `${percents[index]}`);
  }
  world.clock.advance(20 * SECOND);
  assert.equal(told.at(-1), 'gone !gw.local. 1000 A 192.0.2.1');
});

test('an answer to the first refresh ends the series of them', () => {
  const { world, peer, asked } = scene(1, 'gw.local.', RecordType.A);
  world.clock.advance(500);
  peer.say([record('!gw.local. 1000 A 192.0.2.1')]);
  const before = asked().length;
  world.clock.advance(830 * SECOND);
  assert.equal(asked().length - before, 1);
  peer.say([record('!gw.local. 1000 A 192.0.2.1')]);
  world.clock.advance(790 * SECOND);
  assert.equal(asked().length - before, 1);
});

test('when the last record is gone, the series begins anew', () => {
  const { world, peer, asked } = scene(1, 'gw.local.', RecordType.A);
  world.clock.advance(100 * SECOND);
  peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  world.clock.advance(10 * SECOND);
  peer.say([record('!gw.local. 0 A 192.0.2.1')]);
  const before = asked().length;
  world.clock.advance(9 * SECOND);
  assert.equal(asked().length - before, 4, 'after a second, and 1, 2 and 4 more');
});

test("somebody else's question serves for ours", () => {
  const { world, peer, asked } = scene();
  world.clock.advance(5 * SECOND);
  const before = asked().length;
  // Ours would go 7 seconds after the first.
  world.clock.advance(1900);
  peer.ask('_X._tcp.local. PTR');
  world.clock.advance(4 * SECOND);
  assert.equal(asked().length, before);
  world.clock.advance(10 * SECOND);
  assert.equal(asked().length, before + 1);
});

test("somebody else's question does not serve for ours when it wants unicast, or knows what we do not", () => {
  for (const [text, known] of [
    ['_x._tcp.local. PTR QU', []],
    ['_x._tcp.local. PTR', [record(POINTER)]],
  ] as const) {
    const { world, peer, asked } = scene();
    world.clock.advance(6900);
    const before = asked().length;
    peer.ask(text, known);
    world.clock.advance(SECOND);
    assert.equal(asked().length, before + 1, text);
  }
});

test('a record that did not serve is asked for at once and twice more, and gone after ten seconds of silence', () => {
  const { world, us, peer, asked, told } = scene(1, 'gw.local.', RecordType.A);
  world.clock.advance(500);
  peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  world.clock.advance(5 * SECOND);
  const before = asked().length;
  us.engine.querier.reconfirm(us.engine.cache.lookup('gw.local.', RecordType.A)[0]!);
  world.clock.advance(9500);
  assert.equal(asked().length - before, 3);
  assert.ok(
    asked()
      .slice(before)
      .every(({ message }) => message.answers.length === 0),
    'it is not known',
  );
  assert.equal(told.length, 1);
  world.clock.advance(SECOND);
  assert.equal(told.at(-1), 'gone !gw.local. 120 A 192.0.2.1');
});

test('a record that its owner confirms stays, and is not asked for any more', () => {
  const { world, us, peer, asked, told } = scene(1, 'gw.local.', RecordType.A);
  world.clock.advance(500);
  peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  world.clock.advance(5 * SECOND);
  us.engine.querier.reconfirm(us.engine.cache.lookup('gw.local.', RecordType.A)[0]!);
  world.clock.advance(100);
  peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  const before = asked().length;
  world.clock.advance(60 * SECOND);
  assert.deepEqual([asked().length - before, told.length], [0, 1]);
});

test('what leads to a name of which nobody says anything is asked for, and gone if nobody confirms it', () => {
  for (const [title, answer, isGone] of [
    ['its owner is gone', undefined, true],
    ['its owner is there, and says the pointer again', POINTER, false],
    ['it has records of another type', 'a._x._tcp.local. 120 TXT "a"', false],
  ] as const) {
    const { world, us, peer, told } = scene();
    world.clock.advance(500);
    peer.say([record(POINTER), ...(answer === undefined || answer === POINTER ? [] : [record(answer)])]);
    world.clock.advance(5 * SECOND);
    const ignore = { appeared: () => undefined, gone: () => undefined };
    us.engine.querier.subscribe('a._x._tcp.local.', RecordType.SRV, ignore);
    world.clock.advance(3500);
    if (answer === POINTER) peer.say([record(POINTER)]);
    world.clock.advance(9 * SECOND);
    assert.equal(told.length, 1, title);
    world.clock.advance(SECOND);
    assert.equal(told.length, isGone ? 2 : 1, title);
  }
});

test('what others ask for twice and nobody answers is gone ten seconds later', () => {
  const { world, peer, told } = scene(1, 'gw.local.', RecordType.A);
  const asker = world.peer('192.0.2.30');
  world.clock.advance(500);
  peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  world.clock.advance(5 * SECOND);
  asker.ask('gw.local. A');
  world.clock.advance(2 * SECOND);
  asker.ask('gw.local. A');
  world.clock.advance(9 * SECOND);
  assert.equal(told.at(-1), 'gone !gw.local. 120 A 192.0.2.1');
});

test('what others ask for and get stays', () => {
  const { world, peer, told } = scene(1, 'gw.local.', RecordType.A);
  const asker = world.peer('192.0.2.30');
  for (let round = 0; round < 10; round++) {
    world.clock.advance(2 * SECOND);
    asker.ask('gw.local. A');
    world.clock.advance(10);
    peer.say([record('!gw.local. 120 A 192.0.2.1')]);
  }
  world.clock.advance(30 * SECOND);
  assert.equal(told.length, 1);
});

test('a link that comes back is asked anew, and what it said is forgotten', () => {
  const { world, us, peer, asked, told } = scene();
  world.clock.advance(100 * SECOND);
  peer.say([record(POINTER)]);
  world.clock.advance(10);
  us.station.change();
  assert.deepEqual(told, [`appeared ${POINTER}`, `gone ${POINTER}`]);
  us.station.change(US);
  const before = asked().length;
  world.clock.advance(3500);
  assert.equal(asked().length - before, 3);
});

test('a hundred services, an hour: few questions', () => {
  const { world, peer, asked } = scene();
  world.clock.advance(500);
  peer.say(
    Array.from({ length: 100 }, (_, index) => record(`_x._tcp.local. 4500 PTR s-${index}._x._tcp.local.`)),
  );
  world.clock.advance(HOUR - 10 * SECOND);
  // The back-off alone makes 13; a refresh begins after 80 % of 75 minutes.
  assert.ok(asked().length <= 30, `${asked().length} packets`);
});

test('clients who ask for one name after another cost 20 packets in a second, and each name is asked for', () => {
  const { world, us, asked } = scene();
  const nothing = { appeared: () => undefined, gone: () => undefined };
  const names: string[] = [];
  for (let at = 0; at < 10 * SECOND; at += 20) {
    const name = `n${at}.local.`;
    names.push(name);
    us.engine.querier.subscribe(name, RecordType.A, nothing);
    world.clock.advance(20);
  }
  world.clock.advance(SECOND);
  const packets = asked();
  for (const { at } of packets) {
    const within = packets.filter((other) => other.at >= at && other.at < at + SECOND).length;
    assert.ok(within <= 20, `${within} packets within a second`);
  }
  const named = new Set(packets.flatMap(({ message }) => message.questions.map(({ name }) => name)));
  for (const name of names) assert.ok(named.has(name), name);
});
