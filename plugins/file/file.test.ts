import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Plugin } from '../../src/plugin/plugin.ts';
import { Reply } from '../../src/server/reply.ts';
import { HeaderFlag, Opcode, rcodeName } from '../../src/wire/codes.ts';
import { recordText } from '../../src/wire/presentation.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import type { AskOptions, TestServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import type { TemporaryFolder } from '../../test/kit/temporary-folder.ts';
import { until } from '../../test/kit/until.ts';
import { file } from './index.ts';

const ZONE = `$TTL 60
@ SOA ns host 1 2 3 4 5
a A 192.0.2.1
b.ent A 192.0.2.2
*.wild A 192.0.2.3
cut NS ns.other.
loop CNAME loop.test2.
away CNAME outside.
`;
const SOA = 'ns test. 60 IN SOA ns.test. host.test. 1 2 3 4 5';

/** A stand-in for the next plugin: its answer can be told apart. */
const next = answering('whoami', () => new Reply({ rcode: 8 }));
const plugins = pluginMap(file, next);
const NEXT = ['NXRRSET'];

/** The code, then answer and authority; `silence` for none. */
async function outcome(server: TestServer, text: string, options?: AskOptions): Promise<string[]> {
  const [name, type = 'A'] = text.split(' ');
  const reply = await server.ask(name!, type, options);
  if (reply === undefined) return ['silence'];
  const { rcode, answer, authority } = reply;
  return [
    rcodeName(rcode),
    ...answer.map((record) => `an ${recordText(record)}`),
    ...authority.map((record) => `ns ${recordText(record)}`),
  ];
}

/** A server of `test.` from the file `db`, with `block` in the braces of its directive. */
async function serve(
  context: TestContext,
  block: string,
  files: Record<string, string> = { db: ZONE },
): Promise<{ server: TestServer; clock: FakeClock; folder: TemporaryFolder }> {
  const folder = temporaryFolder(context, files);
  const corefile = `. {\nfile ${folder.path}/db test {\n${block}\n}\nfile ${folder.path}/db2 test2 sub.test\nwhoami\n}`;
  if (files.db2 === undefined)
    folder.write('db2', '$TTL 5\n@ SOA a b 0 2 3 4 5\n@ A 192.0.2.9\nloop CNAME loop.test.\n');
  const clock = new FakeClock();
  const server = await startServer(corefile, { plugins, clock });
  context.after(() => server.close());
  return { server, clock, folder };
}

const rows: readonly [
  title: string,
  ask: string,
  answer: readonly string[],
  block?: string,
  options?: AskOptions,
][] = [
  ['a record', 'a.test', ['NOERROR', 'an a.test. 60 IN A 192.0.2.1']],
  ['another zone of the block, whose serial is 0', 'test2', ['NOERROR', 'an test2. 5 IN A 192.0.2.9']],
  ['the longest zone', 'sub.test', ['NOERROR', 'an sub.test. 5 IN A 192.0.2.9']],
  ['the next plugin for other names', 'a.example', NEXT],
  ['no such name', 'nosuch.test', ['NXDOMAIN', SOA]],
  ['the next plugin with fallthrough', 'nosuch.test', NEXT, 'fallthrough'],
  ['the next plugin for an empty non-terminal with fallthrough', 'ent.test', NEXT, 'fallthrough'],
  ['no such name outside of fallthrough’s zones', 'nosuch.test', ['NXDOMAIN', SOA], 'fallthrough x.test'],
  ['the next plugin in fallthrough’s zones', 'nosuch.x.test', NEXT, 'fallthrough x.test'],
  ['no data, with fallthrough too', 'a.test MX', ['NOERROR', SOA], 'fallthrough'],
  [
    'a referral, with fallthrough too',
    'x.cut.test',
    ['NOERROR', 'ns cut.test. 60 IN NS ns.other.'],
    'fallthrough',
  ],
  ['a wildcard, with fallthrough too', 'x.wild.test MX', ['NOERROR', SOA], 'fallthrough'],
  ['an alias to another plugin', 'away.test', ['NOERROR', 'an away.test. 60 IN CNAME outside.']],
  ['AXFR refused', 'test AXFR', ['REFUSED'], '', { protocol: 'tcp' }],
  ['IXFR refused', 'test IXFR', ['REFUSED']],
  ['NOTIFY not at all', 'test SOA', ['silence'], '', { flags: Opcode.Notify << 11 }],
  ['NOTIFY for other zones by the next plugin', 'example SOA', NEXT, '', { flags: Opcode.Notify << 11 }],
];
for (const [title, text, answer, block = '', options] of rows) {
  test(`answers ${title}`, async (context) => {
    const { server } = await serve(context, block);
    assert.deepEqual(await outcome(server, text, options), answer);
  });
}

test('aliases that go in a circle over two zones are a failure', async (context) => {
  const { server } = await serve(context, '');
  const [code, ...records] = await outcome(server, 'loop.test');
  assert.equal(code, 'SERVFAIL');
  assert.equal(records.filter((line) => line.startsWith('an loop.test')).length, 9);
});

test('answers are authoritative, and echo no letter case', async (context) => {
  const { server } = await serve(context, '');
  const reply = await server.ask('A.Test', 'A');
  assert.equal(reply!.answer[0]!.name, 'a.test.');
  assert.notEqual(reply!.flags & HeaderFlag.AA, 0);
});

/** Lets time pass until `condition` holds. */
async function eventually(clock: FakeClock, condition: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    clock.advance(10_000);
    return condition();
  });
}

function answers(server: TestServer, text: string, line: string): () => Promise<boolean> {
  return async () => (await outcome(server, text)).includes(line);
}

const CHANGED = ZONE.replace('192.0.2.1', '192.0.2.100');
const NEW = 'an a.test. 60 IN A 192.0.2.100';
const OLD = 'an a.test. 60 IN A 192.0.2.1';

test('a file with another serial, also a smaller one, is taken up', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s', {
    db: ZONE.replace('host 1', 'host 7'),
  });
  folder.write('db', CHANGED);
  await eventually(clock, answers(server, 'a.test', NEW));
  const line = `[INFO] plugin/file: Successfully reloaded zone "test." in "${folder.path}/db" with 1 SOA serial`;
  assert.ok(server.lines.includes(line), server.lines.join('\n'));
});

test('a changed file with the serial it had is not taken up, and the log says so once', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s');
  folder.write('db', CHANGED);
  const said = (): string[] => server.lines.filter((line) => line.includes('SOA serial is still 1'));
  await eventually(clock, () => Promise.resolve(said().length > 0));
  folder.write('db', `${CHANGED}; and a comment\n`);
  folder.write('db2', '$TTL 5\n@ SOA a b 9 2 3 4 5\n@ A 192.0.2.10\n');
  await eventually(clock, answers(server, 'test2', 'an test2. 5 IN A 192.0.2.10'));
  assert.deepEqual(await outcome(server, 'a.test'), ['NOERROR', OLD]);
  assert.equal(said().length, 1);
});

test('with reload_by_mtime it is', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s\nreload_by_mtime');
  folder.write('db', CHANGED);
  await eventually(clock, answers(server, 'a.test', NEW));
});

test('a changed file that is included is taken up', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s\nreload_by_mtime', {
    db: `${ZONE}$INCLUDE more\n`,
    more: 'more A 192.0.2.7\n',
  });
  folder.write('more', 'more A 192.0.2.8\n');
  await eventually(clock, answers(server, 'more.test', 'an more.test. 60 IN A 192.0.2.8'));
});

test('a file that becomes wrong or goes away leaves what was last read', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s');
  folder.write('db', 'nonsense\n');
  const said = (text: string) => (): Promise<boolean> =>
    Promise.resolve(
      server.lines.some((line) => line.startsWith('[ERROR] plugin/file: ') && line.includes(text)),
    );
  await eventually(clock, said('/db:1: '));
  folder.remove('db');
  await eventually(clock, said('ENOENT'));
  assert.deepEqual(await outcome(server, 'a.test'), ['NOERROR', OLD]);
  folder.write('db', CHANGED.replace('host 1', 'host 2'));
  await eventually(clock, answers(server, 'a.test', NEW));
});

test('a file that is not there yet fails its zone only, until it comes', async (context) => {
  const { server, clock, folder } = await serve(context, 'reload 10s\nfallthrough', {});
  assert.deepEqual(await outcome(server, 'a.test'), ['SERVFAIL']);
  assert.deepEqual(await outcome(server, 'test2'), ['NOERROR', 'an test2. 5 IN A 192.0.2.9']);
  assert.ok(server.lines.some((line) => /^\[WARNING\] plugin\/file: .*"test\.": ENOENT/.test(line)));
  folder.write('db', ZONE);
  await eventually(clock, answers(server, 'a.test', OLD));
});

const refused: readonly [title: string, files: Record<string, string>, block: string, says: RegExp][] = [
  [
    'a file that is wrong',
    { db: 'a 5 A x\n' },
    '',
    /^CorefileError: Corefile:2: .*\/db:1: expected an IPv4 address/,
  ],
  [
    'a zone without a SOA',
    { db: 'a 5 A 192.0.2.1\n' },
    '',
    /Corefile:2: .*the zone test\. has no SOA record/,
  ],
  [
    'a missing file that is read once',
    {},
    'reload 0',
    /Corefile:2: .*cannot open the file of zone "test\.": ENOENT/,
  ],
];
for (const [title, files, block, says] of refused) {
  test(`${title} refuses the start`, (context) => assert.rejects(serve(context, block, files), says));
}

test('relative files are below the root directory, and its timers end with the server', async (context) => {
  const { path } = temporaryFolder(context, { db: ZONE });
  const root: Plugin<undefined> = {
    name: 'root',
    parse: () => undefined,
    setup: (_options, controller) => {
      controller.offer(RootDirectory, path);
      return undefined;
    },
  };
  const clock = new FakeClock();
  const server = await startServer('test {\nroot x\nfile db\n}', { plugins: pluginMap(root, file), clock });
  const before = clock.pending;
  assert.deepEqual(await outcome(server, 'a.test'), ['NOERROR', OLD]);
  await server.close();
  assert.equal(clock.pending, before - 1);
});

test('a name outside of the zone is left out with a warning', async (context) => {
  const { server } = await serve(context, '', { db: `${ZONE}x.other. A 192.0.2.1\n` });
  assert.ok(
    server.lines.some((line) => /^\[WARNING\] plugin\/file: .*1 records are not below it/.test(line)),
  );
});
