import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Expression } from './expression.ts';

/** Pieces that expressions are made of; put together at random they are mostly wrong, and sometimes right. */
const pieces = [
  ...[
    '1',
    '0x1f',
    '2.5',
    "'a'",
    '"b"',
    '`c`',
    'true',
    'nil',
    'x',
    '#',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ',',
    ':',
    '?',
  ],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '**',
    '..',
    '==',
    '<',
    '>=',
    '&&',
    'or',
    'not',
    '!',
    'in',
    'matches',
    'contains',
  ],
  ...['??', '|', 'len(', 'any([1, 2], ', 'split(', 'name()', "'", '\\', '.', '&', 'ö', '[1, 2]', "['a']"],
];
const operators = ['+', '-', '*', '==', '!=', '<', 'and', 'or', 'in', 'contains', '..', '??'];
const values = ['1', "'a'", 'true', 'nil', '[1]', "['a']", 'x', 'name()', 'not true', '-1', "len('ab')"];

test('whatever is written, an expression has a value, or an error tells why not', () => {
  let evaluated = 0;
  const words = fc.array(fc.constantFrom(...pieces), { maxLength: 9 });
  const sums = fc
    .array(fc.tuple(fc.constantFrom(...values), fc.constantFrom(...operators)), { maxLength: 3 })
    .map((pairs) => [...pairs.flat(), '1']);
  fc.assert(
    fc.property(fc.oneof(words, sums), (parts) => {
      try {
        const value = new Expression(parts.join(' '), { name: () => 'a' }, ['x']).evaluate(undefined);
        assert.notEqual(value, undefined);
        evaluated++;
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.ok(!(error instanceof TypeError || error instanceof RangeError), String(error.stack));
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
  assert.ok(evaluated > 300, `only ${evaluated} had a value`);
});
