import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record } from '../../../test/kit/link-world.ts';
import { RecordType } from '../../wire/codes.ts';
import { House, INSTANCE } from './test-house.ts';
import type { Gateway } from './test-house.ts';

/** Siblings that are told which one of them comes first, as by a lease. */

/** What all of them are told: the number of a gateway, from 1; 0: nobody. */
function told(house: House, count: number, first: number): Gateway[] {
  const gateways = Array.from({ length: count }, () => house.gateway());
  for (const { siblings } of gateways) siblings.first = () => gateways[first - 1]?.siblings.id;
  return gateways;
}

/** Addresses of those who have probed for the service since a time. */
function probers(house: House, from = 0): string[] {
  const probes = house.world
    .packets(from)
    .filter(({ message }) => message.authority.some(({ type }) => type === RecordType.SRV));
  return [...new Set(probes.map(({ source }) => source.address))];
}

function conflicts(gateways: readonly Gateway[]): number {
  return gateways.reduce((sum, { test: { counters } }) => sum + counters.conflicts.value, 0);
}

for (const first of [1, 2, 3]) {
  test(`of three that begin at once only number ${first}, which comes first, probes`, () => {
    const house = new House();
    const gateways = told(house, 3, first);
    for (const gateway of gateways) gateway.announce(['192.168.1.240']);
    house.pass(10_000);
    assert.deepEqual(probers(house), [`192.168.1.${first}`]);
    assert.equal(conflicts(gateways), 0);
    const others = gateways.filter((_, index) => index !== first - 1);
    assert.deepEqual(gateways[first - 1]!.log, ['announced web']);
    for (const { log } of others) assert.deepEqual(log, [`stands by 0${first}`]);
  });
}

test('who comes first claims at once, and nobody waits where nobody comes first', () => {
  for (const first of [0, 1]) {
    const house = new House();
    const [gateway] = told(house, 1, first);
    gateway!.announce();
    house.pass(1010);
    assert.deepEqual(gateway!.log, ['announced web'], String(first));
  }
});

test('when it dies, one of the others announces within 3 s, whatever the lease says', () => {
  const house = new House();
  const gateways = told(house, 3, 1);
  for (const gateway of gateways) gateway.announce();
  house.pass(5000);
  gateways[0]!.test.station.isPlugged = false;
  house.pass(3000);
  const logs = gateways.slice(1).flatMap(({ log }) => log);
  assert.equal(logs.filter((line) => line === 'announced web').length, 1);
  house.pass(10_000);
  assert.equal(house.holders().length, 1);
});

test('a clean end of it is no gap', () => {
  const house = new House();
  const [first, second] = told(house, 2, 1);
  const service = first!.announce();
  second!.announce();
  house.pass(5000);
  service.close();
  first!.siblings.close();
  house.pass(1500);
  assert.deepEqual(second!.log, ['stands by 01', 'announced web']);
});

const absences: readonly { title: string; make: (first: Gateway) => void }[] = [
  { title: 'cannot be heard here', make: (first) => void (first.test.station.isPlugged = false) },
  { title: 'has nothing to announce', make: () => undefined },
];
for (const { title, make } of absences) {
  test(`one that comes first and ${title} costs half a second`, () => {
    const house = new House();
    const [first, second, third] = told(house, 3, 1);
    make(first!);
    second!.announce();
    third!.announce();
    house.pass(499);
    assert.deepEqual(probers(house), []);
    house.pass(1021);
    const logs = [second!.log, third!.log].flat();
    assert.equal(logs.filter((line) => line === 'announced web').length, 1, JSON.stringify(logs));
    house.pass(5000);
    assert.equal(house.holders().length, 1);
  });
}

test('who comes later finds the one that announces, though another comes first', () => {
  const house = new House();
  const [, second, third] = told(house, 3, 1);
  second!.announce();
  house.pass(5000);
  third!.announce();
  house.pass(1000);
  assert.deepEqual(third!.log, ['stands by 02']);
  assert.equal(conflicts([second!, third!]), 0);
  second!.test.station.isPlugged = false;
  house.pass(3000);
  assert.equal(third!.log.at(-1), 'announced web');
});

test('one that comes first but late finds the one that announces, and leaves it its names', () => {
  const house = new House();
  const [first, second] = told(house, 2, 1);
  second!.announce();
  house.pass(5000);
  first!.announce();
  house.pass(5000);
  assert.deepEqual(first!.log, ['stands by 02']);
  assert.deepEqual(house.holders(), ['192.168.1.2']);
});

test('a probe without an end is waited for no longer than a second', () => {
  const house = new House();
  const [, second] = told(house, 2, 1);
  const peer = house.world.peer('192.168.1.50');
  second!.announce();
  house.pass(300);
  peer.probe(record(`!${INSTANCE} 120 SRV 0 1 80 web-shop.local.`));
  house.pass(900);
  assert.deepEqual(second!.log, []);
  house.pass(1200);
  assert.deepEqual(second!.log, ['announced web']);
});

test('who probes for ever is waited for no longer than two', () => {
  const house = new House();
  const [, second] = told(house, 2, 1);
  const peer = house.world.peer('192.168.1.50');
  second!.announce();
  for (let passed = 0; passed < 2300; passed += 100) {
    peer.probe(record(`!${INSTANCE} 120 SRV 0 1 80 web-shop.local.`));
    house.pass(100);
  }
  assert.ok(probers(house).includes('192.168.1.2'));
});

test('a name that is none is told at once, whoever comes first', () => {
  for (const first of [1, 2]) {
    const [, second] = told(new House(), 2, first);
    assert.throws(() => second!.announce(undefined, 'x'.repeat(64)), { name: 'FormatError' });
  }
});

test('a stranger keeps his name, whoever comes first', () => {
  const house = new House();
  house.owner('192.168.1.50', `!${INSTANCE} 120 SRV 0 0 80 other.local.`);
  house.pass(5000);
  const gateways = told(house, 2, 1);
  for (const gateway of gateways) gateway.announce();
  house.pass(10_000);
  assert.deepEqual(gateways[0]!.log, ['renamed web (2)', 'announced web (2)']);
  assert.deepEqual(gateways[1]!.log, ['renamed web (2)', 'stands by 01']);
});

test('another Service of the same name is a stranger, though a sibling announces it', () => {
  const house = new House();
  const [first, second] = told(house, 2, 1);
  first!.announce(undefined, 'web-shop');
  house.pass(5000);
  second!.announce(undefined, 'web-office');
  house.pass(5000);
  assert.deepEqual(second!.log, ['renamed web (2)', 'announced web (2)']);
});

test('what is taken back before anybody has begun is never claimed', () => {
  const house = new House();
  const [, second] = told(house, 2, 1);
  second!.announce().close();
  house.pass(10_000);
  assert.deepEqual(probers(house), []);
  assert.deepEqual(second!.log, []);
});
