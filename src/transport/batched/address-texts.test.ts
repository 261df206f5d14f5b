import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes } from '../../wire/address.ts';
import { AddressTexts } from './address-texts.ts';

const rows = [
  { address: '::1', text: '::1' },
  { address: '2001:db8::53', text: '2001:db8::53' },
  { address: '::ffff:192.0.2.255', text: '192.0.2.255' },
  { address: '::ffff:0:192.0.2.255', text: '::ffff:0:c000:2ff' },
  { address: '255.1.0.200', text: '255.1.0.200' },
];
for (const { address, text } of rows) {
  test(`${address} is ${text}, the first time and when it is known`, () => {
    const texts = new AddressTexts();
    const bytes = addressBytes(address)!;
    const words = new Int32Array(5);
    new Uint8Array(words.buffer).set(bytes, 4);
    for (let time = 0; time < 2; time++) {
      assert.equal(bytes.length === 4 ? texts.ipv4(words[1]!) : texts.ipv6(words, 1), text);
    }
  });
}

test('more addresses than are kept', () => {
  const texts = new AddressTexts();
  for (let round = 0; round < 2; round++) {
    for (let word = 0; word < 5000; word++) {
      assert.equal(texts.ipv4(word), `${word & 255}.${word >> 8}.0.0`);
    }
  }
});
