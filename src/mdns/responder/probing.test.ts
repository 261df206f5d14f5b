import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record, records, shown } from '../../../test/kit/link-world.ts';
import { LinkWorld } from '../../../test/kit/link-world.ts';
import type { HeardMessage } from '../../../test/kit/link-world.ts';
import { RecordType } from '../../wire/codes.ts';

const US = '192.0.2.10';
const THEM = '192.0.2.20';
const HOST = records('!gw.local. 120 A 192.0.2.10');

/** The queries that are probes. */
function probes(packets: readonly HeardMessage[]): HeardMessage[] {
  return packets.filter(({ message }) => !message.isResponse && message.authority.length > 0);
}

function responses(packets: readonly HeardMessage[]): HeardMessage[] {
  return packets.filter(({ message }) => message.isResponse);
}

function times(packets: readonly HeardMessage[]): number[] {
  return packets.map(({ at }) => at);
}

test('three probes after a random quarter of a second, 250 ms apart, then two announcements a second apart', () => {
  const starts = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const world = new LinkWorld(seed);
    const us = world.engine(US);
    const host = us.publish(HOST);
    assert.equal(host.published.state, 'probing');
    world.clock.advance(5000);
    const [first, second, third, ...others] = times(probes(world.packets()));
    assert.ok(first! >= 1 && first! <= 251, `begins at ${first}`);
    starts.add(Math.floor(first! / 50));
    assert.deepEqual([second! - first!, third! - first!, others.length], [250, 500, 0]);
    assert.deepEqual(times(responses(world.packets())), [first! + 751, first! + 1751]);
    assert.deepEqual([host.published.state, host.established], ['established', 1]);
  }
  assert.ok(starts.size >= 5, 'the beginnings are spread over the quarter of a second');
});

test('a probe asks for any type of all names at once, QU, and claims without the cache-flush bit', () => {
  const world = new LinkWorld();
  world
    .engine(US)
    .publish(records('!a.local. 120 A 192.0.2.1', '!b.local. 120 TXT "x"', 'c.local. 9 TXT "y"'));
  world.clock.advance(252);
  const [{ message }] = probes(world.packets()) as [HeardMessage];
  assert.deepEqual(message.questions, [
    { name: 'a.local.', type: RecordType.ANY, unicast: true },
    { name: 'b.local.', type: RecordType.ANY, unicast: true },
  ]);
  assert.deepEqual(
    message.authority.map((claim) => shown(claim)),
    ['a.local. 120 A 192.0.2.1', 'b.local. 120 TXT "x"'],
  );
});

test('where another program has the port, replies to a probe are wanted by multicast', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  us.station.isShared = true;
  us.publish(HOST);
  world.clock.advance(252);
  assert.equal(probes(world.packets())[0]!.message.questions[0]!.unicast, false);
});

test('announcements have all records, the unique ones with the cache-flush bit', () => {
  const world = new LinkWorld();
  world.engine(US).publish(records('!gw.local. 120 A 192.0.2.10', '_x._tcp.local. 4500 PTR gw.local.'));
  world.clock.advance(3000);
  for (const { message } of responses(world.packets())) {
    assert.deepEqual(message.questions, []);
    assert.deepEqual(
      message.answers.map((answer) => shown(answer)),
      ['!gw.local. 120 A 192.0.2.10', '_x._tcp.local. 4500 PTR gw.local.'],
    );
  }
});

test('what is only shared is announced without probes', () => {
  const world = new LinkWorld();
  const pointer = world.engine(US).publish(records('_x._tcp.local. 4500 PTR a._x._tcp.local.'));
  world.clock.advance(3000);
  assert.deepEqual(times(world.packets()), [1, 1001]);
  assert.equal(pointer.published.state, 'established');
});

test('many publications probe and announce in few packets', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  for (let index = 0; index < 100; index++)
    us.publish(records(`!host-${index}.local. 120 A 192.0.2.${index}`));
  world.clock.advance(3000);
  assert.ok(probes(world.packets()).length <= 3 * 5, `${probes(world.packets()).length} probes`);
  assert.ok(
    responses(world.packets()).length <= 2 * 10,
    `${responses(world.packets()).length} announcements`,
  );
  for (const { packet } of world.link.packets) assert.ok(packet.length <= 1440, `${packet.length} bytes`);
});

const defences: readonly (readonly [string, string])[] = [
  ['another address', '!gw.local. 120 A 192.0.2.20'],
  ['another type', '!gw.local. 120 AAAA fe80::20'],
  ['another letter case', '!GW.local. 120 A 192.0.2.20'],
  ['without the cache-flush bit', 'gw.local. 120 A 192.0.2.20'],
];
for (const [title, answer] of defences) {
  test(`a response while probing is a conflict: ${title}`, () => {
    const world = new LinkWorld();
    const us = world.engine(US);
    const peer = world.peer(THEM);
    const host = us.publish(HOST, () => records('!gw-2.local. 120 A 192.0.2.10'));
    world.clock.advance(600);
    peer.tell(US, [record(answer)]);
    const lost = world.clock.monotonic();
    world.clock.advance(5000);
    assert.equal(host.conflicts.length, 1);
    const [{ name, source }] = host.conflicts as [(typeof host.conflicts)[0]];
    assert.deepEqual([name, source.address], ['gw.local.', THEM]);
    const after = probes(world.packets(lost + 2));
    assert.deepEqual(
      after.map(({ message }) => message.questions[0]!.name),
      Array(3).fill('gw-2.local.'),
    );
    assert.equal(host.published.state, 'established');
    assert.deepEqual([us.counters.conflicts.value, us.counters.renames.value], [1, 1]);
    assert.match(us.lines.join('\n'), /conflict over gw\.local\.: 192\.0\.2\.20 port 5353 says/);
    assert.match(us.lines.join('\n'), /renamed gw\.local\. to gw-2\.local\.: 192\.0\.2\.20 port 5353 says/);
  });
}

const noConflicts: readonly (readonly [string, string])[] = [
  ['the very same', '!gw.local. 120 A 192.0.2.10'],
  ['the same with another TTL and letter case', 'GW.Local. 5 A 192.0.2.10'],
  ['a goodbye', '!gw.local. 0 A 192.0.2.20'],
  ['another name', '!gx.local. 120 A 192.0.2.20'],
  ['what there is not', '!gw.local. 120 NSEC gw.local. AAAA'],
];
for (const [title, answer] of noConflicts) {
  test(`a response while probing is no conflict: ${title}`, () => {
    const world = new LinkWorld();
    const host = world.engine(US).publish(HOST);
    const peer = world.peer(THEM);
    for (let at = 0; at < 3000; at += 100) {
      peer.say([record(answer)]);
      world.clock.advance(100);
    }
    assert.deepEqual([host.conflicts.length, host.published.state], [0, 'established']);
  });
}

test('a response before the first probe is ignored', () => {
  const world = new LinkWorld(3);
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  peer.say([record('!gw.local. 120 A 192.0.2.20')]);
  world.clock.advance(2);
  assert.equal(probes(world.packets()).length, 0, 'the seed lets it wait');
  world.clock.advance(4000);
  assert.deepEqual([host.conflicts.length, host.published.state], [0, 'established']);
});

test('who loses a tie waits a second and asks again, before any new name; an old probe costs a second only', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  world.clock.advance(300);
  peer.probe(record('!gw.local. 120 A 192.0.2.20'));
  const tie = world.clock.monotonic();
  world.clock.advance(4000);
  const [again] = probes(world.packets(tie + 2, US)) as [HeardMessage];
  assert.ok(again.at >= tie + 1000 && again.at <= tie + 1260, `asks again after ${again.at - tie} ms`);
  assert.deepEqual([host.conflicts.length, host.published.state], [0, 'established']);
});

test('who wins a tie goes on', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  for (let at = 0; at < 1000; at += 50) {
    peer.probe(record('!gw.local. 120 A 192.0.2.9'));
    world.clock.advance(50);
  }
  assert.equal(probes(world.packets(0, US)).length, 3);
  assert.equal(host.published.state, 'established');
});

test('a tie with the very same is none', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  for (let at = 0; at < 1000; at += 50) {
    peer.probe(record('!GW.local. 5 A 192.0.2.10'));
    world.clock.advance(50);
  }
  assert.equal(probes(world.packets(0, US)).length, 3);
  assert.equal(host.published.state, 'established');
});

test('fifteen conflicts in ten seconds: from then on five seconds between attempts', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  let number = 1;
  us.publish(HOST, () => records(`!gw-${++number}.local. 120 A 192.0.2.10`));
  peer.station.listen({
    heard: (_packet, source) => {
      const { message } = world.packets().at(-1)!;
      if (source.address !== US || message.isResponse) return;
      peer.tell(US, [{ ...record('!x.local. 120 A 192.0.2.20'), name: message.questions[0]!.name }]);
    },
    addressesChanged: () => undefined,
  });
  world.clock.advance(60_000);
  const starts = times(probes(world.packets(0, US)));
  assert.ok(starts.length > 15);
  assert.ok(starts[14]! < 10_000, 'the first fifteen are quick');
  for (let index = 15; index < starts.length; index++) {
    assert.ok(starts[index]! - starts[index - 1]! >= 5000, `attempt ${index}`);
  }
});

test('two publications of ours that say the same share a name; one that says something else does not', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const first = us.publish(HOST);
  const second = us.publish(HOST);
  const third = us.publish(records('!gw.local. 120 A 192.0.2.99'), () =>
    records('!gw-2.local. 120 A 192.0.2.99'),
  );
  world.clock.advance(3000);
  assert.deepEqual([first.conflicts.length, second.conflicts.length, third.conflicts.length], [0, 0, 1]);
  assert.equal(third.conflicts[0]!.source.address, US);
  assert.deepEqual(
    [first, second, third].map(({ published }) => published.state),
    ['established', 'established', 'established'],
  );
  const [{ message }] = responses(world.packets()) as [HeardMessage];
  assert.equal(message.answers.filter(({ name }) => name === 'gw.local.').length, 1, 'it goes once');
});

test('an owner that gives up is withdrawn', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  world.clock.advance(400);
  peer.say([record('!gw.local. 120 A 192.0.2.20')]);
  world.clock.advance(5000);
  assert.equal(host.published.state, 'withdrawn');
  assert.deepEqual(responses(world.packets(0, US)), []);
});

test('an owner that insists on its name asks again a second later', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST, () => HOST);
  world.clock.advance(400);
  peer.say([record('!gw.local. 120 A 192.0.2.20')]);
  const lost = world.clock.monotonic();
  world.clock.advance(5000);
  assert.ok(probes(world.packets(lost + 2, US))[0]!.at >= lost + 1000);
  assert.deepEqual([host.published.state, us.counters.renames.value], ['established', 0]);
});
