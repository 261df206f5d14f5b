import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { hosts } from './index.ts';

const defaults = {
  position: { file: 'Corefile', line: 2 },
  file: '/etc/hosts',
  zones: ['.'],
  inline: [],
  ttl: 3600,
  reverse: true,
  reload: 5000,
  fallthrough: undefined,
  fallthroughUnsupported: false,
};
const good = [
  { text: 'hosts', changes: {} },
  { text: 'hosts names', changes: { file: 'names' } },
  {
    text: 'hosts names Example.org 10.0.0.0/8',
    changes: { file: 'names', zones: ['example.org.', '10.in-addr.arpa.'] },
  },
  {
    text: 'hosts {\n ttl 65535\n no_reverse\n reload 0\n}',
    changes: { ttl: 65_535, reverse: false, reload: 0 },
  },
  { text: 'hosts {\n reload 1m\n fallthrough\n}', changes: { reload: 60_000, fallthrough: ['.'] } },
  {
    text: 'hosts {\n fallthrough a B.\n fallthrough_unsupported\n}',
    changes: { fallthrough: ['a.', 'b.'], fallthroughUnsupported: true },
  },
  {
    text: 'hosts {\n ::1 a b\n}',
    changes: { inline: [{ line: '::1 a b', position: { file: 'Corefile', line: 3 } }] },
  },
];
for (const { text, changes } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () =>
    assert.deepEqual(parsePlugin(hosts, text), { ...defaults, ...changes }));
}

const bad = [
  { text: 'hosts\nhosts', message: /^Corefile:3: .*only be used once/ },
  { text: 'hosts {\n ttl 0\n}', message: /^Corefile:3: invalid ttl '0'.*from 1 to 65535/ },
  { text: 'hosts {\n ttl 65536\n}', message: /^Corefile:3: invalid ttl/ },
  { text: 'hosts {\n ttl\n}', message: /^Corefile:3: wrong argument count/ },
  { text: 'hosts {\n reload -1s\n}', message: /^Corefile:3: invalid reload '-1s'/ },
  { text: 'hosts {\n reload 5\n}', message: /^Corefile:3: invalid reload '5'/ },
  { text: 'hosts {\n no_reverse 1\n}', message: /^Corefile:3: wrong argument count/ },
  { text: 'hosts {\n fallthrough\n 10.0.0.1 a\n}', message: /^Corefile:4: unknown property '10.0.0.1'/ },
  {
    text: 'hosts {\n fallthrough\n tll 5\n}',
    message: /^Corefile:4: unknown property 'tll'; did you mean 'ttl'/,
  },
  {
    text: 'hosts {\n fallthrough_unsupported\n}',
    message: /^Corefile:2: fallthrough_unsupported needs fallthrough/,
  },
];
for (const { text, message } of bad) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () => {
    assert.throws(
      () => parsePlugin(hosts, text),
      (error) => error instanceof CorefileError && message.test(error.message),
    );
  });
}
