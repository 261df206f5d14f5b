import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delimited, numbered } from '../../../../test/kit/kubernetes-protobuf.ts';
import { FieldReader } from './field-reader.ts';

type Seen = [field: number, value: string | number | boolean];

/** Walks over a message; of lengths it takes the text, of numbers the integer. */
function walk(bytes: Buffer, shared = false): Seen[] {
  const reader = new FieldReader();
  const end = reader.open(bytes, 0, bytes.length);
  const seen: Seen[] = [];
  while (reader.next(end)) {
    let value: string | number;
    try {
      value = shared ? reader.sharedText() : reader.text();
    } catch {
      value = reader.integer();
    }
    seen.push([reader.field, value]);
  }
  return seen;
}

const good: readonly [title: string, bytes: Buffer, seen: Seen[]][] = [
  ['nothing', Buffer.alloc(0), []],
  ['a number', numbered(1, 80), [[1, 80]]],
  ['zero', numbered(1, 0), [[1, 0]]],
  ['two bytes', numbered(1, 300), [[1, 300]]],
  ['the largest int32', numbered(1, 2 ** 31 - 1), [[1, 2 ** 31 - 1]]],
  ['a negative number in ten bytes', numbered(1, -1), [[1, -1]]],
  ['the smallest int32', numbered(1, -(2 ** 31)), [[1, -(2 ** 31)]]],
  ['an int64 cut to 32 bits', numbered(1, 0x1_0000_0005n), [[1, 5]]],
  ['a number written too long', Buffer.from([0x08, 0x81, 0x80, 0x00]), [[1, 1]]],
  ['a text', delimited(2, Buffer.from('web')), [[2, 'web']]],
  ['an empty text', delimited(2, Buffer.alloc(0)), [[2, '']]],
  ['UTF-8', delimited(2, Buffer.from('wéb🙂')), [[2, 'wéb🙂']]],
  ['what is not UTF-8', delimited(2, Buffer.from([0x61, 0xff])), [[2, 'a\ufffd']]],
  ['a long text', delimited(2, Buffer.from('x'.repeat(300))), [[2, 'x'.repeat(300)]]],
  ['a large field number', numbered(2 ** 28, 1), [[2 ** 28, 1]]],
  [
    'several fields',
    Buffer.concat([numbered(3, 1), delimited(1, Buffer.from('a'))]),
    [
      [3, 1],
      [1, 'a'],
    ],
  ],
];
for (const [title, bytes, seen] of good) {
  test(`fields: ${title}`, () => {
    assert.deepEqual(walk(bytes), seen);
    assert.deepEqual(walk(bytes, true), seen);
  });
}

const bad: readonly [title: string, bytes: readonly number[], message: RegExp][] = [
  ['a tag that goes on', [0x88], /ends within a number/],
  ['a number that goes on', [0x08, 0x80], /ends within a number/],
  ['a number that is not there', [0x08], /ends within a number/],
  ['eleven bytes', [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], /more than ten bytes/],
  ['field 0', [0x00, 0x00], /field number 0/],
  ['a field number beyond 32 bits', [0x80, 0x80, 0x80, 0x80, 0x10], /too large/],
  ['a length beyond the end', [0x0a, 0x02, 0x61], /field 1 is longer/],
  ['a length of 2 GiB', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x08], /field 1 is longer/],
  ['a length of 4 GiB', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x10], /field 1 is longer/],
  ['a length of −1', [0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], /field 1 is longer/],
  ['eight bytes that are not there', [0x09, 1, 2, 3, 4, 5, 6, 7], /ends within a number/],
  ['four bytes that are not there', [0x0d, 1, 2, 3], /ends within a number/],
  ['a group', [0x0b, 0x0c], /field 1 of wire type 3/],
  ['the end of a group', [0x0c], /field 1 of wire type 4/],
  ['wire type 6', [0x0e], /field 1 of wire type 6/],
  ['wire type 7', [0x0f], /field 1 of wire type 7/],
];
for (const [title, bytes, message] of bad) {
  test(`fields that are none: ${title}`, () => {
    assert.throws(() => walk(Buffer.from(bytes)), { code: 'ERR_MALFORMED_OBJECT', message });
  });
}

test('fields of four and eight bytes are skipped', () => {
  const reader = new FieldReader();
  const bytes = Buffer.concat([
    Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8]),
    Buffer.from([0x15, 1, 2, 3, 4]),
    numbered(3, 1),
  ]);
  const end = reader.open(bytes, 0, bytes.length);
  assert.ok(reader.next(end));
  assert.throws(() => reader.text(), { message: /wire type 1/ });
  assert.throws(() => reader.enter(), { message: /wire type 1/ });
  assert.ok(reader.next(end));
  assert.throws(() => reader.truth(), { message: /wire type 5/ });
  assert.ok(reader.next(end) && reader.truth());
  assert.ok(!reader.next(end));
});

test('messages within a message', () => {
  const inner = Buffer.concat([numbered(1, 1), numbered(2, 2)]);
  const bytes = Buffer.concat([delimited(1, inner), delimited(2, inner), numbered(3, 0)]);
  const reader = new FieldReader();
  const end = reader.open(bytes, 0, bytes.length);
  const seen: string[] = [];
  while (reader.next(end)) {
    seen.push(`field ${reader.field}`);
    if (seen.length === 6) seen.push(String(reader.truth()));
    else {
      const innerEnd = reader.enter();
      // Of the second message only the first field.
      while (reader.next(innerEnd)) {
        seen.push(String(reader.integer()));
        if (seen.length > 4) reader.leave(innerEnd);
      }
    }
  }
  assert.deepEqual(seen, ['field 1', '1', '2', 'field 2', '1', 'field 3', 'false']);
});

test('a bool is true for any number but 0', () => {
  for (const [number, truth] of [
    [0n, false],
    [1n, true],
    [0x1_0000_0000n, true],
    [-1n, true],
  ] as const) {
    const bytes = numbered(1, number);
    const reader = new FieldReader();
    assert.ok(reader.next(reader.open(bytes, 0, bytes.length)));
    assert.equal(reader.truth(), truth);
  }
});

test('shared texts are the right ones, however many there are', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `node-${index}.example.org`);
  const bytes = Buffer.concat([...names, ...names].map((name) => delimited(1, Buffer.from(name))));
  assert.deepEqual(
    walk(bytes, true).map(([, text]) => text),
    [...names, ...names],
  );
});
