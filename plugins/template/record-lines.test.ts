import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordText } from '../../src/wire/presentation.ts';
import { readRecords } from './record-lines.ts';

const good: readonly [title: string, text: string, records: readonly string[]][] = [
  ['a whole record', 'a.example. 60 IN A 192.0.2.1', ['a.example. 60 IN A 192.0.2.1']],
  ['class before TTL', 'a. CH 60 TXT x', ['a. 60 CH TXT "x"']],
  ['no TTL', 'a. IN A 192.0.2.1', ['a. 3600 IN A 192.0.2.1']],
  ['no class', 'a. 5 A 192.0.2.1', ['a. 5 IN A 192.0.2.1']],
  ['neither', 'a. A 192.0.2.1', ['a. 3600 IN A 192.0.2.1']],
  ['a TTL with units', 'a. 1h30m A 192.0.2.1', ['a. 5400 IN A 192.0.2.1']],
  ['names without a last dot', 'a.b 5 IN CNAME c.d', ['a.b. 5 IN CNAME c.d.']],
  ['the root', '@ 5 NS @.', ['. 5 IN NS \\@.']],
  ['letter case', 'A.b. 5 IN CNAME C.d.', ['A.b. 5 IN CNAME C.d.']],
  ['parentheses', 'a. 5 SOA b. c. (\n1 2 3\n4 5 )', ['a. 5 IN SOA b. c. 1 2 3 4 5']],
  ['quotes', 'a. 5 TXT "x y" "(;"', ['a. 5 IN TXT "x y" "(;"']],
  ['UTF-8', 'a. 5 TXT "ö"', ['a. 5 IN TXT "\\195\\182"']],
  [
    'several lines',
    '\na. 5 A 192.0.2.1\n  \nb. 5 A 192.0.2.2 ; c\n',
    ['a. 5 IN A 192.0.2.1', 'b. 5 IN A 192.0.2.2'],
  ],
  ['nothing', ' \n', []],
  ['an unknown type', 'a. 5 IN TYPE65280 \\# 1 ff', ['a. 5 IN TYPE65280 \\# 1 ff']],
];
for (const [title, text, records] of good) {
  test(`${title} is read`, () => assert.deepEqual(readRecords(text).map(recordText), records));
}

for (const [title, text] of [
  ['an address that is none', 'a. 5 IN A 300.1.1.1'],
  ['a type that is none', 'a. 5 IN AX 192.0.2.1'],
  ['a record without a type', 'a. 5 IN'],
  ['a TTL that is none', 'a. 5x IN A 192.0.2.1'],
  ['data that goes on', 'a. 5 IN A 192.0.2.1 x'],
  ['a quote that is not closed', 'a. 5 IN TXT "x'],
  ['a label that is too long', `${'a'.repeat(64)}. 5 IN A 192.0.2.1`],
] as const) {
  test(`${title} is refused`, () => assert.throws(() => readRecords(text), { name: 'FormatError' }));
}
