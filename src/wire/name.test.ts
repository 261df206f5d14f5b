import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from 'dns-packet';
import fc from '../../test/kit/properties.ts';
import { FormatError } from './errors.ts';
import { canonicalName, nameLength, nameToWire, readName, skipName, writeName } from './name.ts';

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : [part])));

const equal: { title: string; text: string; wire: Uint8Array }[] = [
  { title: 'the root', text: '.', wire: bytes(0) },
  { title: 'one label', text: 'org.', wire: bytes(3, 'org', 0) },
  { title: 'two labels', text: 'example.org.', wire: bytes(7, 'example', 3, 'org', 0) },
  { title: 'letter case', text: 'Example.ORG.', wire: bytes(7, 'Example', 3, 'ORG', 0) },
  {
    title: 'an underscore, hyphen, star, slash',
    text: '_a.-.*./.',
    wire: bytes(2, '_a', 1, '-', 1, '*', 1, '/', 0),
  },
  { title: 'a dot within a label', text: 'a\\.b.c.', wire: bytes(3, 'a.b', 1, 'c', 0) },
  { title: 'a backslash', text: 'a\\\\.c.', wire: bytes(2, 'a\\', 1, 'c', 0) },
  {
    title: 'what means something in zone files',
    text: '\\"\\;\\(\\)\\@\\ \\\'.',
    wire: bytes(7, '";()@ \'', 0),
  },
  { title: 'bytes that do not print', text: '\\000\\031\\127\\255.', wire: bytes(4, 0, 31, 127, 255, 0) },
  { title: 'a label of 63 bytes', text: `${'a'.repeat(63)}.`, wire: bytes(63, 'a'.repeat(63), 0) },
];
for (const { title, text, wire } of equal) {
  test(`${title} is read and written`, () => {
    assert.equal(readName(wire, 0), text);
    assert.deepEqual(nameToWire(text), wire);
    assert.equal(nameLength(text), wire.length);
    assert.equal(skipName(wire, 0), wire.length);
  });
}

const alsoWritten: { title: string; text: string; wire: Uint8Array }[] = [
  { title: 'without the last dot', text: 'example.org', wire: bytes(7, 'example', 3, 'org', 0) },
  { title: 'the empty name as the root', text: '', wire: bytes(0) },
  { title: 'an escape that was not needed', text: '\\e\\120.', wire: bytes(2, 'ex', 0) },
  { title: 'an unescaped byte above 127', text: 'é.', wire: bytes(1, 233, 0) },
  { title: 'an escaped dot at the end as part of the label', text: 'a\\.', wire: bytes(2, 'a.', 0) },
];
for (const { title, text, wire } of alsoWritten) {
  test(`writes a name ${title}`, () => assert.deepEqual(nameToWire(text), wire));
}

const longest = `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}.`;
test('a name of 255 bytes is read and written', () => {
  const wire = nameToWire(longest);
  assert.equal(wire.length, 255);
  assert.equal(readName(wire, 0), longest);
});

const unwritable: { title: string; text: string; says: RegExp }[] = [
  { title: 'an empty label', text: 'a..b.', says: /empty label/ },
  { title: 'a leading dot', text: '.a.', says: /empty label/ },
  { title: 'a label of 64 bytes', text: `${'a'.repeat(64)}.`, says: /63 bytes/ },
  { title: 'a last label of 64 bytes without a dot', text: 'a'.repeat(64), says: /63 bytes/ },
  { title: '256 bytes', text: `a.${longest.slice(1)}`, says: /255 bytes/ },
  { title: 'thousands of bytes', text: 'a.'.repeat(5000), says: /255 bytes/ },
  { title: 'thousands of bytes in one label', text: 'a'.repeat(5000), says: /255 bytes/ },
  { title: 'a character above 255', text: 'ā.', says: /no byte/ },
  { title: 'an escaped character above 255', text: '\\ā.', says: /no byte/ },
  { title: 'a backslash at the end', text: 'a\\', says: /backslash/ },
  { title: 'an escape above 255', text: '\\256.', says: /no byte/ },
  { title: 'an escape of two digits', text: '\\12.', says: /no byte/ },
];
for (const { title, text, says } of unwritable) {
  test(`refuses to write ${title}`, () => {
    const refusal = (error: unknown): boolean => error instanceof FormatError && says.test(error.message);
    assert.throws(() => nameToWire(text), refusal);
  });
}

const compressed: { title: string; wire: Uint8Array; at: number; text: string; end: number }[] = [
  { title: 'a pointer', wire: bytes(3, 'org', 0, 0xc0, 0), at: 5, text: 'org.', end: 7 },
  { title: 'labels and a pointer', wire: bytes(3, 'org', 0, 1, 'a', 0xc0, 0), at: 5, text: 'a.org.', end: 9 },
  {
    title: 'a pointer to a pointer',
    wire: bytes(1, 'a', 0, 1, 'b', 0xc0, 0, 1, 'c', 0xc0, 3),
    at: 7,
    text: 'c.b.a.',
    end: 11,
  },
  { title: 'a pointer to the root', wire: bytes(0, 1, 'a', 0xc0, 0), at: 1, text: 'a.', end: 5 },
  { title: 'a name not at the start', wire: bytes(9, 9, 1, 'a', 0, 7), at: 2, text: 'a.', end: 5 },
];
for (const { title, wire, at, text, end } of compressed) {
  test(`reads ${title}`, () => {
    assert.equal(readName(wire, at), text);
    assert.equal(skipName(wire, at), end);
  });
}

test('a pointer reaches 16,383 bytes', () => {
  const wire = new Uint8Array(0x3fff + 6);
  wire.set(bytes(1, 'a', 0), 0x3fff);
  wire.set(bytes(0xff, 0xff), 0x3fff + 3);
  assert.equal(readName(wire, 0x3fff + 3), 'a.');
});

const unreadable: { title: string; wire: Uint8Array; at?: number }[] = [
  { title: 'nothing', wire: bytes() },
  { title: 'an offset behind the end', wire: bytes(0), at: 5 },
  { title: 'a label that is cut short', wire: bytes(3, 'or') },
  { title: 'a name without an end', wire: bytes(3, 'org') },
  { title: 'a pointer that is cut short', wire: bytes(0, 0xc0), at: 1 },
  { title: 'a pointer to itself', wire: bytes(0xc0, 0) },
  { title: 'a pointer forward', wire: bytes(0xc0, 2, 0) },
  { title: 'a pointer into its own name', wire: bytes(1, 'a', 0xc0, 0) },
  { title: 'two pointers to each other', wire: bytes(0xc0, 2, 0xc0, 0), at: 2 },
  { title: 'a label type of 01', wire: bytes(0x41, 'a', 0) },
  { title: 'a label type of 10', wire: bytes(0x81, 'a', 0) },
  { title: 'more than 255 bytes', wire: Uint8Array.from([...Array<number[]>(128).fill([1, 97]).flat(), 0]) },
  { title: 'more than 255 bytes by pointers', wire: growing(), at: 65 + 4 * 66 },
];
for (const { title, wire, at = 0 } of unreadable) {
  test(`refuses to read ${title}`, () => assert.throws(() => readName(wire, at), FormatError));
}

/** Labels of 63 bytes, each followed by a pointer to the one before: the last one stands for 385 bytes. */
function growing(): Uint8Array {
  const parts: (string | number)[] = [63, 'a'.repeat(63), 0];
  for (let index = 0, at = 0; index < 5; index++) {
    parts.push(63, 'b'.repeat(63), 0xc0 | (at >> 8), at & 255);
    at = 65 + index * 66;
  }
  return bytes(...parts);
}

test('lower case is for ASCII letters alone', () => {
  assert.equal(readName(bytes(4, 'A[Zz', 2, 0xc4, 0xe4, 0), 0, true), 'a[zz.\\196\\228.');
});

test('canonical names are lower case with their last dot', () => {
  const rows = ['Org', 'ORG.', 'a\\.', 'a\\\\.', '.'];
  assert.deepEqual(rows.map(canonicalName), ['org.', 'org.', 'a\\..', 'a\\\\.', '.']);
});

test('an offset within the target is kept to', () => {
  const target = new Uint8Array(8).fill(9);
  assert.equal(writeName('a.', target, 3), 6);
  assert.deepEqual([...target], [9, 9, 9, 1, 97, 0, 9, 9]);
});

const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
const wireName = fc
  .array(label, { maxLength: 12 })
  .map((labels) => Uint8Array.from([...labels.flatMap((part) => [part.length, ...part]), 0]))
  .filter((wire) => wire.length <= 255);

test('every name survives being read and written', () => {
  fc.assert(
    fc.property(wireName, (wire) => {
      const text = readName(wire, 0);
      assert.deepEqual(nameToWire(text), wire);
      assert.equal(nameLength(text), wire.length);
      assert.equal(skipName(wire, 0), wire.length);
    }),
  );
});

test('names of letters, digits and hyphens are read as dns-packet reads them', () => {
  const plain = fc.stringMatching(/^[a-zA-Z0-9-]{1,20}$/);
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 8 }), (labels) => {
      const name = nameToWire(`${labels.join('.')}.`);
      const packet = Buffer.concat([bytes(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), name, bytes(0, 1, 0, 1)]);
      assert.equal(`${decode(packet).questions![0]!.name}.`, readName(packet, 12));
    }),
  );
});

test('hostile bytes end in a name or a FormatError, and soon', () => {
  const hostile = fc.uint8Array({ maxLength: 600 }).map((random) => {
    const wire = random.slice();
    // Many pointers: the more often they chain, the better.
    for (let at = 0; at + 1 < wire.length; at += 7)
      if (wire[at]! % 2 === 0) wire.set([0xc0, wire[at + 1]!], at);
    return wire;
  });
  fc.assert(
    fc.property(hostile, fc.nat(600), (wire, at) => {
      for (const read of [readName, skipName]) {
        try {
          const text = read(wire, at);
          if (typeof text === 'string') assert.ok(nameToWire(text).length <= 255);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('any text is written or refused with a FormatError, never beyond 257 bytes', () => {
  const target = new Uint8Array(600);
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 400 }), fc.stringMatching(/^[a.\\0-9]{0,400}$/)), (text) => {
      target.fill(0xee);
      try {
        writeName(text, target, 0);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
      assert.ok(target.subarray(257).every((byte) => byte === 0xee));
    }),
    { numRuns: 1000 },
  );
});
