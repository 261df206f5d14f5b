import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Plugin } from '../../src/plugin/plugin.ts';
import { Reply } from '../../src/server/reply.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { until } from '../../test/kit/until.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { startServer, type TestServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { HostsHandler } from './handler.ts';
import { HostTable } from './host-table.ts';
import { hosts } from './index.ts';

const FILE = `# a comment
10.1.2.3    one.example.hosts one  Alias.example.hosts   # trailing comment
10.1.2.4\ttwo.example.hosts
10.1.2.3    again.example.hosts one.example.hosts
2001:db8::3 one.example.hosts
2001:db8::5 six.example.hosts
::ffff:10.1.2.7 mapped.example.hosts
fe80::1%lo0 scoped.example.hosts
999.1.1.1   bad.example.hosts
10.1.2.5
10.1.2.6    *.wild.example.hosts
2001:db8::6 own.wild.example.hosts
10.1.2.8    under_score.example.hosts a..b.example.hosts\r
10.20.0.1   outside.test
`;
const INLINE = `10.9.8.7 inline.example.hosts TWO.example.hosts
2001:db8:9::7 inline.example.hosts`;

/** A stand-in for the next plugin: its answer is NXDOMAIN, so that it can be told apart. */
const next = answering('whoami', () => new Reply({ rcode: 3 }));
const plugins = pluginMap(hosts, next);
const NEXT = 'next plugin';
const SERVFAIL = 'SERVFAIL';

const rows: readonly { title: string; ask: string; answer: readonly string[] | string; block?: string }[] = [
  {
    title: 'an address',
    ask: 'two.example.hosts. A',
    answer: ['two.example.hosts. 90 A 10.1.2.4', 'two.example.hosts. 90 A 10.9.8.7'],
  },
  {
    title: 'an IPv6 address',
    ask: 'one.example.hosts. AAAA',
    answer: ['one.example.hosts. 90 AAAA 2001:db8::3'],
  },
  {
    title: 'an address given twice once',
    ask: 'one.example.hosts. A',
    answer: ['one.example.hosts. 90 A 10.1.2.3'],
  },
  {
    title: 'any letter case in lower case',
    ask: 'ALIAS.Example.hosts. A',
    answer: ['alias.example.hosts. 90 A 10.1.2.3'],
  },
  {
    title: 'a scoped address without its zone',
    ask: 'scoped.example.hosts. AAAA',
    answer: ['scoped.example.hosts. 90 AAAA fe80::1'],
  },
  {
    title: 'an IPv4-mapped address as IPv4',
    ask: 'mapped.example.hosts. A',
    answer: ['mapped.example.hosts. 90 A 10.1.2.7'],
  },
  {
    title: 'a name with an underscore at the end of a DOS line',
    ask: 'under_score.example.hosts. A',
    answer: ['under_score.example.hosts. 90 A 10.1.2.8'],
  },
  {
    title: 'an inline entry',
    ask: 'inline.example.hosts. AAAA',
    answer: ['inline.example.hosts. 90 AAAA 2001:db8:9::7'],
  },
  { title: 'no data for the other family', ask: 'six.example.hosts. A', answer: [] },
  { title: 'no data for another type', ask: 'one.example.hosts. TXT', answer: [] },
  {
    title: 'a wildcard for one label',
    ask: 'x.wild.example.hosts. A',
    answer: ['x.wild.example.hosts. 90 A 10.1.2.6'],
  },
  {
    title: 'a wildcard by its own name',
    ask: '*.wild.example.hosts. A',
    answer: ['*.wild.example.hosts. 90 A 10.1.2.6'],
  },
  { title: 'no wildcard for two labels', ask: 'y.x.wild.example.hosts. A', answer: SERVFAIL },
  { title: 'no wildcard where the name itself is there', ask: 'own.wild.example.hosts. A', answer: [] },
  { title: 'a failure for an unknown name', ask: 'nosuch.example.hosts. A', answer: SERVFAIL },
  { title: 'a failure for a line without a proper address', ask: 'bad.example.hosts. A', answer: SERVFAIL },
  { title: 'the next plugin for a name outside its zones', ask: 'outside.test. A', answer: NEXT },
  {
    title: 'names of an address',
    ask: '3.2.1.10.in-addr.arpa. PTR',
    answer: [
      '3.2.1.10.in-addr.arpa. 90 PTR one.example.hosts.',
      '3.2.1.10.in-addr.arpa. 90 PTR alias.example.hosts.',
      '3.2.1.10.in-addr.arpa. 90 PTR again.example.hosts.',
    ],
  },
  { title: 'no names for a wildcard', ask: '6.2.1.10.in-addr.arpa. PTR', answer: NEXT },
  { title: 'no names that are outside its zones', ask: '1.0.20.10.in-addr.arpa. PTR', answer: NEXT },
  {
    title: 'the next plugin for an unknown address, also in its zones',
    ask: '9.9.9.10.in-addr.arpa. PTR',
    answer: NEXT,
  },
  { title: 'the next plugin for PTR of a name', ask: 'one.example.hosts. PTR', answer: NEXT },
  {
    title: 'the next plugin with no_reverse',
    ask: '3.2.1.10.in-addr.arpa. PTR',
    answer: NEXT,
    block: 'no_reverse',
  },
  {
    title: 'the next plugin with fallthrough',
    ask: 'nosuch.example.hosts. A',
    answer: NEXT,
    block: 'fallthrough',
  },
  {
    title: 'a failure outside the zones of fallthrough',
    ask: 'nosuch.example.hosts. A',
    answer: SERVFAIL,
    block: 'fallthrough 10.in-addr.arpa',
  },
  {
    title: 'no data for another type with fallthrough',
    ask: 'one.example.hosts. TXT',
    answer: [],
    block: 'fallthrough',
  },
  {
    title: 'the next plugin for another type with fallthrough_unsupported',
    ask: 'one.example.hosts. TXT',
    answer: NEXT,
    block: 'fallthrough\nfallthrough_unsupported',
  },
  {
    title: 'its own data with fallthrough_unsupported',
    ask: 'six.example.hosts. A',
    answer: [],
    block: 'fallthrough\nfallthrough_unsupported',
  },
];
for (const { title, ask, answer, block = '' } of rows) {
  test(`hosts answers ${title}`, async (context) => {
    const folder = temporaryFolder(context, { hosts: FILE });
    const corefile = `. {\nhosts ${folder.path}/hosts example.hosts 10.in-addr.arpa {\n${INLINE}\nttl 90\n${block}\n}\nwhoami\n}`;
    await using server = await startServer(corefile, { plugins });
    const [name = '', type = ''] = ask.split(' ');
    assert.deepEqual(await outcome(server, name, type), answer);
  });
}

/** The records answered, in order; or which other way it went. */
async function outcome(server: TestServer, name: string, type = 'A'): Promise<readonly string[] | string> {
  const reply = await server.ask(name, type);
  assert.ok(reply);
  const rcode = reply.flags & 15;
  const authoritative = (reply.flags & 0x0400) !== 0;
  if (rcode === 3) return NEXT;
  if (rcode === 2 && !authoritative) return SERVFAIL;
  assert.ok(authoritative && rcode === 0 && reply.authority.length === 0);
  return reply.answer.map(recordText);
}

test('the file is followed by content and time, and counted', async (context) => {
  const clock = new FakeClock();
  const folder = temporaryFolder(context, { hosts: '192.0.2.1 a.test' });
  await using server = await startServer(`test {\nhosts ${folder.path}/hosts {\nttl 5\n}\n}`, {
    plugins,
    clock,
  });
  const entries = `coredns_hosts_entries{hostsfile="${folder.path}/hosts"}`;
  assert.deepEqual(await outcome(server, 'a.test.'), ['a.test. 5 A 192.0.2.1']);
  assert.equal(await server.metric(entries), 2);
  // Same size, same time: its content alone tells.
  folder.write('hosts', '192.0.2.2 a.test');
  utimesSync(join(folder.path, 'hosts'), 1_700_000_000, 1_700_000_000);
  clock.advance(5000);
  await until(async () => (await outcome(server, 'a.test.'))[0] === 'a.test. 5 A 192.0.2.2');
  assert.equal(await server.metric('coredns_hosts_reload_timestamp_seconds'), 1_700_000_000);
  folder.write('hosts', '192.0.2.2 a.test\n192.0.2.3 b.test');
  await until(async () => {
    clock.advance(5000);
    return (await outcome(server, 'b.test.'))[0] === 'b.test. 5 A 192.0.2.3';
  });
  assert.equal(await server.metric(entries), 4);
});

test('a file of the same content is no change, but its time is told', async (context) => {
  const clock = new FakeClock();
  const folder = temporaryFolder(context);
  folder.write('hosts', '192.0.2.1 a.test');
  await using server = await startServer(`test {\nhosts ${folder.path}/hosts\n}`, { plugins, clock });
  // As when it is swapped between the look at its time and the one at its content.
  utimesSync(join(folder.path, 'hosts'), 1_700_000_000, 1_700_000_000);
  await until(async () => {
    clock.advance(5000);
    return (await server.metric('coredns_hosts_reload_timestamp_seconds')) === 1_700_000_000;
  });
});

test('a missing file is a warning; it is read when it appears, and kept when it goes', async (context) => {
  const clock = new FakeClock();
  const folder = temporaryFolder(context);
  const path = join(folder.path, 'later');
  await using server = await startServer(`test {\nhosts ${path}\n}`, { plugins, clock });
  const gone = `[WARNING] plugin/hosts: file does not exist: ${path}`;
  const warnings = (): number => server.lines.filter((line) => line === gone).length;
  assert.equal(warnings(), 1);
  assert.equal(await outcome(server, 'a.test.'), SERVFAIL);
  folder.write('later', '192.0.2.1 a.test');
  clock.advance(5000);
  await until(async () => (await outcome(server, 'a.test.'))[0] === 'a.test. 3600 A 192.0.2.1');
  folder.remove('later');
  await until(() => {
    clock.advance(5000);
    return warnings() === 2;
  });
  assert.deepEqual(await outcome(server, 'a.test.'), ['a.test. 3600 A 192.0.2.1']);
});

test('with reload 0 the file is read once', async (context) => {
  const clock = new FakeClock();
  const { path } = temporaryFolder(context, { hosts: '192.0.2.1 a.test' });
  const corefile = (seconds: string): string => `test {\nhosts ${path}/hosts {\nreload ${seconds}\n}\n}`;
  await using followed = await startServer(corefile('5s'), { plugins, clock });
  const timers = clock.pending;
  await using _once = await startServer(corefile('0'), { plugins, clock });
  assert.equal(clock.pending, timers);
  await followed.close();
  assert.equal(clock.pending, timers - 1);
});

test('relative files are below the root directory', async (context) => {
  const { path } = temporaryFolder(context, { names: '192.0.2.1 a.test' });
  const root: Plugin<undefined> = {
    name: 'root',
    parse: () => undefined,
    setup: (_options, controller) => {
      controller.offer(RootDirectory, path);
      return undefined;
    },
  };
  const withRoot = pluginMap(root, hosts);
  await using server = await startServer('test {\nroot x\nhosts names\n}', { plugins: withRoot });
  assert.deepEqual(await outcome(server, 'a.test.'), ['a.test. 3600 A 192.0.2.1']);
});

test('a file that cannot be looked at refuses the start', async (context) => {
  const { path } = temporaryFolder(context, { file: '' });
  await assert.rejects(
    startServer(`. {\nhosts ${path}/file/below\n}`, { plugins }),
    /Corefile:2: .*unable to access hosts file/,
  );
});

test('an inline entry without an address is a warning', async (context) => {
  const { path } = temporaryFolder(context, { hosts: '' });
  await using server = await startServer(`. {\nhosts ${path}/hosts {\nfalltrough\n}\n}`, { plugins });
  const expected = "[WARNING] plugin/hosts: Corefile:3: 'falltrough' does not begin with an IP address";
  assert.ok(server.lines.includes(expected), server.lines.join('\n'));
});

test('answers, failures and fallthroughs all die with the file that they were made from', () => {
  const cells = new VersionCells(2048);
  const zones = ['test.'];
  const table = new HostTable(zones, true);
  table.addLine('192.0.2.1 a.test');
  const source = { cells, cell: cells.allocate(), tables: [table] };
  const handler = new HostsHandler(parsePlugin(hosts, 'hosts {\n fallthrough b.test\n}', 'test'), source);
  const later = (): Reply => new Reply({});
  for (const [name, type] of [
    ['a.test.', RecordType.A],
    ['a.test.', RecordType.MX],
    ['b.test.', RecordType.A],
    ['c.test.', RecordType.A],
    ['9.2.0.192.in-addr.arpa.', RecordType.PTR],
  ] as const) {
    const query = question(name, { type });
    void handler.handle(query, later);
    assert.ok(query.dependencies.hold(cells), name);
    cells.bump(source.cell);
    assert.equal(query.dependencies.hold(cells), false, name);
  }
  const outside = question('a.example.');
  void handler.handle(outside, later);
  assert.deepEqual(outside.dependencies.cells, [], 'nothing was looked up for it');
  assert.equal(handler.repeats, 'pure');
});
