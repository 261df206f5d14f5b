import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record, shown } from '../../../test/kit/link-world.ts';
import type { Peer, TestEngine } from '../../../test/kit/link-world.ts';
import { HostPublisher } from './host-publisher.ts';

const US = '192.0.2.10';
const POINTER = '10.2.0.192.in-addr.arpa.';

/** A machine with a name on a link, on which there may be another program that speaks for it. */
class Machine {
  readonly world = new LinkWorld();
  readonly us: TestEngine = this.world.engine(US, 'fe80::10');
  /** Has our address. */
  readonly other: Peer = this.world.peer(US);
  readonly stranger: Peer = this.world.peer('192.0.2.20');
  readonly renames: string[] = [];
  host: HostPublisher | undefined;

  begin(isShared: boolean): void {
    this.us.station.isShared = isShared;
    this.host = new HostPublisher(this.us.engine, 'desk', (name) => this.renames.push(name));
  }

  pass(milliseconds: number): void {
    this.world.clock.advance(milliseconds);
  }

  /** What goes over the link, from the other program as well, while something is done and for a while. */
  said(milliseconds: number, what: () => void): string[] {
    const from = this.world.clock.monotonic();
    what();
    this.pass(milliseconds);
    const messages = this.world.packets(from).filter(({ message }) => message.isResponse);
    return messages.flatMap(({ message }) => message.answers.map((one) => shown(one)));
  }

  get troubles(): number {
    return this.us.counters.conflicts.value + this.us.counters.renames.value + this.renames.length;
  }
}

const HOST = ['!desk.local. 120 A 192.0.2.10', '!desk.local. 120 AAAA fd00::10'];

test('a program of this machine that claims the name has it: no answer, no goodbye, no conflict', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  const said = machine.said(5000, () => {
    for (const after of [0, 250, 500]) {
      machine.world.clock.after(after, () => machine.other.probe(...HOST.map(record)));
    }
    machine.world.clock.after(750, () => machine.other.say(HOST.map(record)));
    machine.world.clock.after(2000, () => machine.stranger.ask('desk.local. A'));
  });
  assert.deepEqual(said, HOST);
  assert.equal(machine.troubles, 0);
  assert.ok(machine.us.lines.some((line) => line.includes('another program has UDP port 5353')));
});

for (const { title, isShared } of [
  { title: 'on a port that was ours alone', isShared: false },
  { title: 'on a port that was not', isShared: true },
]) {
  test(`a name that another program of this machine has already is not announced, ${title}`, () => {
    const machine = new Machine();
    machine.other.station.listen({
      heard: (packet, source) => {
        if (packet[2] === 0 && source.address === US) machine.other.say(HOST.map(record));
      },
      addressesChanged: () => undefined,
    });
    const said = machine.said(5000, () => machine.begin(isShared));
    assert.deepEqual(new Set(said), new Set(HOST));
    assert.equal(machine.troubles, 0);
  });
}

test('where another program has the port, it is heard for half a second before the first probe', () => {
  const machine = new Machine();
  machine.begin(true);
  machine.pass(490);
  assert.deepEqual(machine.world.packets(0, US), []);
  machine.pass(5000);
  assert.deepEqual(
    machine.said(500, () => machine.stranger.ask('desk.local. A')),
    [HOST[0]!],
  );
});

for (const { title, what, wait } of [
  {
    title: 'is taken back by its goodbye',
    what: (other: Peer) => other.say(HOST.map((one) => ({ ...record(one), ttl: 0 }))),
    wait: 4000,
  },
  { title: 'is not said for the whole of its life', what: () => undefined, wait: 121_000 },
]) {
  test(`a name that was left to another program and ${title} is ours again`, () => {
    const machine = new Machine();
    machine.begin(false);
    machine.pass(5000);
    machine.other.say(HOST.map(record));
    machine.pass(5000);
    what(machine.other);
    machine.pass(wait);
    const said = machine.said(1500, () => machine.stranger.ask('desk.local. AAAA'));
    assert.deepEqual(said, ['!desk.local. 120 AAAA fe80::10']);
    assert.equal(machine.troubles, 0);
  });
}

test('what another program of this machine says in the same words may be said by both, and nobody ends it', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  const same = ['!desk.local. 120 A 192.0.2.10', '!desk.local. 120 AAAA fe80::10'].map(record);
  assert.deepEqual(
    machine.said(3000, () => machine.other.probe(...same)),
    [],
  );
  const said = machine.said(3000, () => machine.other.say(same.map((one) => ({ ...one, ttl: 0 }))));
  assert.ok(said.includes('!desk.local. 120 A 192.0.2.10'), said.join());
  assert.equal(machine.troubles, 0);
});

test('our own words that come back after seconds are no other program', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(2000);
  const packets = machine.world.link.packets.map(({ packet }) => packet);
  machine.pass(5000);
  for (const packet of packets) machine.other.station.send(packet);
  machine.pass(2000);
  assert.deepEqual(
    machine.said(500, () => machine.stranger.ask('desk.local. A')),
    [HOST[0]!],
  );
  assert.equal(machine.troubles, 0);
});

test('another program that is sooner to know of a new address of the machine is no stranger', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  const { station } = machine.us;
  station.look = () => {
    if (!station.isOwn('192.0.2.99')) station.change('192.0.2.99', 'fe80::10');
  };
  const sooner = machine.world.peer('192.0.2.99');
  const claim = record('!desk.local. 120 A 192.0.2.99');
  const said = machine.said(5000, () => {
    sooner.probe(claim);
    machine.world.clock.after(250, () => sooner.say([claim]));
  });
  assert.ok(!said.some((line) => line.includes(` A ${US}`)), said.join());
  assert.equal(machine.troubles, 0);
});

test('pointers from our addresses are left without a word to a program that claims them, under any name', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  assert.deepEqual(
    machine.said(500, () => machine.stranger.ask(`${POINTER} PTR`)),
    [`${POINTER} 120 PTR desk.local.`],
  );
  const pointer = record(`!${POINTER} 120 PTR table.local.`);
  assert.deepEqual(
    machine.said(3000, () => machine.other.probe(pointer)),
    [],
  );
  assert.deepEqual(
    machine.said(3000, () => machine.stranger.ask('desk.local. A')),
    [HOST[0]!],
  );
  assert.equal(machine.troubles, 0);
});

test('a stranger who claims the name is told off, and one who has it keeps it', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  const claim = record('!desk.local. 120 A 192.0.2.20');
  assert.ok(machine.said(200, () => machine.stranger.probe(claim)).includes(HOST[0]!));
  machine.stranger.station.listen({
    heard: (packet, source) => {
      if (packet[2] === 0 && source.address === US) machine.stranger.say([claim]);
    },
    addressesChanged: () => undefined,
  });
  machine.stranger.say([claim]);
  machine.pass(5000);
  assert.deepEqual(machine.renames, ['desk-2.local.']);
});

test('a name that is given up with the publisher is not taken back', () => {
  const machine = new Machine();
  machine.begin(false);
  machine.pass(5000);
  machine.other.say(HOST.map(record));
  machine.pass(1000);
  const said = machine.said(200_000, () => machine.host!.close());
  assert.ok(
    said.every((line) => line.includes(' 0 PTR ')),
    said.join(),
  );
});
