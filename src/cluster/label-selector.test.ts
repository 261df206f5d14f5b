import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelSelectorError, parseLabelSelector } from './label-selector.ts';
import type { Labels } from './label-selector.ts';

const selected: readonly [title: string, selector: string, labels: Labels, expected: boolean][] = [
  ['the empty selector selects all', '', {}, true],
  ['= selects the value', 'app=web', { app: 'web' }, true],
  ['= refuses another value', 'app=web', { app: 'db' }, false],
  ['= refuses an absent label', 'app=web', {}, false],
  ['== is =', 'app == web', { app: 'web' }, true],
  ['an empty value is a value', 'app=', { app: '' }, true],
  ['an empty value is not an absent label', 'app=', {}, false],
  ['!= refuses the value', 'app!=web', { app: 'web' }, false],
  ['!= selects an absent label', 'app!=web', {}, true],
  ['in selects any of its values', 'tier in (live, test)', { tier: 'test' }, true],
  ['in refuses others', 'tier in (live,test)', { tier: 'dev' }, false],
  ['notin refuses its values', 'tier notin (live)', { tier: 'live' }, false],
  ['notin selects an absent label', 'tier notin (live)', {}, true],
  ['a key alone asks for the label', 'app', { app: 'x' }, true],
  ['a key alone refuses its absence', 'app', {}, false],
  ['! asks for its absence', '!app', {}, true],
  ['! refuses its presence', '! app', { app: '' }, false],
  ['all requirements must hold', 'a=1,b=2', { a: '1', b: '3' }, false],
  ['all requirements hold', 'a=1 , b in (2),!c', { a: '1', b: '2' }, true],
  [
    'keys may have a prefix',
    'kubernetes.io/metadata.name=prod',
    { 'kubernetes.io/metadata.name': 'prod' },
    true,
  ],
  ['in and notin can be keys and values', 'in in (notin)', { in: 'notin' }, true],
  ['> compares as integers', 'cores>9', { cores: '10' }, true],
  ['< refuses what is no integer', 'cores<9', { cores: 'few' }, false],
  ['names of Object.prototype are no labels', 'constructor', {}, false],
];
for (const [title, selector, labels, expected] of selected) {
  test(`label selector: ${title}`, () => {
    assert.equal(parseLabelSelector(selector).matches(labels), expected);
  });
}

const refused: readonly [title: string, selector: string, message: string][] = [
  ['no key', '=web', "label selector '=web': found '=' at column 1, expected a label's key"],
  ['no opening bracket', 'a in b', "label selector 'a in b': found 'b' at column 6, expected '('"],
  ['no closing bracket', 'a in (b', "label selector 'a in (b': found the end, expected ',' or ')'"],
  ['two words', 'a b', "found 'b' at column 3, expected one of = == != in notin > <, ',' or the end"],
  ['nothing after a comma', 'a,', "found the end, expected a label's key"],
  ['a bad key', '-a', 'expected a valid label key'],
  ['an upper-case prefix', 'Example.com/a', 'expected a valid label key'],
  ['a bad value', 'a=b/c', 'expected a valid label value'],
  ['a value of 64 characters', `a=${'b'.repeat(64)}`, 'expected a valid label value'],
  ['no integer', 'a>b', "found 'b' at column 3, expected an integer after '>'"],
  ['two requirements without a comma', 'a=b c=d', "found 'c' at column 5, expected ',' or the end"],
];
for (const [title, selector, message] of refused) {
  test(`label selector refused: ${title}`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (error) => error instanceof LabelSelectorError && error.message.includes(message),
    );
  });
}
