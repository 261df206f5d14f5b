import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from './errors.ts';
import { parseRecord, recordText } from './presentation.ts';
import { nameInData } from './rdata.ts';
import { targetOffset, withTarget } from './target-name.ts';

const rows: readonly (readonly [before: string, after: string])[] = [
  ['CNAME old.', 'CNAME longer.example.'],
  ['DNAME old.', 'DNAME longer.example.'],
  ['NS old.', 'NS longer.example.'],
  ['PTR old.', 'PTR longer.example.'],
  ['MX 10 old.', 'MX 10 longer.example.'],
  ['SRV 1 2 3 old.', 'SRV 1 2 3 longer.example.'],
  ['SOA old. host.old. 1 2 3 4 5', 'SOA longer.example. host.old. 1 2 3 4 5'],
  ['NAPTR 1 2 "s" "" "!a!b!" old.', 'NAPTR 1 2 "s" "" "!a!b!" longer.example.'],
];

for (const [before, after] of rows) {
  test(`the target of ${before} is found and changed`, () => {
    const record = parseRecord(`a. 5 IN ${before}`);
    const offset = targetOffset(record.type, record.data);
    assert.equal(nameInData(record.data, offset), 'old.');
    const data = withTarget(record.data, offset, 'longer.example.');
    assert.equal(recordText({ ...record, data }), `a. 5 IN ${after}`);
    assert.equal(recordText(record), `a. 5 IN ${before}`);
  });
}

for (const text of ['A 192.0.2.1', 'TXT "old."', 'RP old. old.', 'HINFO "a" "b"']) {
  test(`${text} has no target`, () => {
    const { type, data } = parseRecord(`a. 5 IN ${text}`);
    assert.equal(targetOffset(type, data), -1);
  });
}

test('a target must be a name', () => {
  const { data } = parseRecord('a. 5 IN CNAME old.');
  assert.throws(() => withTarget(data, 0, 'a..b.'), FormatError);
});
