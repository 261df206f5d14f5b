import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record } from '../../test/kit/question.ts';
import { RecordType } from '../wire/codes.ts';
import { RecordSet } from './zone-node.ts';
import { ZoneTable } from './zone-table.ts';
import { zoneOf } from './test-zone.ts';

test('a target that cannot be read, as by a transfer, has no addresses', () => {
  const zone = zoneOf('$TTL 5\n@ SOA a b 4294967295 2 3 4 5\nx A 192.0.2.1\n', 'test.');
  const set = new RecordSet(RecordType.SVCB);
  set.records = [record('test.', RecordType.SVCB, [0, 1, 5]), record('test.', RecordType.SVCB, [0])];
  assert.deepEqual(zone.targets(set), []);
  assert.equal(zone.serial, 4_294_967_295);
});

const table = new ZoneTable<string>();
for (const zone of ['example.', 'a.example.', 'b\\.a.example.']) table.set(zone, zone);
const rows: readonly [name: string, zone: string | undefined][] = [
  ['example.', 'example.'],
  ['x.example.', 'example.'],
  ['a.example.', 'a.example.'],
  ['y.x.a.example.', 'a.example.'],
  ['xa.example.', 'example.'],
  ['b\\.a.example.', 'b\\.a.example.'],
  ['c\\.a.example.', 'example.'],
  ['x.c\\.a.example.', 'example.'],
  ['test.', undefined],
  ['.', undefined],
];
for (const [name, zone] of rows) {
  test(`${name} is in the zone ${zone ?? 'of nobody'}`, () => assert.equal(table.find(name), zone));
}

test('the root is the zone of all names', () => {
  const root = new ZoneTable<string>();
  root.set('.', '.');
  root.set('a.', 'a.');
  assert.deepEqual([root.find('b.'), root.find('.'), root.find('x.a.')], ['.', '.', 'a.']);
  root.delete('a.');
  assert.equal(root.find('x.a.'), '.');
  assert.deepEqual([...root.values()], ['.']);
});
