import { encode } from 'dns-packet';
import type { RecordType as RecordTypeName } from 'dns-packet';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, question, record, records, shown } from '../../../test/kit/link-world.ts';
import type { HeardMessage } from '../../../test/kit/link-world.ts';
import { typeName } from '../../wire/codes.ts';
import { recordDataText } from '../../wire/presentation.ts';
import { queryPackets } from '../packets.ts';
import { HOST, THEM, US, scene } from './test-scene.ts';

const GW = '!gw.local. A 192.0.2.10, !gw.local. A 192.0.2.11';
const NO_GW6 = '!gw.local. NSEC gw.local. A';
const SRV = '!Front\\ door._http._tcp.local. SRV 0 0 80 gw.local.';
const TXT = '!Front\\ door._http._tcp.local. TXT "path=/"';
const PTR = '_http._tcp.local. PTR Front\\ door._http._tcp.local.';

const answers: readonly (readonly [string, string | readonly string[], readonly string[]])[] = [
  ['all of a unique set, and that there is no AAAA', 'gw.local. A', [`${GW} + ${NO_GW6}`]],
  ['names in any letter case', 'GW.LOCAL. A', [`${GW} + ${NO_GW6}`]],
  ['no such type of a name of ours', 'gw.local. AAAA', [NO_GW6]],
  [
    'no such type of a service',
    'Front\\ door._http._tcp.local. A',
    ['!Front\\ door._http._tcp.local. NSEC Front\\ door._http._tcp.local. TXT SRV'],
  ],
  [
    'the other family goes along',
    'dual.local. A',
    ['!dual.local. A 192.0.2.10 + !dual.local. AAAA fe80::10'],
  ],
  ['any type', 'dual.local. ANY', ['!dual.local. A 192.0.2.10, !dual.local. AAAA fe80::10']],
  [
    'a pointer brings all that is needed',
    '_http._tcp.local. PTR',
    [`${PTR} + ${SRV}, ${TXT}, ${GW}, ${NO_GW6}`],
  ],
  ['a service brings its host', 'Front\\ door._http._tcp.local. SRV', [`${SRV} + ${GW}, ${NO_GW6}`]],
  [
    'the list of types',
    '_services._dns-sd._udp.local. PTR',
    ['_services._dns-sd._udp.local. PTR _http._tcp.local.'],
  ],
  ['a name of nobody', 'other.local. A', []],
  ['no such type of a shared name', '_http._tcp.local. TXT', []],
  [
    'several questions, one packet',
    ['gw.local. A', '_services._dns-sd._udp.local. PTR'],
    [`${GW}, _services._dns-sd._udp.local. PTR _http._tcp.local. + ${NO_GW6}`],
  ],
  [
    'what is an answer is not additional',
    ['gw.local. A', 'Front\\ door._http._tcp.local. SRV'],
    [`${GW}, ${SRV} + ${NO_GW6}`],
  ],
  ['QU, not long after it went to all', 'gw.local. A QU', [`to ${THEM}: ${GW} + ${NO_GW6}`]],
];
for (const [title, questions, expected] of answers) {
  test(`answers: ${title}`, () => {
    const { world, peer, said } = scene();
    peer.ask(questions);
    world.clock.advance(1000);
    assert.deepEqual(said(), expected);
  });
}

test('responses have id 0, no questions, and the cache-flush bit on unique records alone', () => {
  const { world, peer, heard } = scene();
  peer.ask('_http._tcp.local. PTR');
  world.clock.advance(1000);
  const [{ message }] = heard() as [HeardMessage];
  assert.deepEqual([message.id, message.questions, message.truncated], [0, [], false]);
  assert.deepEqual(new Set(message.answers.map(({ unique }) => unique)), new Set([false]));
  assert.deepEqual(new Set(message.additional.map(({ unique }) => unique)), new Set([true]));
});

test('unique answers go at once, shared ones and those to several questions after 20 to 120 ms, evenly spread', () => {
  const delays = (questions: string | readonly string[]): number[] => {
    const found: number[] = [];
    for (let seed = 0; seed < 120; seed++) {
      const { world, peer, heard, begin } = scene(seed, 2000);
      peer.ask(questions);
      world.clock.advance(1000);
      // A millisecond to us, on the simulated link.
      found.push(heard()[0]!.at - begin - 1);
    }
    return found.sort((left, right) => left - right);
  };
  assert.ok(delays('gw.local. A').every((delay) => delay <= 10));
  for (const questions of ['_http._tcp.local. PTR', ['gw.local. A', 'dual.local. A']]) {
    const spread = delays(questions);
    assert.ok(spread[0]! >= 20 && spread.at(-1)! <= 120, `${spread[0]} to ${spread.at(-1)}`);
    for (const quarter of [20, 45, 70, 95]) {
      const share = spread.filter((delay) => delay >= quarter && delay < quarter + 25).length / spread.length;
      assert.ok(share > 0.1 && share < 0.45, `${share} of the answers from ${quarter} ms on`);
    }
  }
});

test('no record goes to the group twice within a second, however often it is asked for', () => {
  const { world, us, begin } = scene();
  const peers = Array.from({ length: 20 }, (_, index) => world.peer(`192.0.2.${100 + index}`));
  const questions = ['gw.local. A', '_http._tcp.local. PTR', 'gw.local. AAAA', 'dual.local. ANY'];
  for (let at = 0; at < 10_000; at += 5) {
    peers[(at / 5) % peers.length]!.ask(questions[(at / 5) % questions.length]!);
    world.clock.advance(5);
  }
  const last = new Map<string, number>();
  let packets = 0;
  for (const { at, message } of world.packets(begin, US)) {
    packets++;
    for (const one of [...message.answers, ...message.additional]) {
      const key = shown(one, false);
      assert.ok(at - (last.get(key) ?? -Infinity) >= 1000, `${key} at ${at}, and at ${last.get(key)}`);
      last.set(key, at);
    }
  }
  assert.ok(packets > 10 && packets < 60, `${packets} packets for 2000 questions`);
  assert.equal(us.counters.dropped.too_many.value, 0);
});

test('a flood of questions that want unicast is not answered one by one', () => {
  const { world, peer, heard } = scene();
  for (let at = 0; at < 1000; at += 10) {
    peer.ask('gw.local. A QU');
    world.clock.advance(10);
  }
  assert.equal(heard().filter(({ to }) => to !== undefined).length, 50);
  assert.ok(heard().filter(({ to }) => to === undefined).length <= 2);
});

test('QU is answered to all when the record has not been heard for a quarter of its life', () => {
  const { world, peer, said } = scene(1, 31_000);
  peer.ask('gw.local. A QU');
  world.clock.advance(1000);
  assert.deepEqual(said(), [`${GW} + ${NO_GW6}`]);
});

const others: readonly (readonly [string, string, number, boolean])[] = [
  [
    'an answer that waits anyway goes with what goes up to half a second later',
    '_http._tcp.local. PTR',
    600,
    true,
  ],
  ['an answer waits for nothing that goes later than that', '_http._tcp.local. PTR', 200, false],
  ['a unique answer waits for nothing', 'dual.local. A', 600, false],
];
for (const [title, asked, ago, isTogether] of others) {
  test(title, () => {
    const { world, us, peer, said } = scene();
    us.publish(records('_new._tcp.local. 4500 PTR x._new._tcp.local.'));
    world.clock.advance(ago);
    peer.ask(asked);
    world.clock.advance(2000);
    const together = said().filter((line) => line.includes('_new._tcp') && line.includes(','));
    assert.deepEqual([said().length, together.length], isTogether ? [2, 1] : [3, 0], said().join('\n'));
  });
}

test('a name is defended against a probe at once, by unicast where that is wanted', () => {
  const { world, peer, heard, begin } = scene();
  peer.probe(record('!gw.local. 120 A 192.0.2.20'));
  world.clock.advance(1000);
  const [{ at, to, message }] = heard() as [HeardMessage];
  assert.ok(at - begin <= 2);
  assert.equal(to?.address, THEM);
  assert.deepEqual(
    message.answers.map((one) => shown(one)),
    ['!gw.local. 120 A 192.0.2.10', '!gw.local. 120 A 192.0.2.11'],
  );
});

test('a name is defended to the group 250 ms after the record went there', () => {
  const { world, peer, heard, begin } = scene();
  peer.ask('gw.local. A');
  world.clock.advance(50);
  const before = heard().length;
  peer.station.send(probeByMulticast());
  world.clock.advance(1000);
  assert.deepEqual(
    heard()
      .slice(before)
      .map(({ at, to }) => [at - begin, to]),
    [[251, undefined]],
  );
});

test('who is about to claim what we say is let be', () => {
  const { world, peer, heard } = scene();
  peer.probe(record('!gw.local. 120 A 192.0.2.10'), record('!gw.local. 120 A 192.0.2.11'));
  world.clock.advance(1000);
  assert.deepEqual(heard(), []);
});

const legacy: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['an address', 'gw.local.', 'A', ['gw.local. 10 A 192.0.2.10', 'gw.local. 10 A 192.0.2.11']],
  ['letter case as asked', 'GW.local.', 'A', ['gw.local. 10 A 192.0.2.10', 'gw.local. 10 A 192.0.2.11']],
  ['a pointer', '_http._tcp.local.', 'PTR', ['_http._tcp.local. 10 PTR Front\\ door._http._tcp.local.']],
  ['none of the type', 'gw.local.', 'AAAA', []],
];
for (const [title, name, type, expected] of legacy) {
  test(`a client that is no querier gets a reply as from any DNS server: ${title}`, () => {
    const { world, peer, heard } = scene();
    peer.station.sendFrom(54321, legacyQuery(name, type));
    world.clock.advance(1000);
    const [{ message, to }, ...rest] = heard() as [HeardMessage, ...HeardMessage[]];
    assert.deepEqual(rest, []);
    assert.deepEqual([to?.address, to?.port, message.id], [THEM, 54321, 4711]);
    assert.deepEqual(
      message.questions.map((one) => `${one.name} ${typeName(one.type)} ${one.unicast}`),
      [`${name} ${type} false`],
    );
    assert.deepEqual(
      message.answers.map(
        (one) => `${one.name} ${one.ttl} ${typeName(one.type)} ${recordDataText(one.type, one.data)}`,
      ),
      expected,
    );
    for (const one of [...message.answers, ...message.additional]) {
      assert.ok(one.ttl <= 10 && !one.unique, shown(one));
    }
  });
}

test('a client that is no querier gets one reply to all of its questions, which repeats them', () => {
  const { world, peer, heard } = scene();
  peer.station.sendFrom(
    54321,
    legacyQuery('gw.local.', 'A', 'gw.local.', 'AAAA', 'x.local.', 'A', 'dual.local.', 'A'),
  );
  world.clock.advance(1000);
  const [{ message }, ...rest] = heard() as [HeardMessage, ...HeardMessage[]];
  assert.deepEqual(rest, []);
  assert.deepEqual(
    message.questions.map((one) => `${one.name} ${typeName(one.type)}`),
    ['gw.local. A', 'gw.local. AAAA', 'x.local. A', 'dual.local. A'],
  );
  assert.deepEqual(
    message.answers.map((one) => shown(one)),
    ['gw.local. 10 A 192.0.2.10', 'gw.local. 10 A 192.0.2.11', 'dual.local. 10 A 192.0.2.10'],
  );
  assert.deepEqual(
    message.additional.map((one) => shown(one)),
    ['gw.local. 10 NSEC gw.local. A', 'dual.local. 10 AAAA fe80::10'],
  );
});

test('a client that is no querier gets no reply of names that are not ours', () => {
  const { world, peer, heard } = scene();
  peer.station.sendFrom(54321, legacyQuery('other.local.', 'A'));
  world.clock.advance(1000);
  assert.deepEqual(heard(), []);
});

test('nothing is answered while a name is still probed for', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  us.publish(HOST);
  world.clock.advance(500);
  peer.ask('gw.local. A');
  world.clock.advance(200);
  assert.equal(world.packets(0, US).filter(({ message }) => message.isResponse).length, 0);
});

test('packets of what is said for another link carry the mark, others do not', () => {
  const world = new LinkWorld();
  const mark = Uint8Array.of(0xfd, 0xe9, 0, 2, 7, 7);
  const us = world.engineWithMark(mark, US);
  us.publish(records('_x._tcp.local. 4500 PTR own._x._tcp.local.'));
  us.publish(records('_x._tcp.local. 4500 PTR theirs._x._tcp.local.'), undefined, true);
  world.clock.advance(3000);
  const peer = world.peer(THEM);
  peer.ask('_x._tcp.local. PTR');
  world.clock.advance(3000);
  void us.engine.close();
  const marked = world
    .packets(0, US)
    .map(
      ({ message }) =>
        `${Buffer.from(message.options).toString('hex')} ${message.answers.map((one) => shown(one)).join()}`,
    );
  const own = ' _x._tcp.local. 4500 PTR own._x._tcp.local.';
  const theirs = 'fde900020707 _x._tcp.local. 4500 PTR theirs._x._tcp.local.';
  const goodbyes = [own, theirs].map((text) => text.replace(' 4500 ', ' 0 '));
  assert.deepEqual(marked, [own, theirs, own, theirs, own, theirs, ...goodbyes]);
});

function probeByMulticast(): Uint8Array {
  const claim = record('gw.local. 120 A 192.0.2.20');
  return Uint8Array.from(queryPackets([question('gw.local. ANY')], [], [claim])[0]!);
}

/** As dig sends it. */
function legacyQuery(...namesAndTypes: readonly string[]): Uint8Array {
  const questions = namesAndTypes.flatMap((name, index) =>
    index % 2 > 0 ? [] : [{ name: name.slice(0, -1), type: namesAndTypes[index + 1] as RecordTypeName }],
  );
  return encode({ type: 'query', id: 4711, flags: 0x0100, questions });
}
