import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { recordText } from '../wire/presentation.ts';
import { loadZone } from './load-zone.ts';
import { ZoneFileError } from './zone-file-error.ts';
import type { Zone } from './zone.ts';

const SOA = '$TTL 5\n@ SOA a b 1 2 3 4 5\n';

function texts(zone: Zone): string[] {
  return Array.from(zone.nodes(), ({ sets }) =>
    sets.flatMap(({ records }) => records.map(recordText)),
  ).flat();
}

test('included files are relative to the file that has them, with its origin and TTL', async (context) => {
  const { path } = temporaryFolder(context, {
    db: `${SOA}$INCLUDE parts/one sub\nafter A 192.0.2.3\n`,
    'parts/one': 'x A 192.0.2.1\n$ORIGIN elsewhere.test.\n$TTL 9\n$INCLUDE two\n',
    'parts/two': 'y A 192.0.2.2\n',
  });
  const opened: string[] = [];
  const { zone, files, outside } = await loadZone(join(path, 'db'), 'test.', (file) =>
    opened.push(file.path),
  );
  assert.deepEqual(texts(zone).slice(1), [
    'x.sub.test. 5 IN A 192.0.2.1',
    'y.elsewhere.test. 9 IN A 192.0.2.2',
    'after.test. 5 IN A 192.0.2.3',
  ]);
  const expected = ['db', 'parts/one', 'parts/two'].map((name) => join(path, name));
  assert.deepEqual(
    files.map((file) => file.path),
    expected,
  );
  assert.deepEqual(opened, expected);
  assert.equal(outside, 0);
});

const chain = Object.fromEntries(
  Array.from({ length: 9 }, (_, index) => [`n${index}`, `$INCLUDE n${index + 1}\n`]),
);
const bad: readonly [title: string, files: Readonly<Record<string, string>>, says: RegExp][] = [
  ['no SOA', { db: 'a 5 A 192.0.2.1\n' }, /db:1: the zone test\. has no SOA record$/],
  ['a SOA of another name', { db: 'a 5 SOA a b 1 2 3 4 5\n' }, /has no SOA record$/],
  ['NSEC3', { db: `${SOA}\na NSEC3 \\# 0\n` }, /db:4: records of type NSEC3 are not supported$/],
  [
    'a mistake in an included file',
    { db: `${SOA}$INCLUDE one\n`, one: '\na A x\n' },
    /one:2: expected an IPv4 address/,
  ],
  ['a file that is not there', { db: `${SOA}$INCLUDE one\n` }, /db:3: cannot include 'one': ENOENT/],
  [
    'a file that includes itself',
    { db: `${SOA}$INCLUDE one\n`, one: '$INCLUDE ./db\n' },
    /one:1: '\.\/db' includes itself/,
  ],
  [
    'files too deep',
    { db: `${SOA}$INCLUDE n0\n`, ...chain, n9: '' },
    /n6:1: \$INCLUDE goes deeper than 7 files$/,
  ],
];
for (const [title, files, says] of bad) {
  test(`refuses ${title}`, async (context) => {
    const { path } = temporaryFolder(context, files);
    await assert.rejects(loadZone(join(path, 'db'), 'test.'), (error) => {
      assert.ok(error instanceof ZoneFileError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test('a file that cannot be read is the system’s error', async (context) => {
  const { path } = temporaryFolder(context);
  await assert.rejects(loadZone(join(path, 'db'), 'test.'), { code: 'ENOENT' });
});

test('records outside of the zone are left out and counted', async (context) => {
  const { path } = temporaryFolder(context, {
    db: `${SOA}a.test. A 192.0.2.1\nb.xtest. A 192.0.2.2\nc. A 192.0.2.3\n`,
  });
  const { zone, outside } = await loadZone(join(path, 'db'), 'test.');
  assert.equal(outside, 2);
  assert.equal(zone.size, 2);
});

test('the SOA at the end of a transfer counts once; other repeats stay', async (context) => {
  const { path } = temporaryFolder(context, {
    db: `${SOA}a A 192.0.2.1\na A 192.0.2.1\n@ SOA a b 2 2 3 4 5\n`,
  });
  const { zone } = await loadZone(join(path, 'db'), 'test.');
  assert.equal(zone.serial, 2);
  assert.equal(texts(zone).length, 3);
});

test('a large zone is read with turns for others in between', async (context) => {
  const names = Array.from({ length: 30_000 }, (_, index) => `n${index} A 192.0.2.${index & 255}\n`);
  const { path } = temporaryFolder(context, { db: SOA + names.join('') });
  let turns = 0;
  let loading = true;
  const count = (): void => {
    turns++;
    if (loading) setImmediate(count);
  };
  setImmediate(count);
  const { zone } = await loadZone(join(path, 'db'), 'test.');
  loading = false;
  assert.equal(zone.size, 30_001);
  assert.ok(turns > 3, `${turns} turns`);
});
