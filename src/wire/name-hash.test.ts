import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameHash } from './name-hash.ts';

test('a name has one hash, however it was made', () => {
  const name = ['www', 'example', 'org', ''].join('.');
  assert.equal(nameHash(name), nameHash('www.example.org.'));
  assert.ok(Number.isInteger(nameHash(name)) && nameHash(name) === (nameHash(name) | 0));
});

test('names that differ in little seldom share one', () => {
  const hashes = new Set<number>();
  for (let number = 0; number < 10_000; number++) hashes.add(nameHash(`n${number}.example.org.`));
  // By chance two of 10,000 share one of 2 ** 32 in one of 86 runs; a hundred never do.
  assert.ok(hashes.size > 9900, `${hashes.size} of 10,000`);
  const alike = ['a.b.', 'b.a.', 'aa.b.', 'A.b.', '.', 'a\\000.b.', `${'x'.repeat(60)}.`.repeat(4)];
  assert.ok(new Set(alike.map(nameHash)).size >= alike.length - 1);
});
