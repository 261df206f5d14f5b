import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, records, shown } from '../../../test/kit/link-world.ts';
import type { HeardMessage } from '../../../test/kit/link-world.ts';
import { RecordType } from '../../wire/codes.ts';
import { HostPublisher } from '../publishing/host-publisher.ts';

const TV = ['!tv.local. 120 A 192.168.9.30', '!TV._http._tcp.local. 120 SRV 0 0 80 tv.local.'];

function saying(packets: readonly HeardMessage[], type: number): HeardMessage[] {
  return packets.filter(
    ({ message }) => message.isResponse && message.answers.some((each) => each.type === type),
  );
}

test('of two gateways that speak for one device, one says which types there are not (RFC 6762, section 7.4)', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = new LinkWorld(seed);
    const gateways = ['192.168.1.1', '192.168.1.2'].map((address, index) =>
      world.engineWithMark(Uint8Array.of(0xff, 0x49, 0, 1, index), address),
    );
    for (const gateway of gateways) gateway.publish(records(...TV), undefined, true);
    world.clock.advance(5000);
    const peer = world.peer('192.168.1.9');
    const asked = world.clock.monotonic();
    peer.ask('tv.local. AAAA');
    world.clock.advance(1000);
    assert.equal(saying(world.packets(asked), RecordType.NSEC).length, 1, `seed ${seed}`);
  }
});

test('of two gateways that begin to say the same, one probes and announces; the other answers as well', () => {
  for (let seed = 1; seed <= 20; seed++) {
    for (const later of [0, 5000]) {
      const world = new LinkWorld(seed);
      const addresses = ['192.168.1.1', '192.168.1.2'];
      const gateways = addresses.map((address, index) =>
        world.engineWithMark(Uint8Array.of(0xff, 0x49, 0, 1, index), address),
      );
      const both = gateways.map((gateway, index) => {
        world.clock.advance(later * index);
        return gateway.publish(records(...TV), undefined, true).published;
      });
      world.clock.advance(3000);
      assert.deepEqual(
        both.map(({ state }) => state),
        ['established', 'established'],
      );
      const counts = addresses.map((address) => world.packets(0, address).length);
      assert.deepEqual(counts.toSorted(), [0, 5], `seed ${seed}`);
      const silent = counts.indexOf(0);
      gateways[1 - silent]!.station.isPlugged = false;
      world.peer('192.168.1.9').ask('tv.local. A');
      world.clock.advance(1000);
      assert.equal(world.packets(0, addresses[silent]).length, 1);
      both[silent]!.close();
      world.clock.advance(5000);
      const goodbyes = world.packets(0, addresses[silent]).slice(1);
      assert.deepEqual(
        goodbyes.map(({ message }) => message.answers.map((one) => shown(one))),
        Array(2).fill(TV.map((text) => text.replace(' 120 ', ' 0 '))),
      );
    }
  }
});

test('a gateway that waits for the probes of another does not wait in vain', () => {
  const world = new LinkWorld();
  const { engine } = world.engineWithMark(Uint8Array.of(0xff, 0x49, 0, 1, 1), '192.168.1.1');
  const peer = world.peer('192.168.1.2');
  const claims = records(...TV).unique;
  const published = engine.responder.publish(
    { ...records(...TV), isProxied: true },
    { established: () => undefined, conflict: () => undefined },
  );
  peer.probe(...claims);
  world.clock.advance(450);
  assert.equal(world.packets(0, '192.168.1.1').length, 0);
  world.clock.advance(1000);
  assert.equal(world.packets(0, '192.168.1.1').length, 4, 'three probes and the first announcement');
  assert.equal(published.state, 'established');
});

test('a gateway takes no word of another for a name of which somebody else says something', () => {
  const world = new LinkWorld();
  const mark = Uint8Array.of(0xff, 0x49, 0, 1, 1);
  const { published, conflicts } = world
    .engineWithMark(mark, '192.168.1.1')
    .publish(records(...TV), undefined, true);
  const [gateway, device] = ['192.168.1.2', '192.168.1.30'].map((address) => world.peer(address));
  world.clock.advance(5000);
  gateway!.say(records(...TV).unique, mark);
  world.clock.advance(2000);
  const moved = records('!tv.local. 120 A 192.168.9.31').unique;
  device!.say(moved);
  const before = world.packets().length;
  gateway!.say(records(...TV).unique, mark);
  while (world.packets().length === before + 1) world.clock.advance(1);
  device!.say(moved);
  world.clock.advance(5000);
  assert.deepEqual([published.state, conflicts.length], ['withdrawn', 1]);
});

test('what changes fifty times in a second goes to the group no more than once in a second', () => {
  const world = new LinkWorld();
  const { published } = world.engine('192.168.1.1').publish(records(...TV));
  world.clock.advance(5000);
  const began = world.clock.monotonic();
  for (let port = 1; port <= 50; port++) {
    published.update({
      ...records(TV[0]!, `!TV._http._tcp.local. 120 SRV 0 0 ${port} tv.local.`),
      isProxied: false,
    });
    world.clock.advance(20);
  }
  world.clock.advance(3000);
  const times = saying(world.packets(began), RecordType.SRV).map(({ at }) => at);
  assert.ok(times.length >= 2, 'the last change is said');
  for (const [index, at] of times.slice(1).entries()) assert.ok(at - times[index]! >= 999, times.join(', '));
});

for (const { title, isShared } of [
  { title: 'has its name there', isShared: false },
  { title: 'has the name that the other responder of the machine says', isShared: true },
]) {
  test(`an address of ours ${title}`, () => {
    const world = new LinkWorld();
    const { engine, station } = world.engine('192.168.1.1');
    station.isShared = isShared;
    new HostPublisher(engine, 'desk', () => undefined);
    world.clock.advance(5000);
    const said = (): string[] =>
      world.packets().flatMap(({ message }) => message.answers.map(({ name }) => name));
    assert.ok(said().includes('desk.local.'));
    const pointer = '1.1.168.192.in-addr.arpa.';
    assert.ok(!said().includes(pointer), 'it is not announced');
    world.peer('192.168.1.9').ask(`${pointer} PTR`);
    world.clock.advance(1000);
    assert.equal(said().includes(pointer), !isShared);
  });
}
