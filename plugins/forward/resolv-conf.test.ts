import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Rcode } from '../../src/wire/codes.ts';
import { startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ReceivedQuery } from '../../test/kit/scripted-upstream.ts';
import { answer, clock, start } from './test-world.ts';

/** A folder for a test, and the text that names an upstream of it. */
function folder(context: { after(action: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'signpost-resolv-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}
const isAfter = ({ message }: ReceivedQuery): boolean =>
  message.question!.name.toLowerCase() === 'after.example.org.';
const naming = (...ports: number[]): string =>
  ports.map((port) => `nameserver [127.0.0.1]:${port}\n`).join('');

const changes: readonly { title: string; change: (directory: string, text: string) => void }[] = [
  { title: 'is written', change: (directory, text) => writeFileSync(join(directory, 'resolv.conf'), text) },
  {
    title: 'is renamed into place',
    change(directory, text) {
      writeFileSync(join(directory, 'new'), text);
      renameSync(join(directory, 'new'), join(directory, 'resolv.conf'));
    },
  },
  {
    title: 'becomes a symbolic link',
    change(directory, text) {
      writeFileSync(join(directory, 'target'), text);
      symlinkSync('target', join(directory, 'link'));
      renameSync(join(directory, 'link'), join(directory, 'resolv.conf'));
    },
  },
];

for (const { title, change } of changes) {
  test(`resolv.conf ${title}: its new upstream is used within a second`, async (context) => {
    const directory = folder(context);
    const path = join(directory, 'resolv.conf');
    await using first = await startUpstream(answer);
    await using second = await startUpstream(answer);
    writeFileSync(path, naming(first.port));
    await using server = await start(`forward . ${path}`);
    await server.ask('www.example.org', 'A');
    change(directory, naming(second.port));
    clock.advance(999);
    await server.ask('www.example.org', 'A');
    assert.deepEqual([first.received.length, second.received.length], [1, 1]);
    assert.ok(server.lines.some((line) => line.includes(`goes to ${second.name} now`)));
  });
}

test('resolv.conf: a link to a folder on its way is turned, as for mounted ConfigMaps', async (context) => {
  const directory = folder(context);
  await using first = await startUpstream(answer);
  await using second = await startUpstream(answer);
  for (const [name, upstream] of [
    ['one', first],
    ['two', second],
  ] as const) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'resolv.conf'), naming(upstream.port));
  }
  symlinkSync('one', join(directory, 'current'));
  await using server = await start(`forward . ${join(directory, 'current', 'resolv.conf')}`);
  symlinkSync('two', join(directory, 'next'));
  renameSync(join(directory, 'next'), join(directory, 'current'));
  clock.advance(999);
  await server.ask('www.example.org', 'A');
  assert.deepEqual([first.received.length, second.received.length], [0, 1]);
});

test('resolv.conf: 100 swaps under load, no query fails, also those in flight', async (context) => {
  const path = join(folder(context), 'resolv.conf');
  await using first = await startUpstream(answer);
  await using second = await startUpstream(answer);
  const [one, two] = [naming(first.port), naming(second.port)];
  writeFileSync(path, one);
  await using server = await start(`forward . ${path}`);
  for (let swap = 1; swap <= 100; swap++) {
    const before = Array.from({ length: 5 }, (_, index) => server.ask(`n${index}.example.org`, 'A'));
    writeFileSync(`${path}.new`, swap % 2 === 0 ? one : two);
    renameSync(`${path}.new`, path);
    clock.advance(500);
    const after = server.ask('after.example.org', 'A');
    for (const reply of await Promise.all([...before, after])) assert.equal(reply!.rcode, Rcode.NoError);
    const asked = [first, second].map(({ received }) => received.filter(isAfter).length);
    assert.deepEqual(asked, [Math.floor(swap / 2), Math.ceil(swap / 2)], `swap ${swap}`);
  }
});

test('resolv.conf: an upstream that stays is kept with all that is known of it', async (context) => {
  const path = join(folder(context), 'resolv.conf');
  await using first = await startUpstream(answer);
  await using second = await startUpstream(answer);
  writeFileSync(path, naming(first.port));
  await using server = await start(`forward . ${path} {\npolicy sequential\n}`);
  await server.ask('www.example.org', 'A', { protocol: 'tcp' });
  writeFileSync(path, naming(first.port, second.port));
  clock.advance(500);
  await server.ask('www.example.org', 'A', { protocol: 'tcp' });
  assert.deepEqual([first.received.length, first.connections], [2, 1]);
});

for (const [title, text] of [
  ['empty', ''],
  ['of this server itself', 'nameserver 127.0.0.1\n'],
  ['half written', 'nameser'],
] as const) {
  test(`resolv.conf: one that becomes ${title} changes nothing, and costs a warning`, async (context) => {
    const path = join(folder(context), 'resolv.conf');
    await using upstream = await startUpstream(answer);
    writeFileSync(path, naming(upstream.port));
    await using server = await start(`forward . ${path}`);
    writeFileSync(path, text);
    clock.advance(500);
    assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError);
    assert.equal(server.lines.filter((line) => line.startsWith('[WARNING] plugin/forward')).length, 1);
  });
}

test('resolv.conf: a file that comes after the start is used', async (context) => {
  const path = join(folder(context), 'resolv.conf');
  await using upstream = await startUpstream(answer);
  await using server = await start(`forward . ${path}`);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.ServerFailure);
  writeFileSync(path, naming(upstream.port));
  clock.advance(500);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError);
});
