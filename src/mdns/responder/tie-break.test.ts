import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record } from '../../../test/kit/link-world.ts';
import { compareClaims } from './tie-break.ts';

const A1 = 'gw.local. 120 A 192.0.2.1';
const A2 = 'gw.local. 120 A 192.0.2.200';
const rows: readonly (readonly [string, readonly string[], readonly string[], number])[] = [
  ['the same', [A1], [A1], 0],
  [
    'the same in another order, TTL and letter case',
    [A1, A2],
    [A2.replace('120', '5'), A1.replace('gw', 'GW')],
    0,
  ],
  ['later data', [A2], [A1], 1],
  ['bytes are unsigned', [A1], [A2], -1],
  ['a higher type', ['gw.local. 120 AAAA ::'], [A2], 1],
  ['the first difference decides', [A1, A2], [A2], -1],
  ['more records', [A1, A2], [A1], 1],
  ['less data', ['gw.local. 120 TXT "a"'], ['gw.local. 120 TXT "a" "b"'], -1],
  ['nothing against something', [], [A1], -1],
];
for (const [title, ours, theirs, expected] of rows) {
  test(`tie of probes: ${title}`, () => {
    const [left, right] = [ours.map(record), theirs.map(record)];
    assert.equal(Math.sign(compareClaims(left, right)), expected);
    assert.equal(Math.sign(compareClaims(right, left)), expected === 0 ? 0 : -expected);
  });
}
