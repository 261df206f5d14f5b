import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointRows, Field, rangeSize } from './endpoint-rows.ts';

const sizes: [count: number, size: number][] = [
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 6],
  [7, 8],
  [8, 8],
  [9, 12],
  [13, 16],
  [17, 24],
  [100, 128],
  [1000, 1024],
  [100_000, 131_072],
];

for (const [count, size] of sizes) {
  test(`a range for ${count} rows has ${size}`, () => assert.equal(rangeSize(count), size));
}

test('a range that was given back serves the next of its size, and no two ranges overlap', () => {
  const rows = new EndpointRows();
  const five = rows.allocate(5);
  const three = rows.allocate(3);
  assert.ok(five > 0 && three >= five + 6);
  rows.free(five, 5);
  assert.notEqual(rows.allocate(4), five);
  assert.equal(rows.allocate(6), five);
});

test('a range runs over the end of a chunk', () => {
  const rows = new EndpointRows();
  const first = rows.allocate(10_000);
  for (let index = 0; index < 10_000; index++) rows.set(first + index, Field.node, index);
  for (let index = 0; index < 10_000; index++) assert.equal(rows.get(first + index, Field.node), index);
});

test('an empty table gives its memory back', () => {
  const rows = new EndpointRows();
  const many = rows.allocate(10_000);
  const few = rows.allocate(2);
  rows.free(many, 10_000);
  assert.ok(rows.bytes > 0);
  rows.free(few, 2);
  assert.equal(rows.bytes, 0);
});
