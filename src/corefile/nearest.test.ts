import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from './nearest.ts';

const candidates = ['cache', 'errors', 'forward', 'health', 'kubernetes', 'log', 'loop', 'ready'];

const rows: [title: string, word: string, expected: string | undefined][] = [
  ['a letter too few', 'forwrd', 'forward'],
  ['a letter too many', 'errorss', 'errors'],
  ['a wrong letter', 'heakth', 'health'],
  ['swapped neighbours are one mistake', 'lgo', 'log'],
  ['letter case is free', 'Cache', 'cache'],
  ['three mistakes in a long word', 'kubrnetse', 'kubernetes'],
  ['the nearest of two', 'loog', 'log'],
  ['too far away', 'proxy', undefined],
  ['a single letter means nothing', 'x', undefined],
  ['nothing', '', undefined],
  ['much too long', 'l'.repeat(10_000), undefined],
];
for (const [title, word, expected] of rows) {
  test(`nearest: ${title}`, () => {
    assert.equal(nearest(word, candidates), expected);
  });
}

test('didYouMean ends a sentence, or adds nothing', () => {
  assert.equal(didYouMean('cashe', candidates), "; did you mean 'cache'?");
  assert.equal(didYouMean('unbound', candidates), '');
});
