import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record, records, shown } from '../../../test/kit/link-world.ts';
import type { Following, TestEngine } from '../../../test/kit/link-world.ts';
import { seededRandom } from '../../plugin/random.ts';
import { RecordType } from '../../wire/codes.ts';
import type { Conflict } from './publication.ts';
import { firstLabelText, nextHost } from './service-label.ts';
import type { BuiltRecords } from './service-records.ts';

const US = '192.0.2.10';
const THEM = '192.0.2.20';
const HOST = records('!gw.local. 120 A 192.0.2.10', '_x._tcp.local. 4500 PTR gw.local.');
const THEIRS = record('!gw.local. 120 A 192.0.2.20');

/** A host that takes the next name when it loses one. */
function claimant(us: TestEngine, address: string, first = 'gw'): Following & { names: string[] } {
  const names = [first];
  const host = (): BuiltRecords => records(`!${names.at(-1)!}.local. 120 A ${address}`);
  const following = us.publish(host(), (conflict: Conflict) => {
    names.push(nextHost(firstLabelText(conflict.name)));
    return host();
  });
  return Object.assign(following, { names });
}

test('two who want one name: one keeps it, the other is renamed once, within five seconds', () => {
  for (let seed = 0; seed < 100; seed++) {
    const world = new LinkWorld(seed);
    const both = [claimant(world.engine(US), US), claimant(world.engine(THEM), THEM)];
    world.clock.advance(5000);
    assert.deepEqual(both.map(({ names }) => names.join()).sort(), ['gw', 'gw,gw-2'], `seed ${seed}`);
    assert.deepEqual(
      both.map(({ published }) => published.state),
      ['established', 'established'],
    );
  }
});

test('the one who was there first keeps it', () => {
  const world = new LinkWorld();
  const first = claimant(world.engine(US), US);
  world.clock.advance(5000);
  const second = claimant(world.engine(THEM), THEM);
  world.clock.advance(5000);
  assert.deepEqual([first.names, second.names], [['gw'], ['gw', 'gw-2']]);
});

test('two links that become one: who has the same name as another finds out, and one is renamed', () => {
  for (let seed = 0; seed < 50; seed++) {
    const world = new LinkWorld(seed);
    const engines = [world.engine(US), world.engine(THEM)];
    engines[1]!.station.isPlugged = false;
    const both = engines.map((engine, index) => claimant(engine, index === 0 ? US : THEM));
    world.clock.advance(5000);
    engines[1]!.station.isPlugged = true;
    world.peer('192.0.2.30').ask('gw.local. A');
    world.clock.advance(5000);
    assert.deepEqual(both.map(({ names }) => names.join()).sort(), ['gw', 'gw,gw-2'], `seed ${seed}`);
    assert.deepEqual(
      both.map(({ published }) => published.state),
      ['established', 'established'],
    );
  }
});

test('who announced our name out of our hearing until just now, and is told off, is forgotten by all', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  us.publish(HOST);
  world.clock.advance(5000);
  const peer = world.peer(THEM);
  const listener = world.engine('192.0.2.30').engine;
  const known = (): string[] =>
    listener.cache.lookup('gw.local.', RecordType.A).map(({ record: one }) => shown(one, false));
  us.station.isPlugged = false;
  peer.say([THEIRS]);
  us.station.isPlugged = true;
  world.clock.advance(500);
  peer.probe(THEIRS);
  world.clock.advance(500);
  assert.deepEqual(known(), ['!gw.local. A 192.0.2.20']);
  world.clock.advance(2500);
  assert.deepEqual(known(), ['!gw.local. A 192.0.2.10']);
});

test('many who want one name all get one, and nobody is renamed more often than there were others before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 0, max: 1000 }),
      (starts, seed) => {
        const world = new LinkWorld(seed);
        const hosts: ReturnType<typeof claimant>[] = [];
        starts.forEach((start, index) => {
          const address = `192.0.2.${index + 1}`;
          const engine = world.engine(address);
          world.clock.after(start, () => hosts.push(claimant(engine, address)));
        });
        world.clock.advance(4000 + 5000 * starts.length);
        const names = hosts.map((host) => host.names.at(-1)!);
        assert.equal(new Set(names).size, starts.length, names.join(' '));
        assert.ok(hosts.every(({ published }) => published.state === 'established'));
        const renames = hosts.reduce((sum, host) => sum + host.names.length - 1, 0);
        const most = (starts.length * (starts.length - 1)) / 2;
        assert.ok(renames >= starts.length - 1 && renames <= most, `${renames} renames`);
      },
    ),
    { numRuns: 40, seed: 6762 },
  );
});

test('a conflict over an established name is asked about before it is given up', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST);
  world.clock.advance(5000);
  // A proxy that still has an old record, and answers no probe.
  peer.say([THEIRS]);
  const heard = world.clock.monotonic();
  world.clock.advance(5);
  assert.equal(host.published.state, 'probing');
  peer.ask('gw.local. A');
  world.clock.advance(5000);
  assert.deepEqual([host.conflicts.length, host.established], [0, 2]);
  assert.deepEqual([us.counters.conflicts.value, us.counters.renames.value], [1, 0]);
  const after = world.packets(heard + 1, US);
  assert.deepEqual(
    after.map(({ message }) => message.isResponse),
    [false, false, false, true, true],
  );
  assert.ok(
    after.every(({ message }) => message.answers.every(({ ttl }) => ttl > 0)),
    'nothing is taken back',
  );
});

test('a conflict over an established name that is repeated when asked about: another name, no goodbye for theirs', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const host = us.publish(HOST, () =>
    records('!gw-2.local. 120 A 192.0.2.10', '_x._tcp.local. 4500 PTR gw-2.local.'),
  );
  world.clock.advance(5000);
  const begin = world.clock.monotonic();
  for (let time = 0; time < 600; time += 100) {
    peer.say([THEIRS]);
    world.clock.advance(100);
  }
  world.clock.advance(5000);
  assert.deepEqual([host.conflicts.length, host.published.state], [1, 'established']);
  assert.deepEqual([us.counters.conflicts.value, us.counters.renames.value], [2, 1]);
  const said = world.packets(begin, US).flatMap(({ message }) => message.answers);
  assert.deepEqual(
    [...new Set(said.map((one) => shown(one)))],
    ['!gw-2.local. 120 A 192.0.2.10', '_x._tcp.local. 4500 PTR gw-2.local.'],
  );
});

const consistent: readonly (readonly [string, string])[] = [
  ['the same', '!gw.local. 120 A 192.0.2.10'],
  ['another type', '!gw.local. 120 AAAA fe80::1'],
  ['a goodbye', '!gw.local. 0 A 192.0.2.20'],
  ['an NSEC record', '!gw.local. 120 NSEC gw.local. AAAA'],
  ['of a shared name', '_x._tcp.local. 4500 PTR other.local.'],
];
for (const [title, text] of consistent) {
  test(`no conflict over an established name: ${title}`, () => {
    const world = new LinkWorld();
    const us = world.engine(US);
    const host = us.publish(HOST);
    world.clock.advance(5000);
    world.peer(THEM).say([record(text)]);
    world.clock.advance(500);
    assert.deepEqual(
      [host.published.state, host.established, us.counters.conflicts.value],
      ['established', 1, 0],
    );
  });
}

test('a conflict says who a gateway is by the options of its packet', () => {
  const world = new LinkWorld();
  const us = world.engine(US);
  const peer = world.peer(THEM);
  const mark = Uint8Array.of(0xfd, 0xe9, 0, 1, 9);
  const host = us.publish(HOST);
  world.clock.advance(400);
  peer.say([THEIRS], mark);
  world.clock.advance(400);
  assert.deepEqual(
    host.conflicts.map((conflict) => Buffer.from(conflict.mark).toString('hex')),
    ['fde9000109'],
  );
});

test('our own packets that come back, at once or late, from our address or from a reflector, are no conflict', () => {
  for (const [delay, reflector] of [
    [0, US],
    [300, US],
    [1900, US],
    [0, THEM],
    [300, THEM],
    [1900, THEM],
  ] as const) {
    const world = new LinkWorld(7);
    const us = world.engine(US);
    const copies = world.link.station('bridge', reflector);
    const carried = new Set<string>();
    copies.listen({
      heard: (packet, source) => {
        const key = Buffer.from(packet).toString('latin1');
        if (source.address === reflector && carried.has(key)) return;
        carried.add(key);
        world.clock.after(delay, () => copies.send(packet));
      },
      addressesChanged: () => undefined,
    });
    const host = us.publish(HOST);
    world.clock.advance(2000);
    host.published.update({ ...records('!gw.local. 120 A 192.0.2.11'), isProxied: false });
    world.clock.advance(8000);
    assert.deepEqual(
      [host.conflicts.length, host.published.state],
      [0, 'established'],
      `${delay} ms, ${reflector}`,
    );
    assert.equal(us.counters.conflicts.value, 0, `${delay} ms, ${reflector}`);
  }
});

test('a machine with two interfaces on one link is in no conflict with itself', () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = new LinkWorld(seed);
    const engines = world.twoInterfaces(US, THEM);
    const both = engines.map((engine, index) => claimant(engine, index === 0 ? US : THEM));
    world.clock.advance(10_000);
    assert.deepEqual(
      both.map(({ names, published }) => [names.join(), published.state]),
      [
        ['gw', 'established'],
        ['gw', 'established'],
      ],
    );
  }
});

test('two gateways that begin to say the same at once announce it as one would', () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = new LinkWorld(seed);
    for (const address of [US, THEM]) world.engine(address).publish(HOST, undefined, true);
    world.clock.advance(10_000);
    const announcements = world.packets().filter(({ message }) => message.isResponse);
    assert.equal(announcements.length, 2, `seed ${seed}`);
  }
});

test('two gateways that say the same of a device live side by side, and change what they say in any order', () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = new LinkWorld(seed);
    const random = seededRandom(seed);
    const engines = [world.engine(US), world.engine(THEM)];
    const device = (address: number): BuiltRecords =>
      records(`!tv.local. 120 A 192.0.2.${address}`, '_cast._tcp.local. 4500 PTR tv.local.');
    let address = 100;
    // Both know what the device says by now: whoever was behind says it when asked again.
    const both = engines.map((engine) => engine.publish(device(address), () => device(address), true));
    world.clock.advance(5000);
    for (let round = 0; round < 5; round++) {
      address++;
      for (const { published } of both) {
        world.clock.after(random.below(50), () => published.update({ ...device(address), isProxied: true }));
      }
      world.clock.advance(10_000);
    }
    assert.deepEqual(
      engines.map(({ counters }) => counters.renames.value),
      [0, 0],
    );
    assert.deepEqual(
      both.map(({ published }) => published.state),
      ['established', 'established'],
    );
  }
});
