import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, TestEngine, records, shown } from '../../test/kit/link-world.ts';
import { SimulatedLink } from '../../test/kit/simulated-link.ts';
import { EchoFilter } from './echo-filter.ts';
import { HostPublisher } from './publishing/host-publisher.ts';
import { ServicePublisher } from './publishing/service-publisher.ts';

const FIRST = '192.0.2.10';
const SECOND = '192.0.2.11';
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

/** A machine with two interfaces on one link, on both of which it announces a service, and somebody who watches. */
class Machine {
  readonly world: LinkWorld;
  readonly engines: readonly [TestEngine, TestEngine];
  readonly watcher: TestEngine;
  readonly renames: string[] = [];

  constructor(seed: number) {
    this.world = new LinkWorld(seed);
    this.engines = this.world.twoInterfaces(FIRST, SECOND);
    this.watcher = this.world.engine('192.0.2.90');
    for (const { engine } of this.engines) {
      new HostPublisher(engine, 'desk', (name) => this.renames.push(name));
      const service = { instance: 'Desk', type: '_http._tcp', host: 'desk.local.', port: 80 };
      const renamed = (name: string): unknown => this.renames.push(name);
      new ServicePublisher(engine, service, { established: () => undefined, renamed });
    }
  }

  pass(milliseconds: number): void {
    this.world.clock.advance(milliseconds);
  }

  /** The addresses of its name, as the watcher has them. */
  get known(): string[] {
    const held = this.watcher.engine.cache.lookup('desk.local.', 1);
    return held.map(({ record }) => [...record.data].join('.')).sort();
  }

  /** Answers that go over the link while something is done and for a while, by packet: with the time that each took. */
  said(milliseconds: number, what: () => void): { readonly after: number; readonly records: string[] }[] {
    const from = this.world.clock.monotonic();
    what();
    this.pass(milliseconds);
    return this.world
      .packets(from)
      .filter(({ message, source }) => message.isResponse && [FIRST, SECOND].includes(source.address))
      .map(({ at, message }) => ({ after: at - from, records: message.answers.map((one) => shown(one)) }));
  }
}

test('two interfaces on one link say all addresses together, and forget none of them at others', () => {
  for (const seed of SEEDS) {
    const machine = new Machine(seed);
    machine.pass(5000);
    assert.deepEqual(machine.known, [FIRST, SECOND], `seed ${seed}`);
    for (let round = 0; round < 20; round++) {
      machine.world.peer('192.0.2.91').ask('desk.local. A');
      machine.pass(10_000);
      assert.deepEqual(machine.known, [FIRST, SECOND], `seed ${seed}, round ${round}`);
    }
    assert.deepEqual(machine.renames, []);
    for (const { counters } of machine.engines) assert.equal(counters.conflicts.value, 0);
  }
});

test('what both say is said once: at once when asked, and announced by the first alone', () => {
  for (const seed of SEEDS) {
    const machine = new Machine(seed);
    const announced = machine.said(10_000, () => undefined);
    // The second may begin first, and say it once before it hears the other.
    assert.ok(announced.length <= 4, `seed ${seed}: ${JSON.stringify(announced)}`);
    const peer = machine.world.peer('192.0.2.91');
    for (const question of ['desk.local. A', 'desk.local. A QU', '_http._tcp.local. PTR']) {
      const said = machine.said(3000, () => peer.ask(question));
      assert.equal(said.length, 1, `seed ${seed}: ${question}`);
      if (question.includes(' A')) assert.ok(said[0]!.after < 5, `seed ${seed}: ${said[0]!.after} ms`);
    }
    const [{ engine }] = machine.engines;
    const changes = machine.said(5000, () => {
      for (const each of machine.engines) each.publish(records('!other.local. 120 TXT "x"'));
    });
    assert.ok(changes.length <= 3, `seed ${seed}: ${JSON.stringify(changes)}`);
    assert.deepEqual(engine.addresses.length, 2);
  }
});

test('an interface that goes takes its address along, and the other goes on for both', () => {
  for (const gone of [0, 1] as const) {
    const machine = new Machine(1);
    machine.pass(10_000);
    machine.engines[gone].station.change();
    machine.pass(3000);
    const left = gone === 0 ? SECOND : FIRST;
    assert.deepEqual(machine.known, [left]);
    const said = machine.said(2000, () => machine.world.peer('192.0.2.91').ask('desk.local. A'));
    assert.deepEqual(
      said.map(({ records }) => records),
      [[`!desk.local. 120 A ${left}`]],
    );
    machine.engines[gone].station.change(gone === 0 ? FIRST : SECOND);
    machine.pass(10_000);
    assert.deepEqual(machine.known, [FIRST, SECOND]);
  }
});

test('interfaces whose link was cut in two speak each for itself, and the second is not silent meanwhile', () => {
  const machine = new Machine(1);
  machine.pass(10_000);
  const [first, second] = machine.engines;
  first.station.isPlugged = false;
  const peer = machine.world.peer('192.0.2.91');
  for (let round = 0; round < 5; round++) {
    assert.ok(machine.said(5000, () => peer.ask('desk.local. A')).length > 0, `round ${round}`);
  }
  assert.deepEqual(second.engine.addresses, second.station.addresses);
  assert.deepEqual(machine.known, [SECOND]);
  first.station.isPlugged = true;
  first.engine.responder.addressesChanged();
  for (let round = 0; round < 2; round++) {
    peer.ask('desk.local. A');
    machine.pass(5000);
  }
  assert.deepEqual(machine.known, [FIRST, SECOND]);
});

test('a stranger who wants the name is told off, and who has it is given way to by both, once', () => {
  const machine = new Machine(1);
  machine.pass(10_000);
  const peer = machine.world.peer('192.0.2.91');
  const claim = records('!desk.local. 120 A 192.0.2.91').unique;
  assert.ok(machine.said(1000, () => peer.probe(...claim)).length > 0);
  peer.station.listen({
    heard: (packet, { address }) => {
      if (packet[2] === 0 && [FIRST, SECOND].includes(address)) peer.say(claim);
    },
    addressesChanged: () => undefined,
  });
  peer.say(claim);
  machine.pass(10_000);
  assert.deepEqual([...new Set(machine.renames)], ['desk-2.local.']);
});

test('interfaces on two links that say the same at once stay apart', () => {
  const world = new LinkWorld();
  const echoes = new EchoFilter(world.clock);
  const engines = [FIRST, '198.51.100.10'].map((address, index) => {
    const link = index === 0 ? world.link : new SimulatedLink(world.clock);
    const station = link.station(`eth${index}`, address);
    station.isOwn = (one) => [FIRST, '198.51.100.10'].includes(one);
    return new TestEngine(world, station, index, new Uint8Array(0), echoes);
  });
  const same = records('!tv.local. 120 A 203.0.113.1', '_cast._tcp.local. 4500 PTR tv.local.');
  for (const engine of engines) engine.publish(same);
  world.clock.advance(60_000);
  for (const { engine, station } of engines) assert.equal(engine.addresses, station.addresses);
});
