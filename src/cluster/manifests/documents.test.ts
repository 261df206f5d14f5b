import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitDocuments } from './documents.ts';

type Piece = readonly [text: string, line: number, contentLine?: number];

/** @param step bytes given at a time */
function split(text: string | Buffer, step: number, takeListsApart = true): Piece[] {
  const bytes = Buffer.from(text as string);
  let position = 0;
  const read = (target: Buffer, offset: number): number => {
    const count = Math.min(step, bytes.length - position, target.length - offset);
    bytes.copy(target, offset, position, position + count);
    position += count;
    return count;
  };
  const pieces: Piece[] = [];
  for (const piece of splitDocuments(read, takeListsApart)) {
    const { line, contentLine } = piece;
    const text = piece.bytes.toString();
    pieces.push(line === contentLine ? [text, line] : [text, line, contentLine]);
  }
  return pieces;
}

const table: readonly [title: string, text: string, pieces: Piece[]][] = [
  ['nothing', '', []],
  ['one document', 'a: 1\n', [['a: 1\n', 1]]],
  ['no newline at the end', 'a: 1', [['a: 1', 1]]],
  [
    'two documents',
    'a: 1\n---\nb: 2\n',
    [
      ['a: 1\n', 1],
      ['b: 2\n', 3],
    ],
  ],
  ['a marker first and last', '---\na: 1\n---\n', [['a: 1\n', 2]]],
  ['a marker at the very end', 'a: 1\n---', [['a: 1\n', 1]]],
  ['documents without content', '---\n# nothing\n---\n\n---\n', []],
  ['a comment before the content', '# one\n\na: 1\n', [['# one\n\na: 1\n', 1, 3]]],
  [
    'a marker with a comment',
    'a: 1\n--- # next\nb: 2\n',
    [
      ['a: 1\n', 1],
      ['b: 2\n', 3],
    ],
  ],
  [
    'a marker with spaces',
    'a: 1\n---  \nb: 2\n',
    [
      ['a: 1\n', 1],
      ['b: 2\n', 3],
    ],
  ],
  ['a marker with a tag stays', '--- !map\na: 1\n', [['--- !map\na: 1\n', 1]]],
  [
    'a marker with content stays',
    'x: 1\n--- {a: 1}\n',
    [
      ['x: 1\n', 1],
      ['--- {a: 1}\n', 2],
    ],
  ],
  [
    'three dots',
    'a: 1\n...\nb: 2\n... # end\n',
    [
      ['a: 1\n', 1],
      ['b: 2\n', 3],
    ],
  ],
  ['four dashes are content', 'a:\n----\n', [['a:\n----\n', 1]]],
  ['dashes in a block are content', 'a: |\n  ---\n  b\n', [['a: |\n  ---\n  b\n', 1]]],
  [
    'Windows lines',
    'a: 1\r\n---\r\nb: 2\r\n',
    [
      ['a: 1\r\n', 1],
      ['b: 2\r\n', 3],
    ],
  ],
  ['a byte order mark', '\ufeffa: 1\n', [['a: 1\n', 1]]],
  ['a byte order mark and a marker', '\ufeff---\na: 1\n', [['a: 1\n', 2]]],
  [
    'directives',
    '%YAML 1.2\n---\na: 1\n---\nb: 2\n',
    [
      ['%YAML 1.2\n---\na: 1\n', 1, 2],
      ['b: 2\n', 5],
    ],
  ],
  [
    'a list as kubectl prints it',
    'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n- kind: Service\n  a:\n  - b\nkind: List\n---\nc: 3\n',
    [
      ['- apiVersion: v1\n  kind: Pod\n', 3],
      ['- kind: Service\n  a:\n  - b\n', 5],
      ['apiVersion: v1\nitems:\nkind: List\n', 1],
      ['c: 3\n', 10],
    ],
  ],
  [
    'a list without an end of its own',
    'kind: List\nitems:\n- kind: Pod\n',
    [
      ['- kind: Pod\n', 3],
      ['kind: List\nitems:\n', 1],
    ],
  ],
  ['items of something else', 'items:\n- key: a\n  path: b\n', [['items:\n- key: a\n  path: b\n', 1]]],
];
for (const [title, text, pieces] of table) {
  for (const step of [1, 3, 1_000_000]) {
    test(`documents, ${step} bytes at a time: ${title}`, () => assert.deepEqual(split(text, step), pieces));
  }
}

test('documents: lists stay whole when asked to', () => {
  const text = 'kind: List\nitems:\n- kind: Pod\n';
  assert.deepEqual(split(text, 100, false), [[text, 1]]);
});

test('documents: many, and larger than what is read at once', () => {
  const long = `a: ${'x'.repeat(700_000)}\n`;
  const text = `${'b: 1\n---\n'.repeat(100_000)}${long}---\nc: 2\n`;
  const pieces = split(text, 1_000_000);
  assert.equal(pieces.length, 100_002);
  assert.deepEqual(pieces[99_999], ['b: 1\n', 199_999]);
  assert.equal(pieces[100_000]?.[0].length, long.length);
  assert.deepEqual(pieces[100_001], ['c: 2\n', 200_003]);
});
