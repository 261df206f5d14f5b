import assert from 'node:assert/strict';
import { test } from 'node:test';
import { substituteEnvironment } from './environment.ts';

const environment = { A: 'one', B: 'two words', NESTED: '{$A}', ABSENT: undefined };

const rows: [title: string, word: string, expected: string][] = [
  ['no reference', 'plain', 'plain'],
  ['the Unix form', '{$A}', 'one'],
  ['the Windows form', '{%A%}', 'one'],
  ['several in one word', 'x{$A}y{%B%}z{$A}', 'xoneytwo wordszone'],
  ['unset is empty', '[{$NONE}{%ABSENT%}]', '[]'],
  ['no name of a default object property', '{$constructor}', ''],
  ['no name is left alone', '{$}{$A}', '{$}one'],
  ['unfinished is left alone', '{$A', '{$A'],
  ['an unfinished Windows form is left alone', '{%A}', '{%A}'],
  ['there are no defaults', '{$A:-two}', ''],
  ['a template variable is eaten', '{{$x}}', '{}'],
  ['a template variable with a space is not', '{{ $x }}', '{{ $x }}'],
  ['the Windows form goes first', '{%NESTED%}', 'one'],
  ['a value is not looked through again', '{$NESTED}', '{$A}'],
];
for (const [title, word, expected] of rows) {
  test(`substituteEnvironment: ${title}`, () => {
    assert.equal(substituteEnvironment(word, environment), expected);
  });
}

test("substituteEnvironment: reads the process's own environment", () => {
  process.env['SIGNPOST_TEST_VALUE'] = 'here';
  try {
    assert.equal(substituteEnvironment('{$SIGNPOST_TEST_VALUE}', process.env), 'here');
  } finally {
    delete process.env['SIGNPOST_TEST_VALUE'];
  }
});
