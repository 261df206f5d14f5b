import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIPv4, isIPv6 } from 'node:net';
import fc from '../../test/kit/properties.ts';
import { addressBytes, addressFromReverseName, addressText, ipv4Word, reverseName } from './address.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('hex');

/** Text, its bytes, and its text in the form of RFC 5952 where that is another. */
const addresses: [text: string, bytes: string, shown?: string][] = [
  ['0.0.0.0', '00000000'],
  ['192.0.2.255', 'c00002ff'],
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(30)}01`],
  ['1::', `0001${'0'.repeat(28)}`],
  ['2001:db8::1', '20010db8000000000000000000000001'],
  ['2001:DB8:0:0:0:0:0:1', '20010db8000000000000000000000001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ['2001:db8::1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:c000:201'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7.8.9.10', '00010002000300040005000607080' + '90a', '1:2:3:4:5:6:708:90a'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001', 'fe80::1'],
];
for (const [text, bytes, shown = text] of addresses) {
  test(`${text} is read and shown as ${shown}`, () => {
    const read = addressBytes(text)!;
    assert.equal(hex(read), bytes);
    assert.equal(addressText(read), shown);
  });
}

for (const text of [
  '',
  '1.2.3',
  '1.2.3.4.5',
  '256.0.0.1',
  '01.2.3.4',
  '1.2.3.4%eth0',
  ':::',
  '1::2::3',
  'g::',
  'example',
]) {
  test(`'${text}' is no address`, () => assert.equal(addressBytes(text), undefined));
}

const reverse: [address: string, name: string][] = [
  ['192.0.2.10', '10.2.0.192.in-addr.arpa.'],
  ['2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`],
];
for (const [address, name] of reverse) {
  test(`the reverse name of ${address} is made and read`, () => {
    assert.equal(reverseName(addressBytes(address)!), name);
    assert.equal(addressText(addressFromReverseName(name)!), address);
  });
}

const noAddress: [title: string, name: string][] = [
  ['three numbers', '2.0.192.in-addr.arpa.'],
  ['five numbers', '1.1.2.0.192.in-addr.arpa.'],
  ['a number above 255', '256.2.0.192.in-addr.arpa.'],
  ['a leading zero', '01.2.0.192.in-addr.arpa.'],
  ['a word', 'x.2.0.192.in-addr.arpa.'],
  ['an empty label', '.2.0.192.in-addr.arpa.'],
  ['the zone itself', 'in-addr.arpa.'],
  ['31 nibbles', `${'0.'.repeat(31)}ip6.arpa.`],
  ['33 nibbles', `${'0.'.repeat(33)}ip6.arpa.`],
  ['a nibble that is none', `g.${'0.'.repeat(31)}ip6.arpa.`],
  ['upper case', `A.${'0.'.repeat(31)}ip6.arpa.`],
  ['two nibbles in a label', `00${'0.'.repeat(31)}ip6.arpa.`],
  ['the zone of IPv6 itself', 'ip6.arpa.'],
  ['another zone', '1.2.3.4.example.'],
];
for (const [title, name] of noAddress) {
  test(`a reverse name with ${title} stands for no address`, () => {
    assert.equal(addressFromReverseName(name), undefined);
  });
}

test('every address survives being shown, and turned into its reverse name', () => {
  const sizes = fc
    .constantFrom(4, 16)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  const sparse = sizes.map((bytes) => bytes.map((byte) => (byte % 3 === 0 ? byte : 0)));
  fc.assert(
    fc.property(fc.oneof(sizes, sparse), (bytes) => {
      const text = addressText(bytes);
      assert.deepEqual(addressBytes(text), bytes);
      assert.deepEqual(addressFromReverseName(reverseName(bytes)), bytes);
      if (bytes.length === 16) {
        assert.ok(isIPv6(text));
        // The WHATWG URL parser shows addresses as RFC 5952 has it.
        assert.equal(new URL(`http://[${text}]`).hostname, `[${text}]`);
      }
    }),
  );
});

test('what is an IPv4 address is what Node says', () => {
  const part = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.constantFrom('', '00', '01', '-1', 'a'),
  );
  const text = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(text, (address) => assert.equal(ipv4Word(address) !== undefined, isIPv4(address))),
    { numRuns: 1000 },
  );
  assert.equal(ipv4Word('1.2.3.4'), 0x01020304);
  assert.equal(ipv4Word('255.255.255.255'), -1);
});
