import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, zoneOf } from './test-zone.ts';

interface Row {
  readonly title: string;
  readonly ask: string;
  readonly answer: readonly string[];
}

/** The zone of RFC 4592, section 2.2.1. */
const wildcards = zoneOf(
  `$TTL 3600
@                 SOA a b 1 2 3 4 5
                  NS ns.example.com.
                  NS ns.example.net.
*                 TXT "this is a wildcard"
                  MX 10 host1
sub.*             TXT "this is not a wildcard"
host1             A 192.0.2.1
_ssh._tcp.host1   SRV 0 0 22 host1
_ssh._tcp.host2   SRV 0 0 22 host2
subdel            NS ns.example.com.
                  NS ns.example.net.
`,
  'example.',
);
const NAME_SERVERS = ['ns example. NS ns.example.com.', 'ns example. NS ns.example.net.'];
const SOA = 'ns example. SOA a.example. b.example. 1 2 3 4 5';

/** The examples of RFC 4592, section 2.2.1, and around them. */
const wildcardRows: readonly Row[] = [
  {
    title: 'a wildcard',
    ask: 'host3.example. MX',
    answer: [
      'NOERROR',
      'an host3.example. MX 10 host1.example.',
      ...NAME_SERVERS,
      'ar host1.example. A 192.0.2.1',
    ],
  },
  { title: 'a wildcard without the type', ask: 'host3.example. A', answer: ['NOERROR', SOA] },
  {
    title: 'a wildcard over several labels',
    ask: 'foo.bar.example. TXT',
    answer: ['NOERROR', 'an foo.bar.example. TXT "this is a wildcard"', ...NAME_SERVERS],
  },
  { title: 'no wildcard where the name is', ask: 'host1.example. MX', answer: ['NOERROR', SOA] },
  { title: 'no wildcard where the wildcard’s name is', ask: 'sub.*.example. MX', answer: ['NOERROR', SOA] },
  {
    title: 'no wildcard below a name of the zone',
    ask: '_telnet._tcp.host1.example. SRV',
    answer: ['NXDOMAIN', SOA],
  },
  {
    title: 'the cut over a wildcard',
    ask: 'host.subdel.example. A',
    answer: [
      'NOERROR not authoritative',
      ...NAME_SERVERS.map((line) => line.replace('ns example.', 'ns subdel.example.')),
    ],
  },
  { title: 'no wildcard below the wildcard’s name', ask: 'ghost.*.example. MX', answer: ['NXDOMAIN', SOA] },
  {
    title: 'a wildcard by its own name',
    ask: '*.example. TXT',
    answer: ['NOERROR', 'an *.example. TXT "this is a wildcard"', ...NAME_SERVERS],
  },
  { title: 'an empty non-terminal', ask: '_tcp.host1.example. TXT', answer: ['NOERROR', SOA] },
  { title: 'an empty non-terminal over a wildcard', ask: 'host2.example. TXT', answer: ['NOERROR', SOA] },
  {
    title: 'a wildcard beside an escaped star',
    ask: '\\042x.example. TXT',
    answer: ['NOERROR', 'an \\042x.example. TXT "this is a wildcard"', ...NAME_SERVERS],
  },
];
for (const row of wildcardRows) {
  test(`RFC 4592: ${row.title}`, () => assert.deepEqual(ask(wildcards, row.ask), row.answer));
}

test('the root can be a zone', () => {
  const root = zoneOf('@ 5 SOA a b 1 2 3 4 5\na 5 A 192.0.2.1\n* 5 TXT x', '.');
  assert.deepEqual(ask(root, 'a. A'), ['NOERROR', 'an a. A 192.0.2.1']);
  assert.deepEqual(ask(root, 'b.c. TXT'), ['NOERROR', 'an b.c. TXT "x"']);
  assert.deepEqual(ask(root, 'b.a. TXT'), ['NXDOMAIN', 'ns . SOA a. b. 1 2 3 4 5']);
});
