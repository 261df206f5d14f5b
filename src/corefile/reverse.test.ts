import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reverseZones } from './reverse.ts';

const rows: [title: string, network: string, expected: string[] | undefined][] = [
  ['a boundary', '10.0.0.0/24', ['0.0.10.in-addr.arpa.']],
  ['host bits are masked off', '10.0.0.77/24', ['0.0.10.in-addr.arpa.']],
  ['a single address', '10.1.2.3/32', ['3.2.1.10.in-addr.arpa.']],
  ['everything', '0.0.0.0/0', ['in-addr.arpa.']],
  [
    '/14 is four zones at /16',
    '10.97.0.0/14',
    ['96.10.in-addr.arpa.', '97.10.in-addr.arpa.', '98.10.in-addr.arpa.', '99.10.in-addr.arpa.'],
  ],
  ['/31 is two addresses', '10.0.0.5/31', ['4.0.0.10.in-addr.arpa.', '5.0.0.10.in-addr.arpa.']],
  ['IPv6 on a boundary', '2001:db8::/32', ['8.b.d.0.1.0.0.2.ip6.arpa.']],
  ['IPv6 in capitals', '2001:DB8::/32', ['8.b.d.0.1.0.0.2.ip6.arpa.']],
  ['IPv6 everything', '::/0', ['ip6.arpa.']],
  ['IPv6 inside a nibble', 'fd00::/6', ['c.f.ip6.arpa.', 'd.f.ip6.arpa.', 'e.f.ip6.arpa.', 'f.f.ip6.arpa.']],
  ['IPv6 without an abbreviation', '1:2:3:4:5:6:7:8/64', ['4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa.']],
  ['IPv6 with dots', '::ffff:10.1.0.0/112', [`1.0.a.0.f.f.f.f.${'0.'.repeat(20)}ip6.arpa.`]],
  ['no mask', '10.0.0.0', undefined],
  ['mask too long', '10.0.0.0/33', undefined],
  ['IPv6 mask too long', '::/129', undefined],
  ['mask of letters', '10.0.0.0/x', undefined],
  ['negative mask', '10.0.0.0/-1', undefined],
  ['leading zeros', '010.0.0.0/8', undefined],
  ['three octets', '10.0.0/24', undefined],
  ['an interface', 'fe80::%eth0/64', undefined],
  ['a name', '0/25.2.0.192.in-addr.arpa', undefined],
];
for (const [title, network, expected] of rows) {
  test(`reverseZones: ${title}`, () => {
    assert.deepEqual(reverseZones(network), expected);
  });
}

const counts: [network: string, count: number, first: string, last: string][] = [
  ['10.1.128.0/17', 128, '128.1.10.in-addr.arpa.', '255.1.10.in-addr.arpa.'],
  ['10.0.0.32/27', 32, '32.0.0.10.in-addr.arpa.', '63.0.0.10.in-addr.arpa.'],
  [
    '2001:db8::/65',
    8,
    `0.${'0.'.repeat(8)}8.b.d.0.1.0.0.2.ip6.arpa.`,
    `7.${'0.'.repeat(8)}8.b.d.0.1.0.0.2.ip6.arpa.`,
  ],
];
for (const [network, count, first, last] of counts) {
  test(`reverseZones: ${network} is ${count} zones, in order`, () => {
    const zones = reverseZones(network) ?? [];
    assert.equal(new Set(zones).size, count);
    assert.equal(zones[0], first);
    assert.equal(zones.at(-1), last);
  });
}
