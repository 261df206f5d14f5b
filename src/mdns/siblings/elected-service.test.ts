import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../test/kit/link-world.ts';
import { House, INSTANCE } from './test-house.ts';

const addresses = [
  { title: 'of the nodes', of: undefined },
  { title: 'of a load balancer', of: ['192.168.1.240'] },
];
for (const { title, of } of addresses) {
  test(`with addresses ${title}: of three that begin at once exactly one announces`, () => {
    const house = new House();
    for (let count = 0; count < 3; count++) house.gateway().announce(of);
    house.pass(10_000);
    assert.equal(house.holders().length, 1);
    const logs = house.gateways.map(({ log }) => log);
    assert.equal(logs.flat().filter((line) => line === 'announced web').length, 1, JSON.stringify(logs));
    assert.equal(logs.flat().filter((line) => line.startsWith('renamed')).length, 0);
  });

  test(`with addresses ${title}: who comes later stands by, and takes over within 3 s of a crash`, () => {
    const house = new House();
    const first = house.gateway();
    first.announce(of);
    house.pass(5000);
    const second = house.gateway();
    second.announce(of);
    house.pass(20_000);
    assert.deepEqual(second.log, ['stands by 01']);
    assert.deepEqual(house.holders(), ['192.168.1.1']);
    first.test.station.isPlugged = false;
    house.pass(3000);
    assert.deepEqual(second.log, ['stands by 01', 'announced web']);
    assert.deepEqual(house.holders(), ['192.168.1.2']);
  });

  test(`with addresses ${title}: a link that was cut in two has one holder again when it is whole`, () => {
    const house = new House();
    const first = house.gateway();
    first.announce(of);
    house.pass(5000);
    const second = house.gateway();
    second.announce(of);
    house.pass(5000);
    first.test.station.isPlugged = false;
    house.pass(5000);
    first.test.station.isPlugged = true;
    house.holders();
    house.pass(5000);
    assert.equal(house.holders().length, 1);
    assert.equal([...first.log, ...second.log].filter((line) => line.startsWith('renamed')).length, 0);
  });
}

test('of two that stand by, one takes over within 3 s of a crash', () => {
  const house = new House();
  const first = house.gateway();
  first.announce();
  house.pass(5000);
  const others = [house.gateway(), house.gateway()];
  for (const other of others) other.announce();
  house.pass(30_000);
  first.test.station.isPlugged = false;
  house.pass(3000);
  assert.equal(others.filter(({ log }) => log.at(-1) === 'announced web').length, 1);
  house.pass(10_000);
  assert.equal(house.holders().length, 1);
  assert.equal(others.flatMap(({ log }) => log).filter((line) => line.startsWith('announced')).length, 1);
});

test('a sibling that has stopped announcing without a word is found out', () => {
  const house = new House();
  const first = house.gateway();
  const service = first.announce();
  house.pass(5000);
  const second = house.gateway();
  second.announce();
  house.pass(5000);
  first.test.station.isPlugged = false;
  service.close();
  house.pass(1000);
  first.test.station.isPlugged = true;
  house.pass(130_000);
  assert.deepEqual(second.log, ['stands by 01', 'announced web']);
});

test('a clean end is no gap: who stands by takes over within 3 s, under the same name', () => {
  const house = new House();
  const first = house.gateway();
  const service = first.announce();
  house.pass(5000);
  const second = house.gateway();
  second.announce();
  house.pass(5000);
  service.close();
  first.siblings.close();
  house.pass(3000);
  assert.equal(second.log.at(-1), 'announced web');
  assert.deepEqual(house.holders(), ['192.168.1.2']);
});

test('a holder that has nothing to announce any more says goodbye, and a sibling that has takes over', () => {
  const house = new House();
  const service = house.gateway().announce();
  house.pass(5000);
  const second = house.gateway();
  second.announce();
  house.pass(5000);
  service.close();
  house.pass(3000);
  assert.equal(second.log.at(-1), 'announced web');
});

test('a sibling that answers is no dead one: an hour without a change', () => {
  const house = new House();
  const first = house.gateway();
  first.announce();
  house.pass(5000);
  const second = house.gateway();
  second.announce();
  house.world.link.keepsPackets = false;
  house.pass(3_600_000);
  assert.deepEqual(first.log, ['announced web']);
  assert.deepEqual(second.log, ['stands by 01']);
  assert.equal(second.test.counters.conflicts.value, 1);
});

test('on a machine with another responder, the second question goes to all', () => {
  const house = new House();
  const first = house.gateway();
  first.announce();
  house.pass(5000);
  const second = house.gateway();
  second.test.station.isShared = true;
  second.announce();
  house.pass(5000);
  const from = house.world.clock.monotonic();
  first.test.station.isPlugged = false;
  house.pass(3000);
  const pings = house.world
    .packets(from, '192.168.1.2')
    .filter(({ message }) => message.questions.some(({ name }) => name.startsWith('signpost-01')));
  assert.deepEqual(
    pings.map(({ to, message }) => [to?.address, message.questions[0]!.unicast]),
    [
      ['192.168.1.1', true],
      [undefined, false],
    ],
  );
});

test('a stranger keeps his name: we take the next, once', () => {
  const house = new House();
  house.owner('192.168.1.50', `!${INSTANCE} 120 SRV 0 0 80 other.local.`);
  house.pass(5000);
  const first = house.gateway();
  first.announce();
  house.pass(5000);
  assert.deepEqual(first.log, ['renamed web (2)', 'announced web (2)']);
  const second = house.gateway();
  second.announce();
  house.pass(10_000);
  assert.deepEqual(second.log, ['renamed web (2)', 'stands by 01'], 'a sibling finds the same');
  first.test.station.isPlugged = false;
  house.pass(3000);
  assert.equal(second.log.at(-1), 'announced web (2)');
});

test('a stranger’s host name costs the host’s name alone', () => {
  const house = new House();
  house.owner('192.168.1.50', '!web-shop.local. 120 A 192.168.1.50');
  house.pass(5000);
  const first = house.gateway();
  first.announce();
  house.pass(5000);
  assert.deepEqual(first.log, ['announced web']);
  assert.deepEqual(house.holders('web-shop-2.local.', 'A'), ['192.168.1.1']);
});

test('another Service of the same name is a stranger, whoever announces it', () => {
  const house = new House();
  const first = house.gateway();
  first.announce(undefined, 'web-shop');
  house.pass(5000);
  first.announce(undefined, 'web-office');
  house.pass(5000);
  assert.deepEqual(first.log, ['announced web', 'renamed web (2)', 'announced web (2)']);
  const second = house.gateway();
  second.announce(undefined, 'web-office');
  house.pass(10_000);
  assert.deepEqual(second.log, ['renamed web (2)', 'stands by 01']);
});

test('what changes is announced under the same names', () => {
  const house = new House();
  const first = house.gateway();
  const service = first.announce();
  house.pass(5000);
  const from = house.world.clock.monotonic();
  service.update({ type: '_http._tcp', port: 81, txt: ['a=b'], addresses: ['192.168.1.7'] });
  house.pass(5000);
  const said = house.world
    .packets(from)
    .flatMap(({ message }) => message.answers)
    .map((answer) => shown(answer, false));
  assert.ok(said.includes(`!${INSTANCE} SRV 0 256 81 web-shop.local.`), said.join('\n'));
  assert.ok(said.includes('!web-shop.local. A 192.168.1.7'));
  assert.deepEqual(
    first.log.filter((line) => line.startsWith('renamed')),
    [],
  );
});
