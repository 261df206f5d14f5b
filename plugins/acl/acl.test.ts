import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { Reply } from '../../src/server/reply.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { question } from '../../test/kit/question.ts';
import { AclHandler } from './handler.ts';
import { acl } from './index.ts';
import { AclMetrics } from './metrics.ts';

const plugins = pluginMap(
  acl,
  answering('whoami', () => new Reply({ authoritative: true, source: 'whoami' })),
);
const start = (text: string): Promise<TestServer> =>
  startServer(`example.org example.net {\n${text}\nwhoami\n}`, { plugins });

type Outcome = 'allowed' | 'blocked' | 'filtered' | 'dropped';

async function outcome(server: TestServer, name: string, type: string, from: string): Promise<Outcome> {
  const reply = await server.ask(name, type, { from });
  if (reply === undefined) return 'dropped';
  if ((reply.flags & 0x0400) !== 0) return 'allowed';
  const code = readExtendedError(reply.edns)?.code;
  assert.equal(reply.rcode, code === 15 ? 5 : 0);
  assert.ok(code === 15 || code === 17, `extended error ${code}`);
  return code === 15 ? 'blocked' : 'filtered';
}

const rows: readonly {
  readonly title: string;
  readonly acl: string;
  readonly asked: readonly [name: string, type: string, from: string, outcome: Outcome][];
}[] = [
  {
    title: 'a network',
    acl: 'acl {\n block net 192.0.2.0/25\n}',
    asked: [
      ['example.org', 'A', '192.0.2.127', 'blocked'],
      ['example.org', 'A', '192.0.2.128', 'allowed'],
      ['example.org', 'A', '2001:db8::1', 'allowed'],
    ],
  },
  {
    title: 'the first line that fits decides',
    acl: 'acl {\n allow net 192.0.2.1 2001:db8::/64\n filter type AAAA A\n drop\n}',
    asked: [
      ['example.org', 'AAAA', '192.0.2.1', 'allowed'],
      ['example.org', 'AAAA', '2001:db8::ffff', 'allowed'],
      ['example.org', 'AAAA', '192.0.2.2', 'filtered'],
      ['example.org', 'A', '2001:db8:0:1::', 'filtered'],
      ['example.org', 'MX', '192.0.2.2', 'dropped'],
    ],
  },
  {
    title: 'type and network must both fit; sections stand in any order',
    acl: 'acl {\n BLOCK net 192.0.2.1 192.0.2.3 type TXT MX net 192.0.2.5\n}',
    asked: [
      ['example.org', 'TXT', '192.0.2.1', 'blocked'],
      ['example.org', 'MX', '192.0.2.5', 'blocked'],
      ['example.org', 'A', '192.0.2.1', 'allowed'],
      ['example.org', 'TXT', '192.0.2.2', 'allowed'],
    ],
  },
  {
    title: 'a star is all',
    acl: 'acl {\n filter type A * net 192.0.2.1\n block type A net * \n}',
    asked: [
      ['example.org', 'MX', '192.0.2.1', 'filtered'],
      ['example.org', 'A', '192.0.2.9', 'blocked'],
      ['example.org', 'MX', '192.0.2.9', 'allowed'],
    ],
  },
  {
    title: 'zones, and the next acl where none fits',
    acl: 'acl a.example.org example.net {\n block net 192.0.2.1\n allow net 192.0.2.2\n}\nacl {\n drop type TXT\n}',
    asked: [
      ['x.a.example.org', 'A', '192.0.2.1', 'blocked'],
      ['example.net', 'A', '192.0.2.1', 'blocked'],
      ['xa.example.org', 'A', '192.0.2.1', 'allowed'],
      ['A.EXAMPLE.ORG', 'TXT', '192.0.2.2', 'allowed'],
      ['a.example.org', 'TXT', '192.0.2.3', 'dropped'],
      ['example.org', 'TXT', '192.0.2.2', 'dropped'],
    ],
  },
  { title: 'nothing to decide', acl: 'acl', asked: [['example.org', 'A', '192.0.2.1', 'allowed']] },
];
for (const { title, acl: text, asked } of rows) {
  test(`acl: ${title}`, async () => {
    await using server = await start(text);
    for (const [name, type, from, expected] of asked) {
      assert.equal(await outcome(server, name, type, from), expected, `${name} ${type} from ${from}`);
    }
  });
}

test('a client whose address cannot be read is blocked', () => {
  const rules = parsePlugin(acl, 'acl {\n allow\n}');
  const cell = { value: 0 };
  const metrics = new AclMetrics({ counter: () => ({ cell: () => cell }) } as never);
  const asked = question('example.org.');
  const handler = new AclHandler(rules, metrics);
  const ask = (address: string): number => {
    const reply = handler.handle(asked.with({ client: { ...asked.client, address } }), () => new Reply({}));
    return (reply as Reply).rcode;
  };
  assert.deepEqual(['192.0.2.1', 'nowhere', '192.0.2.1'].map(ask), [0, 5, 0]);
});

test('what was decided is counted', async () => {
  await using server = await start(
    'acl b.example.org example.org {\n block net 192.0.2.1\n filter net 192.0.2.2\n drop net 192.0.2.3\n}',
  );
  for (const last of [1, 1, 2, 3, 4]) await server.ask('b.example.org', 'A', { from: `192.0.2.${last}` });
  const zone = 'server="dns://:53",zone="b.example.org.",view=""';
  assert.equal(await server.metric(`coredns_acl_blocked_requests_total{${zone}}`), 2);
  assert.equal(await server.metric(`coredns_acl_filtered_requests_total{${zone}}`), 1);
  assert.equal(await server.metric(`coredns_acl_dropped_requests_total{${zone}}`), 1);
  assert.equal(await server.metric('coredns_acl_allowed_requests_total{server="dns://:53",view=""}'), 1);
});

test('acl may not be repeated for another client', () => {
  const metrics = new AclMetrics({ counter: () => ({ cell: () => ({ value: 0 }) }) } as never);
  assert.equal('repeats' in new AclHandler([], metrics), false);
});

const refused: readonly [text: string, message: RegExp][] = [
  ['acl {\n deny\n}', /^Corefile:3: .*unknown action 'deny'.*allow, block, filter, drop/],
  ['acl {\n alow\n}', /'allow'/],
  ['acl {\n block A\n}', /unexpected 'A'; expected 'type' or 'net'/],
  ['acl {\n block type\n}', /nothing follows 'type'/],
  ['acl {\n block type net 192.0.2.1\n}', /nothing follows 'type'/],
  ['acl {\n block type A net\n}', /nothing follows 'net'/],
  ['acl {\n block type ABC\n}', /unknown record type 'ABC'/],
  ['acl {\n block net 192.0.2.0/33\n}', /invalid network '192.0.2.0\/33'/],
  ['acl {\n block net example.org\n}', /invalid network 'example.org'/],
];
for (const [text, message] of refused) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(
      () => parsePlugin(acl, text),
      (error) => error instanceof CorefileError && message.test(error.message),
    ));
}
