import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocateAddresses, parseServiceCidr } from './service-addresses.ts';

const pool = parseServiceCidr('10.96.0.0/16');
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `shop/service-${index}`);

test('service addresses: the same for ever', () => {
  // Whoever changes these changes the address of every Service of every user.
  const given = allocateAddresses(pool, ['shop/cart', 'shop/web', 'default/db'], new Set());
  assert.deepEqual(Object.fromEntries(given), {
    'default/db': '10.96.162.146',
    'shop/cart': '10.96.77.234',
    'shop/web': '10.96.25.55',
  });
  const six = allocateAddresses(parseServiceCidr('fd00:10:96::/112'), ['shop/cart'], new Set());
  assert.deepEqual(Object.fromEntries(six), { 'shop/cart': 'fd00:10:96::ea09' });
});

test('service addresses: the order of the keys does not matter', () => {
  const keys = names(5000);
  const forwards = allocateAddresses(pool, keys, new Set());
  const backwards = allocateAddresses(pool, keys.toReversed(), new Set());
  assert.deepEqual(backwards, new Map(forwards));
  assert.equal(new Set(forwards.values()).size, 5000);
});

test('service addresses: another Service rarely moves one', () => {
  const before = allocateAddresses(pool, names(1000), new Set());
  const after = allocateAddresses(pool, [...names(1000), 'aa/first'], new Set());
  const moved = [...before].filter(([key, address]) => after.get(key) !== address);
  assert.ok(moved.length <= 1, `${moved.length} moved`);
});

test('service addresses: what is taken is not given, nor are the lowest', () => {
  const free = allocateAddresses(pool, ['shop/cart'], new Set());
  const address = free.get('shop/cart')!;
  assert.notEqual(allocateAddresses(pool, ['shop/cart'], new Set([address])).get('shop/cart'), address);
  for (const given of allocateAddresses(pool, names(5000), new Set()).values()) {
    const [, , third, fourth] = given.split('.').map(Number);
    assert.ok(third! * 256 + fourth! > 256 && given !== '10.96.255.255', given);
  }
});

test('service addresses: a small pool is given to its last address', () => {
  const small = parseServiceCidr('192.0.2.0/27');
  const given = allocateAddresses(small, names(31), new Set(['192.0.2.7']));
  assert.equal(given.size, 29);
  assert.equal(new Set(given.values()).size, 29);
  for (const address of given.values()) assert.match(address, /^192\.0\.2\.([1-9]|[12]\d|30)$/);
});

const accepted: readonly [text: string, family: string, first: number, size: number][] = [
  ['10.0.0.0/8', 'IPv4', 1, 2 ** 24 - 2],
  ['10.0.0.9/24', 'IPv4', 1, 254],
  ['10.0.0.4/31', 'IPv4', 0, 2],
  ['10.0.0.4/32', 'IPv4', 0, 1],
  ['fd00::/112', 'IPv6', 1, 65_535],
  ['fd00::/64', 'IPv6', 1, 2 ** 32 - 1],
];
for (const [text, family, first, size] of accepted) {
  test(`service_cidr ${text}`, () => {
    const { network, ...parsed } = parseServiceCidr(text);
    assert.deepEqual(parsed, { family, first, size });
    assert.equal(network.at(-1), text.startsWith('10.0.0.4') ? 4 : 0);
  });
}

for (const text of ['', '10.0.0.0', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', '/8']) {
  test(`service_cidr refused: '${text}'`, () => {
    assert.throws(() => parseServiceCidr(text), /service_cidr '.*' is not an address and a prefix length/);
  });
}
