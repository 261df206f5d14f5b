import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { glob, isPattern } from './glob.ts';

const tree: Readonly<Record<string, readonly string[]>> = {
  '.': ['b.conf', 'a.conf', '.hidden.conf', 'conf.d', 'x.confx', 'a+conf'],
  'conf.d': ['1', '2'],
  'conf.d/1': ['zone'],
  'conf.d/2': ['other'],
  '/': ['etc'],
  '/etc': ['dns'],
  '/etc/dns': ['x', 'xy'],
};

const rows: [title: string, pattern: string, expected: string[]][] = [
  ['names sorted, hidden ones too', '*.conf', ['.hidden.conf', 'a.conf', 'b.conf']],
  ['a question mark is one character', '?.conf', ['a.conf', 'b.conf']],
  ['a dot is a dot', 'a.con?', ['a.conf']],
  ['both', '?.c*', ['a.conf', 'b.conf', 'x.confx']],
  ['a star at both ends of nothing', 'a*a.conf', []],
  ['an absolute path', '/etc/dns/x*', ['/etc/dns/x', '/etc/dns/xy']],
  ['the root', '/*', ['/etc']],
  ['a star in a directory', 'conf.d/*/zone', ['conf.d/1/zone']],
  ['a star does not match a slash', 'conf*zone', []],
  ['no such directory', 'none/*', []],
];
for (const [title, pattern, expected] of rows) {
  test(`glob: ${title}`, () => {
    assert.deepEqual(
      glob(pattern, (directory) => tree[directory] ?? []),
      expected,
    );
  });
}

test('glob reads the file system', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signpost-glob-'));
  try {
    mkdirSync(join(directory, 'sub'));
    for (const name of ['b.conf', 'a.conf', 'c.txt']) writeFileSync(join(directory, 'sub', name), '');
    assert.deepEqual(glob(join(directory, 'sub/*.conf')), [
      join(directory, 'sub/a.conf'),
      join(directory, 'sub/b.conf'),
    ]);
    assert.deepEqual(glob(join(directory, 'none/*.conf')), []);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('isPattern knows wildcards', () => {
  assert.deepEqual(['a', 'a*', '?', '[a', 'a]', 'a/b.c'].map(isPattern), [
    false,
    true,
    true,
    true,
    true,
    false,
  ]);
});
