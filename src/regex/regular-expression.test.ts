import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegularExpression } from './regular-expression.ts';

const rows: readonly [title: string, pattern: string, text: string, groups: readonly string[] | undefined][] =
  [
    ['a match in the middle', 'b+', 'abbc', ['bb']],
    ['no match', '^b', 'abbc', undefined],
    ['groups', '^(a)(x)?(b+)', 'abbc', ['abb', 'a', '', 'bb']],
    ['a named group of Go', '(?P<first>[a-z]+)\\.', 'web.shop.', ['web.', 'web']],
    ['flags of Go', '(?i)WEB', 'web', ['web']],
  ];
for (const [title, pattern, text, groups] of rows) {
  test(title, () => {
    const expression = new RegularExpression(pattern);
    assert.deepEqual(expression.match(text), groups);
    assert.equal(expression.test(text), groups !== undefined);
  });
}

test('named groups are known by number', () => {
  assert.deepEqual({ ...new RegularExpression('(a)(?P<tail>b)').groupNames }, { tail: 2 });
});

for (const [title, pattern] of [
  ['a bracket that is not closed', '(a'],
  ['what RE2 has not, a look-ahead', '(?=a)'],
  ['what RE2 has not, a back-reference', '(a)\\1'],
  ['a pattern that is too long', 'a'.repeat(10_001)],
] as const) {
  test(`${title} is refused`, () => {
    assert.throws(() => new RegularExpression(pattern), Error);
  });
}

test('a pattern that would stall JavaScript takes time linear in the text', () => {
  const expression = new RegularExpression('^(a+)+$');
  assert.equal(expression.test(`${'a'.repeat(20_000)}b`), false);
});
