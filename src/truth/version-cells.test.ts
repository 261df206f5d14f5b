import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dependencies, MAXIMUM_DEPENDENCIES } from './dependencies.ts';
import { VersionCells } from './version-cells.ts';

test('every thing has a cell of its own, never cell 0', () => {
  const cells = new VersionCells(200, 10);
  const given = new Set(Array.from({ length: 189 }, () => cells.allocate()));
  assert.equal(given.size, 189);
  assert.ok(!given.has(0));
});

test('a change is seen in that cell alone, also through the shared memory', () => {
  const cells = new VersionCells();
  const [one, two] = [cells.allocate(), cells.allocate()];
  cells.bump(one);
  assert.deepEqual([cells.version(one), cells.version(two)], [1, 0]);
  assert.equal(new Int32Array(cells.memory)[one], 1);
});

test('a cell that is used again goes on from its version', () => {
  const cells = new VersionCells(64, 4);
  const cell = cells.allocate();
  cells.bump(cell);
  const before = cells.version(cell);
  cells.release(cell);
  assert.ok(cells.version(cell) > before, 'answers that read it die with the thing');
  assert.equal(cells.allocate(), cell);
  assert.ok(cells.version(cell) > before);
});

test('memory grows with the number of things, and keeps the versions', () => {
  const cells = new VersionCells(100_000, 10);
  const first = cells.allocate();
  cells.bump(first);
  const small = cells.memory.byteLength;
  let last = first;
  for (let count = 0; count < 60_000; count++) last = cells.allocate();
  assert.ok(cells.memory.byteLength > small);
  cells.bump(last);
  assert.deepEqual([cells.version(first), cells.version(last)], [1, 1]);
  assert.ok(cells.memory.byteLength <= 400_000);
});

test('more shared cells than the first memory holds', () => {
  const cells = new VersionCells(100_000, 50_000);
  const own = cells.allocate();
  cells.bump(own);
  assert.equal(cells.version(own), 1);
});

test('when cells run out, new things share some that never become anyone’s own', () => {
  const cells = new VersionCells(10, 3);
  const own = Array.from({ length: 6 }, () => cells.allocate());
  const shared = Array.from({ length: 7 }, () => cells.allocate());
  assert.deepEqual(shared, [1, 2, 3, 1, 2, 3, 1]);
  assert.ok(own.every((cell) => cell > 3));
  cells.release(shared[0]!);
  assert.equal(cells.version(1), 1);
  assert.equal(cells.allocate(), 2, 'a shared cell is not given out as a freed one');
  cells.release(own[0]!);
  assert.equal(cells.allocate(), own[0]);
});

test('without shared cells running out is an error', () => {
  const cells = new VersionCells(2, 0);
  cells.allocate();
  assert.throws(() => cells.allocate(), /no version cells left/);
});

test('what was read holds until one of it changes', () => {
  const cells = new VersionCells(64, 4);
  const [one, two, other] = [cells.allocate(), cells.allocate(), cells.allocate()];
  const read = new Dependencies();
  read.read(cells, one);
  read.read(cells, two);
  cells.bump(other);
  assert.equal(read.hold(cells), true);
  cells.bump(two);
  assert.equal(read.hold(cells), false);
});

test('a cell that is read twice counts once', () => {
  const cells = new VersionCells(64, 4);
  const read = new Dependencies();
  const cell = cells.allocate();
  for (let count = 0; count < 20; count++) read.read(cells, cell);
  assert.deepEqual([read.cells.length, read.overflowed], [1, false]);
});

test('what changes between two readings must not be kept', () => {
  const cells = new VersionCells(64, 4);
  const cell = cells.allocate();
  const [early, late] = [new Dependencies(), new Dependencies()];
  early.read(cells, cell);
  cells.bump(cell);
  late.read(cells, cell);
  late.addAll(early);
  assert.equal(late.overflowed, true);
});

test('more than can be carried must not be kept, also when taken over', () => {
  const cells = new VersionCells(64, 4);
  const read = new Dependencies();
  for (let count = 0; count < MAXIMUM_DEPENDENCIES; count++) read.read(cells, cells.allocate());
  assert.equal(read.overflowed, false);
  read.read(cells, cells.allocate());
  assert.equal(read.overflowed, true);
  const outer = new Dependencies();
  outer.addAll(read);
  assert.deepEqual([outer.overflowed, outer.cells], [true, read.cells]);
});
