import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giveBackStartPages, programPages } from './start-pages.ts';

const PROGRAM = '/usr/bin/node';

function mapping(head: string, dirty = 0, anonymous = 0): string {
  return `${head}\nSize: 64 kB\nRss: 32 kB\nPrivate_Dirty: ${dirty} kB\nAnonymous:     ${anonymous} kB\nVmFlags: rd`;
}

const mappings = [
  { title: 'code', text: mapping(`10000-20000 r-xp 00000000 fe:01 7 ${PROGRAM}`), length: 0x10000 },
  { title: 'constants', text: mapping(`10000-11000 r--p 00000000 fe:01 7   ${PROGRAM}`), length: 0x1000 },
  { title: 'constants that the linker changed', text: mapping(`10000-20000 r--p 0 fe:01 7 ${PROGRAM}`, 4) },
  {
    title: 'pages that are no longer the file’s',
    text: mapping(`10000-20000 r--p 0 fe:01 7 ${PROGRAM}`, 0, 8),
  },
  { title: 'variables', text: mapping(`10000-20000 rw-p 00000000 fe:01 7 ${PROGRAM}`) },
  { title: 'code that is written to', text: mapping(`10000-20000 rwxp 00000000 fe:01 7 ${PROGRAM}`) },
  { title: 'a library', text: mapping('10000-20000 r-xp 00000000 fe:01 7 /usr/lib/libc.so.6') },
  { title: 'a heap', text: mapping('10000-20000 rw-p 00000000 00:00 0 [heap]') },
];
for (const { title, text, length } of mappings) {
  test(`${length === undefined ? 'keeps' : 'gives back'} ${title}`, () => {
    const others = mapping('7f00-7f10 rw-p 00000000 00:00 0');
    const expected = length === undefined ? [] : [{ begin: 0x10000, length }];
    assert.deepEqual(programPages(`${others}\n${text}\n${others}\n`, PROGRAM), expected);
  });
}

test('the process goes on, with what it had', async () => {
  const before = JSON.stringify(process.versions);
  await giveBackStartPages();
  await giveBackStartPages();
  assert.equal(JSON.stringify(process.versions), before);
  assert.match(new Intl.NumberFormat('de').format(1234.5), /1\.234,5/);
});
