import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record } from '../../test/kit/link-world.ts';
import { RecordType } from '../wire/codes.ts';
import { isAnotherLink } from './link-networks.ts';
import type { LinkAddress } from './multicast-link.ts';

const rows = [
  { title: 'another address of the network', before: '10.0.0.5/24', now: '10.0.0.9/24', isAnother: false },
  { title: 'another network', before: '10.0.0.5/24', now: '10.0.1.5/24', isAnother: true },
  {
    title: 'one network of two stays',
    before: '10.0.0.5/24 fd00::1/64',
    now: '10.0.1.5/24 fd00::7/64',
    isAnother: false,
  },
  {
    title: 'link-local addresses tell nothing',
    before: '10.0.0.5/24 fe80::1/64',
    now: '10.0.1.5/24 fe80::1/64',
    isAnother: true,
  },
  {
    title: 'no address by which to tell yet',
    before: '10.0.0.5/24',
    now: 'fe80::1/64 169.254.1.1/16',
    isAnother: false,
  },
  { title: 'none before', before: 'fe80::1/64', now: '10.0.0.5/24', isAnother: false },
  { title: 'one more', before: '10.0.0.5/24', now: '192.168.1.1/24 10.0.0.5/24', isAnother: false },
];
for (const { title, before, now, isAnother } of rows) {
  test(`${isAnother ? 'another link' : 'the same link'}: ${title}`, () => {
    assert.equal(isAnotherLink(addresses(before), addresses(now)), isAnother);
  });
}

function addresses(text: string): LinkAddress[] {
  return text.split(' ').map((each) => {
    const [address = '', prefix] = each.split('/');
    return { address, family: address.includes(':') ? 6 : 4, prefix: Number(prefix) };
  });
}

test('what a link said is forgotten on another, and asked for there', () => {
  const world = new LinkWorld();
  const us = world.engine('192.0.2.10');
  const peer = world.peer('192.0.2.20');
  const nothing = { appeared: () => undefined, gone: () => undefined };
  us.engine.querier.subscribe('printer.local.', RecordType.A, nothing);
  world.clock.advance(60_000);
  peer.say([record('!printer.local. 120 A 192.0.2.20')]);
  world.clock.advance(10);
  us.station.change('192.0.2.11');
  const known = (): number => us.engine.cache.lookup('printer.local.', RecordType.A).length;
  assert.equal(known(), 1);
  // For a moment there is a link-local address alone, as when a laptop is carried from one network to another.
  us.station.change('169.254.7.7');
  assert.equal(known(), 1);
  const began = world.clock.monotonic();
  us.station.change('198.51.100.7');
  assert.equal(known(), 0);
  world.clock.advance(500);
  assert.equal(world.packets(began, '198.51.100.7').length, 1);
});
