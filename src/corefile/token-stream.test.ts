import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from './error.ts';
import { TokenStream } from './token-stream.ts';

interface Outcome {
  /** Words as `file:line:text`. */
  words: string;
  files: string[];
  warnings: string[];
  reads: string[];
}

function read(text: string, files: Readonly<Record<string, string>>, file = 'Corefile'): Outcome {
  const outcome: Outcome = { words: '', files: [], warnings: [], reads: [] };
  const stream = new TokenStream(text, file, {
    environment: { DIRECTORY: 'conf.d', EMPTY: '' },
    readFile(path) {
      outcome.reads.push(path);
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('nothing there'), { code: 'ENOENT' });
      if (content === 'directory') throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
      if (content === 'locked') throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      return content;
    },
    glob(pattern) {
      const [before = '', after = ''] = pattern.split('*');
      return Object.keys(files).filter((path) => path.startsWith(before) && path.endsWith(after));
    },
    warn: (message) => outcome.warnings.push(message),
  });
  const words: string[] = [];
  for (let token = stream.next(); token !== undefined; token = stream.next()) {
    words.push(`${token.file}:${token.line}:${token.text}`);
  }
  return { ...outcome, words: words.join(' '), files: [...stream.files] };
}

test('import puts a file in the place of its line, positions kept', () => {
  const outcome = read('a\nimport x.conf\nb', { 'x.conf': '\nc' });
  assert.equal(outcome.words, 'Corefile:1:a x.conf:2:c Corefile:3:b');
  assert.deepEqual(outcome.files, ['Corefile', 'x.conf']);
});

test('import is relative to the file that contains it', () => {
  const files = { '/etc/dns/sub/x.conf': 'import y.conf', '/etc/dns/sub/y.conf': 'y', '/abs': 'z' };
  const outcome = read('import sub/x.conf\nimport /abs', files, '/etc/dns/Corefile');
  assert.equal(outcome.words, '/etc/dns/sub/y.conf:1:y /abs:1:z');
  assert.deepEqual(outcome.files, [
    '/etc/dns/Corefile',
    '/etc/dns/sub/x.conf',
    '/etc/dns/sub/y.conf',
    '/abs',
  ]);
});

test('import takes a pattern, the files in order, and variables', () => {
  const outcome = read('import {$DIRECTORY}/*.conf', {
    'conf.d/1.conf': 'a',
    'conf.d/2.conf': 'b',
    other: 'c',
  });
  assert.equal(outcome.words, 'conf.d/1.conf:1:a conf.d/2.conf:1:b');
});

test('a pattern without a match is a warning that names the line', () => {
  const outcome = read('\nimport *.none\nb', {});
  assert.equal(outcome.words, 'Corefile:3:b');
  assert.deepEqual(outcome.warnings, ['Corefile:2: no files matching import glob pattern: *.none']);
});

test('a file imported twice is read once, and files of one pattern may import each other', () => {
  const outcome = read('import *.c\nimport 2.c', { '1.c': 'import 2.c\na', '2.c': 'b' });
  assert.equal(outcome.words, '2.c:1:b 1.c:2:a 2.c:1:b 2.c:1:b');
  assert.deepEqual(outcome.reads, ['1.c', '2.c']);
});

const wrong =
  "wrong argument count or unexpected line ending after 'import'; expected a snippet, a file or a pattern";
const wildcards = "glob pattern may only contain one wildcard '*' and one '?', and no set '[...]':";
const bad: [title: string, text: string, message: string][] = [
  ['no argument', 'import\nx', `Corefile:1: ${wrong}`],
  ['no argument at the end', 'import', `Corefile:1: ${wrong}`],
  [
    'two arguments',
    'import x y',
    "Corefile:1: import takes only one argument (a snippet, a file or a pattern), unexpected 'y'",
  ],
  [
    'an empty argument',
    'import {$EMPTY}',
    'Corefile:1: import requires a non-empty file path or snippet name',
  ],
  [
    'a missing file',
    '\nimport gone',
    'Corefile:2: file to import not found: gone, and no snippet gone is defined above',
  ],
  ['a directory', 'import folder', 'Corefile:1: could not import folder: is a directory'],
  ['a directory among the matches', 'import fold*', 'Corefile:1: could not import folder: is a directory'],
  ['a file it may not read', 'import locked', 'Corefile:1: could not import locked: permission denied'],
  ['two stars', 'import */*', `Corefile:1: ${wildcards} */*`],
  ['two question marks', 'import a??', `Corefile:1: ${wildcards} a??`],
  ['a set', 'import [ab]', `Corefile:1: ${wildcards} [ab]`],
  ['a mistake inside the file', 'import quote', `quote:2: unexpected end of file: expected a closing '"'`],
  [
    'a mistake behind two imports',
    'import outer',
    'outer:1: file to import not found: gone, and no snippet gone is defined above',
  ],
];
for (const [title, text, message] of bad) {
  test(`import refuses ${title}`, () => {
    const files = { folder: 'directory', locked: 'locked', quote: 'a\n"', outer: 'import gone' };
    assert.throws(() => read(text, files), { name: 'CorefileError', message });
  });
}

test('import refuses a cycle of files and shows it', () => {
  const files = { '/c/a': 'x\nimport b', '/c/b': 'import a' };
  assert.throws(() => read('import a', files, '/c/Corefile'), {
    message: '/c/b:1: import cycle: file /c/a imports file /c/b imports file /c/a',
  });
  assert.throws(() => read('import Corefile', { '/c/Corefile': 'import Corefile' }, '/c/Corefile'), {
    message: '/c/Corefile:1: import cycle: file /c/Corefile imports file /c/Corefile',
  });
});

/** Defines snippets by hand, as the parser does when it has read `(name) {`. */
function expand(text: string): number {
  const stream = new TokenStream(text, '/c/Corefile', {
    environment: {},
    readFile: () => '',
    glob: () => Array.from({ length: 1001 }, (_, index) => `/c/${index}`),
    warn: () => undefined,
  });
  let count = 0;
  for (let token = stream.next(); token !== undefined; token = stream.next()) {
    if (token.text.startsWith('(') && stream.next()?.text === '{') {
      stream.defineSnippet(token.text.slice(1, -1), token);
    } else {
      count++;
    }
  }
  return count;
}

test('import refuses a snippet that imports itself, directly or not', () => {
  assert.throws(() => expand('(s) {\nlog\nimport s\n}\nimport s'), CorefileError);
  assert.throws(() => expand('(a) {\nimport b\n}\n(b) {\nimport a\n}\nimport a'), {
    message: '/c/Corefile:5: import cycle: snippet a imports snippet b imports snippet a',
  });
});

test('import stops at 10000 snippets', () => {
  const doubling = (times: number): string => {
    const levels = Array.from({ length: times }, (_, n) => `(s${n + 1}) {\nimport s${n}\nimport s${n}\n}`);
    return `(s0) {\nlog\n}\n${levels.join('\n')}\nimport s${times}`;
  };
  assert.equal(expand(doubling(12)), 4096); // 8191 imports
  assert.throws(() => expand(doubling(13)), /:\d+: more than 10000 snippet imports; do they form a cycle\?$/);
});

test('import stops at 100000 files', () => {
  assert.equal(expand('import *\n'.repeat(99)), 0);
  assert.throws(() => expand('import *\n'.repeat(100)), /:100: more than 100000 file imports/);
});
