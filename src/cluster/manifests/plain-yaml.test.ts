import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { splitDocuments } from './documents.ts';
import { readPlainYaml, refused } from './plain-yaml.ts';

const wrong = Symbol('does not parse');

/** What the `yaml` package makes of it. */
function reference(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, merge: true, logLevel: 'silent' });
  if (document.errors.length > 0) return wrong;
  try {
    return document.toJS();
  } catch {
    return wrong;
  }
}

function agree(text: string): boolean {
  const value = readPlainYaml(text);
  if (value !== refused) assert.deepEqual(value, reference(text), JSON.stringify(text));
  return value !== refused;
}

const read: readonly [title: string, text: string][] = [
  ['a map', 'a: b\nc: 1\n'],
  ['nested maps', 'a:\n  b:\n    c: d\n  e: f\ng: h\n'],
  ['a sequence deeper than its key', 'a:\n  - b\n  - c\nd: e\n'],
  ['a sequence no deeper than its key', 'a:\n- b\n- c: 1\n  d: 2\ne: f\n'],
  ['maps in a sequence, with nested ones', '- a: 1\n  b:\n  - c\n- a:\n    b: 2\n'],
  ['a key with nothing', 'a:\nb: c\n'],
  ['a key with nothing at the end', 'a: 1\nb:'],
  ['empty collections', 'a: {}\nb: []\n'],
  ['quoted scalars and keys', 'a: "1"\n\'b\': \'x # y\'\n"c:d": ""\n'],
  ['words of the core schema', 'a: true\nb: False\nc: null\nd: yes\ne: NULL\nf: Truely\n'],
  [
    'numbers, times and addresses',
    'a: 12\nb: 10.0.0.1\nc: 2026-11-21T07:29:52Z\nd: 007\ne: -x\nf: fd00::1\n',
  ],
  ['comments on lines of their own', '# a\na:\n  # b\n  b: c\n\n# c\nd: e\n'],
  ['a literal block', 'a: |\n  one\n    two\n\n  three\nb: |-\n    x: y\n    # no comment\n\nc: d\n'],
  ['a literal block at the end', 'a:\n- b: |\n    {"c": 1}\n'],
  ['spaces after a value', 'a: b  \nc:   d\n'],
  ['comments after values', 'a: b # c\nd: # e\n  f: "g" # h\n  i: [] # j\nk: l#m\n'],
  [
    'flow collections of one line',
    'a: {b: c, "d": [1, 10.0.0.1, true, \'x\']}\ne: [{ f: g }, []]\nh:\n- {i: j}\n- [ k ]\n',
  ],
];
for (const [title, text] of read) {
  test(`plain YAML: ${title}`, () => assert.ok(agree(text)));
}

const beyond: readonly [title: string, text: string][] = [
  ['text of two lines', 'a: b\n  c\n'],
  ['anchors', 'a: &x b\nc: *x\n'],
  ['tags', 'a: !!str 1\n'],
  ['flow collections of two lines', 'a: {b: c,\n  d: e}\n'],
  ['a comma at the end', 'a: [b, ]\n'],
  ['a map in a list without braces', 'a: [b: c]\n'],
  ['a flow key without value', 'a: {b}\n'],
  ['a flow collection as key', '{a: b}: c\n'],
  ['something after a collection', 'a: [b] c\n'],
  ['escapes', 'a: "\\n"\n'],
  ['folded text', 'a: >\n  b\n'],
  ['a key twice', 'a: 1\na: 2\n'],
  ['a map in a map on one line', 'a: b: c\n'],
  ['wrong indentation', 'a:\n    b: 1\n  c: 2\n'],
  ['tabs', 'a:\n\tb: c\n'],
  ['a key that would be null', 'null: a\n'],
  ['__proto__', '__proto__: a\n'],
  ['a float', 'a: 1.5\n'],
  ['characters beyond ASCII', 'a: ü\n'],
  ['a document marker', '--- a\n'],
  ['nothing', '# only a comment\n'],
  ['a scalar', 'word\n'],
];
for (const [title, text] of beyond) {
  test(`plain YAML refused: ${title}`, () => assert.equal(readPlainYaml(text), refused));
}

test('plain YAML: every document of an API server is read, and as the yaml package reads it', () => {
  const bytes = readFileSync(new URL('./testdata/world.yaml', import.meta.url));
  let documents = 0;
  let given = false;
  const once = (target: Buffer, offset: number): number => {
    if (given) return 0;
    given = true;
    return bytes.copy(target, offset);
  };
  for (const piece of splitDocuments(once)) {
    documents++;
    assert.ok(agree(piece.bytes.toString()), piece.bytes.toString());
  }
  assert.equal(documents, 66);
});

const word = fc.constantFrom(
  'a',
  'app',
  'x-y',
  'null',
  '1',
  '10.0.0.1',
  'true',
  '',
  'a b',
  'k: v',
  '# x',
  '- z',
  'é',
  '~',
);
const scalar = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
  fc.constant('one\ntwo\n'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.constantFrom('name', 'ports', 'metadata')), tie('tree'), { maxKeys: 4 }),
  ),
}));
const printed = fc
  .tuple(
    tree,
    fc.boolean(),
    fc.constantFrom(1, 2, 4),
    fc.constantFrom<('any' | 'flow')[]>('any', 'any', 'flow'),
  )
  .map(([value, indentSeq, indent, collectionStyle]) => {
    const text = stringify(value, { indentSeq, indent, lineWidth: 0, collectionStyle });
    return collectionStyle === 'flow' ? `a: ${text}` : text;
  });

test('plain YAML: whatever it reads of printed YAML, it reads as the yaml package does', () => {
  let reads = 0;
  const check = (text: string): void => void (reads += Number(agree(text)));
  fc.assert(fc.property(printed, check), { numRuns: 2000, seed: 7 });
  assert.ok(reads > 200, `only ${reads} were read`);
});

test('plain YAML: whatever it reads of damaged YAML, it reads as the yaml package does', () => {
  const samples = read.map(([, text]) => text);
  const damage = fc.tuple(
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      ' ',
      '  ',
      '\n',
      ':',
      ': ',
      '- ',
      '-',
      '#',
      ' #',
      '"',
      "'",
      '|',
      '{}',
      '{a: b}',
      '[a, 1]',
      ', ',
      ',',
      '{',
      '}',
      '[',
      ']',
      ' # c',
      '[]',
      '\n  ',
      'a: ',
      '\n\n',
      '.',
      '0',
    ),
  );
  let reads = 0;
  const check = (text: string, damages: [number, number, string][]): void => {
    for (const [at, removed, added] of damages) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + added + text.slice(place + removed);
    }
    reads += Number(agree(text));
  };
  const texts = fc.oneof(fc.constantFrom(...samples), printed);
  fc.assert(fc.property(texts, fc.array(damage, { maxLength: 4 }), check), { numRuns: 6000, seed: 11 });
  assert.ok(reads > 600, `only ${reads} were read`);
});
