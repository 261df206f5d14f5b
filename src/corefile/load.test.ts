import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Corefile } from './corefile.ts';
import { corefileHash, loadCorefile, type LoadOptions } from './load.ts';

function load(files: Readonly<Record<string, string>>, options: Partial<LoadOptions> = {}): Corefile {
  return loadCorefile({
    conf: '',
    environment: {},
    defaultPort: 5300,
    warn: () => undefined,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`open ${path}`), { code: 'ENOENT' });
      if (text === 'locked') throw Object.assign(new Error(`open ${path}`), { code: 'EACCES' });
      return text;
    },
    readStandardInput: () => undefined,
    ...options,
  });
}

const block = 'a.test {\nlog\n}\n';
const builtin = 'builtin dns://.:5300 whoami,log';

const rows: [
  title: string,
  files: Record<string, string>,
  options: Partial<LoadOptions>,
  expected: string,
  read: string[],
][] = [
  [
    '-conf comes first',
    { mine: block, Corefile: '.' },
    { conf: 'mine' },
    'mine dns://a.test.:5300 log',
    ['mine'],
  ],
  ['./Corefile comes next', { Corefile: block }, {}, 'Corefile dns://a.test.:5300 log', ['Corefile']],
  ['the builtin comes last', {}, {}, builtin, []],
  ['the builtin stands in for no block', { Corefile: '# later\n' }, {}, builtin, ['Corefile']],
  [
    'the builtin stands in, and what was imported is still watched',
    { mine: 'import x', x: '(s) {\n}\n' },
    { conf: 'mine' },
    builtin,
    ['mine', 'x'],
  ],
  [
    'standard input',
    { Corefile: '.' },
    { conf: 'stdin', readStandardInput: () => block },
    'stdin dns://a.test.:5300 log',
    [],
  ],
  [
    'a terminal is no input',
    { Corefile: block },
    { conf: 'stdin' },
    'Corefile dns://a.test.:5300 log',
    ['Corefile'],
  ],
  [
    'imports of standard input',
    { x: 'log' },
    { conf: 'stdin', readStandardInput: () => 'a.test {\nimport x\n}' },
    'stdin dns://a.test.:5300 log',
    ['x'],
  ],
  [
    'the default port',
    { Corefile: '.\nlog' },
    { defaultPort: 1053 },
    'Corefile dns://.:1053 log',
    ['Corefile'],
  ],
];
for (const [title, files, options, expected, read] of rows) {
  test(`loadCorefile: ${title}`, () => {
    const corefile = load(files, options);
    const names = corefile.blocks.map(
      ({ keys, directives }) => `${keys.join(' ')} ${directives.map((d) => d.name).join(',')}`,
    );
    assert.equal(`${corefile.file} ${names.join('; ')}`, expected);
    assert.deepEqual(corefile.files, read);
  });
}

test('loadCorefile says which file it cannot read', () => {
  const message = 'none: cannot read the Corefile: no such file';
  assert.throws(() => load({ Corefile: block }, { conf: 'none' }), { name: 'CorefileError', message });
  assert.throws(() => load({ Corefile: 'locked' }), {
    message: 'Corefile: cannot read the Corefile: permission denied',
  });
  assert.throws(
    () => load({ Corefile: '. {\nimport gone\n}' }),
    /^CorefileError: Corefile:2: file to import not found/,
  );
});

test('loadCorefile reads the file system, patterns included', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signpost-load-'));
  try {
    const conf = join(directory, 'Corefile');
    writeFileSync(conf, '.:{$PORT} {\nimport *.override\n}\n');
    writeFileSync(join(directory, 'a.override'), 'log\n');
    const corefile = loadCorefile({ conf, environment: { PORT: '7' }, defaultPort: 53, warn: assert.fail });
    assert.equal(corefile.blocks[0]?.keys.join(), 'dns://.:7');
    assert.equal(corefile.blocks[0].directives[0]?.file, join(directory, 'a.override'));
    assert.deepEqual(corefile.files, [conf, join(directory, 'a.override')]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const text = '# one\n. {\n  log a {$X}\n  hosts {\n    ttl 5\n  }\n  log b\n  import x\n}\n';
const changes: [
  title: string,
  text: string,
  options: Partial<LoadOptions>,
  imported: string,
  same: boolean,
][] = [
  ['nothing', text, {}, 'errors', true],
  ['a comment in place', text.replace('# one', '# two'), {}, 'errors', true],
  ['indentation', text.replace('  log', '\tlog'), {}, 'errors', true],
  ['a new comment line', `# zero\n${text}`, {}, 'errors', false],
  ['an argument', text.replace('log a', 'log c'), {}, 'errors', false],
  ['a property', text.replace('ttl 5', 'ttl 6'), {}, 'errors', false],
  ['a zone', text.replace('. {', 'a.test {'), {}, 'errors', false],
  ['the environment', text, { environment: { X: 'x' } }, 'errors', false],
  ['an imported file', text, {}, 'whoami', false],
];
for (const [title, changed, options, imported, same] of changes) {
  test(`corefileHash: ${title} ${same ? 'does not count' : 'counts'}`, () => {
    const before = corefileHash(load({ Corefile: text, x: 'errors' }));
    assert.match(before, /^[0-9a-f]{128}$/);
    assert.equal(corefileHash(load({ Corefile: changed, x: imported }, options)) === before, same);
  });
}

test('the hash covers words by block and directive, with file and line', () => {
  assert.deepEqual(load({ Corefile: '. b.test {\nlog a\nhosts {\nttl 1\n}\nlog b\n}' }).tokens, [
    {
      Keys: ['.', 'b.test'],
      Tokens: {
        hosts: [
          { File: 'Corefile', Line: 3, Text: 'hosts' },
          { File: 'Corefile', Line: 3, Text: '{' },
          { File: 'Corefile', Line: 4, Text: 'ttl' },
          { File: 'Corefile', Line: 4, Text: '1' },
          { File: 'Corefile', Line: 5, Text: '}' },
        ],
        log: [
          { File: 'Corefile', Line: 2, Text: 'log' },
          { File: 'Corefile', Line: 2, Text: 'a' },
          { File: 'Corefile', Line: 6, Text: 'log' },
          { File: 'Corefile', Line: 6, Text: 'b' },
        ],
      },
    },
  ]);
});
