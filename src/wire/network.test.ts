import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes } from './address.ts';
import { Network } from './network.ts';

const rows: readonly [network: string, inside: readonly string[], outside: readonly string[]][] = [
  ['192.0.2.16/28', ['192.0.2.16', '192.0.2.31'], ['192.0.2.15', '192.0.2.32', '::192.0.2.16']],
  ['192.0.2.77/24', ['192.0.2.0', '192.0.2.255'], ['192.0.3.0']],
  ['128.0.0.0/1', ['128.0.0.0', '255.255.255.255'], ['127.255.255.255']],
  ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::']],
  ['192.0.2.1', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2']],
  ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0']],
  ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff::1'], ['2001:db9::', '2001:db7::']],
  ['2001:db8::/31', ['2001:db9::'], ['2001:dba::']],
  ['2001:db8::1:0/120', ['2001:db8::1:ff'], ['2001:db8::1:100', '2001:db8:1::1:0']],
  ['::/0', ['::', 'ffff::'], ['0.0.0.0']],
  ['2001:db8::1', ['2001:db8::1'], ['2001:db8::']],
];
for (const [text, inside, outside] of rows) {
  test(`${text} contains its own addresses and no others`, () => {
    const network = Network.parse(text)!;
    for (const address of inside) assert.equal(network.contains(addressBytes(address)!), true, address);
    for (const address of outside) assert.equal(network.contains(addressBytes(address)!), false, address);
  });
}

for (const text of [
  '',
  '/',
  '192.0.2.0/33',
  '192.0.2/24',
  '192.0.2.0/',
  '192.0.2.0/-1',
  '192.0.2.0/+8',
  '::/129',
]) {
  test(`'${text}' is no network`, () => assert.equal(Network.parse(text), undefined));
}
for (const text of ['fe80::1%eth0', 'fe80::%eth0/64', 'example.org/8', '192.0.2.0/24/24']) {
  test(`'${text}' is no network`, () => assert.equal(Network.parse(text), undefined));
}
