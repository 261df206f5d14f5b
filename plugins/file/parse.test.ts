import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { file } from './index.ts';
import type { Options } from './parse.ts';

/** `origin=file reload [time]` of each zone, then where names fall through. */
function summary({ zones, fallthrough }: Options): string[] {
  return [
    ...zones.map(
      ({ origin, file: path, reload, byTime }) => `${origin}=${path} ${reload}${byTime ? ' time' : ''}`,
    ),
    ...(fallthrough === undefined ? [] : [`fallthrough ${fallthrough.join(' ')}`]),
  ];
}

const good: readonly [title: string, text: string, summary: readonly string[]][] = [
  ['the zones of the block', 'file db', ['example.org.=db 60000', 'example.net.=db 60000']],
  ['its own zones', 'file db A.test 192.0.2.0/24', ['a.test.=db 60000', '2.0.192.in-addr.arpa.=db 60000']],
  ['reload', 'file db a.test {\nreload 1m30s\n}', ['a.test.=db 90000']],
  ['reload 0', 'file db a.test {\nreload 0\n}', ['a.test.=db 0']],
  ['reload_by_mtime', 'file db a.test {\nreload_by_mtime\n}', ['a.test.=db 60000 time']],
  ['fallthrough', 'file db a.test {\nfallthrough\n}', ['a.test.=db 60000', 'fallthrough .']],
  [
    'fallthrough with zones',
    'file db a.test {\nfallthrough B.test c.test\n}',
    ['a.test.=db 60000', 'fallthrough b.test. c.test.'],
  ],
  ['upstream, which means nothing any more', 'file db a.test {\nupstream 192.0.2.1\n}', ['a.test.=db 60000']],
  [
    'several lines, where reloading holds for those below and the last fallthrough for all',
    'file a a.test\nfile b b.test {\nreload 5s\nreload_by_mtime\nfallthrough x\n}\nfile c c.test {\nfallthrough y\n}',
    ['a.test.=a 60000', 'b.test.=b 5000 time', 'c.test.=c 5000 time', 'fallthrough y.'],
  ],
  ['a zone twice with the last file', 'file a a.test\nfile b a.test', ['a.test.=b 60000']],
];
for (const [title, text, expected] of good) {
  test(`reads ${title}`, () => {
    assert.deepEqual(summary(parsePlugin(file, text, 'example.org example.net')), expected);
  });
}

const bad: readonly [title: string, text: string, says: RegExp][] = [
  ['no file', 'file', /^Corefile:2: wrong argument count .*file DBFILE \[ZONES\.\.\.\]/],
  ['an empty file', 'file ""', /^Corefile:2: wrong argument count/],
  [
    'an unknown property',
    'file db {\nrelod 5s\n}',
    /^Corefile:3: unknown property 'relod'.*'reload'.*reload, reload_by_mtime, fallthrough/,
  ],
  ['reload without a duration', 'file db {\nreload\n}', /^Corefile:3: wrong argument count/],
  ['reload with a bad duration', 'file db {\nreload soon\n}', /^Corefile:3: invalid reload 'soon'/],
  ['a reload below 0', 'file db {\nreload -1s\n}', /^Corefile:3: invalid reload '-1s'/],
  ['reload_by_mtime with more', 'file db {\nreload_by_mtime yes\n}', /^Corefile:3: wrong argument count/],
  ['names that are no zones', 'file db a..b', /^Corefile:2: none of 'a\.\.b' is a zone/],
];
for (const [title, text, says] of bad) {
  test(`refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(file, text),
      (error) => error instanceof CorefileError && says.test(error.message),
    );
  });
}
