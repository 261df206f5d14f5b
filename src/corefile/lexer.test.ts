import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from './error.ts';
import { tokenise } from './lexer.ts';

/** Each word as `line:text`, a quoted one in angle brackets, with `^` where a statement may begin. */
function words(text: string): string {
  return tokenise(text, 'Corefile')
    .map(({ line, text: word, quoted, startsLine }) => {
      return `${startsLine ? '^' : ''}${line}:${quoted ? `<${word}>` : word}`;
    })
    .join(' ');
}

const rows: [title: string, text: string, expected: string][] = [
  ['nothing', '', ''],
  ['white space and comments only', ' \t\n# a comment with "quotes"\n', ''],
  ['words and lines', 'a b\n\n c', '^1:a 1:b ^3:c'],
  ['a byte order mark at the start is dropped', '\ufeffa', '^1:a'],
  ['a byte order mark elsewhere is a character', 'a\ufeff', '^1:a\ufeff'],
  ['carriage returns are dropped', 'a b\r\nc\rd', '^1:a 1:b ^2:cd'],
  ['Unicode white space separates', 'a\u00a0b\u2003c\u0085d\u3000e', '^1:a 1:b 1:c 1:d 1:e'],
  ['a line separator is white space, not a line', 'a\u2028b', '^1:a 1:b'],
  ['a comment in the middle of a word', 'foo#bar baz\nqux', '^1:foo ^2:qux'],
  ['a quoted word keeps spaces and #', 'a "b # c" d', '^1:a 1:<b # c> 1:d'],
  ['a quoted word spans lines and counts them', '"a\nb" c\nd', '^1:<a\nb> 2:c ^3:d'],
  ['an escaped quote', '"a \\" b"', '^1:<a " b>'],
  ['other backslashes stay in quotes', '"\\n \\d+"', '^1:<\\n \\d+>'],
  ['two backslashes shield each other and both stay', '"a\\\\" b', '^1:<a\\\\> 1:b'],
  ['backslashes outside quotes are characters', 'a\\ b', '^1:a\\ 1:b'],
  ['a quote inside a word is a character', 'a"b c"', '^1:a"b 1:c"'],
  ['the word after a closing quote', '"a"b', '^1:<a> 1:b'],
  ['an empty word', 'a ""', '^1:a 1:<>'],
  ['a statement may begin behind an opening brace', 'a { b c', '^1:a 1:{ ^1:b 1:c'],
  ['but not behind a quoted one', 'a "{" b', '^1:a 1:<{> 1:b'],
  ['braces inside words are characters', 'a {{b} }c', '^1:a 1:{{b} 1:}c'],
];
for (const [title, text, expected] of rows) {
  test(`tokenise: ${title}`, () => {
    assert.equal(words(text), expected);
  });
}

test('tokenise: a quote that never ends is an error at its beginning', () => {
  assert.throws(
    () => tokenise('a\nb "c\nd', 'x/Corefile'),
    new CorefileError({ file: 'x/Corefile', line: 2 }, `unexpected end of file: expected a closing '"'`),
  );
});
