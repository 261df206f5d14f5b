import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalKey } from './nsec-chain.ts';
import { ask, zoneOf } from './test-zone.ts';

/** A signature of `owner` over `type`; its value proves nothing. */
function rrsig(owner: string, type: string): string {
  return `${owner} RRSIG ${type} 8 2 60 20300101000000 20260101000000 7 @ AQID`;
}

/** A signed zone of the names a, cut, safe and *.w. */
const zone = zoneOf(
  `$TTL 60
@ SOA ns host 7 2 3 4 5
@ NS ns.other.
@ NSEC a SOA NS NSEC RRSIG
${rrsig('@', 'SOA')}
${rrsig('@', 'NS')}
${rrsig('@', 'NSEC')}
a A 192.0.2.1
a NSEC cut A NSEC RRSIG
${rrsig('a', 'A')}
${rrsig('a', 'NSEC')}
cut NS ns.cut
cut NSEC safe NS NSEC RRSIG
${rrsig('cut', 'NSEC')}
ns.cut A 192.0.2.2
safe NS ns.other.
safe DS 1 13 2 abcd
safe NSEC *.w NS DS NSEC RRSIG
${rrsig('safe', 'DS')}
${rrsig('safe', 'NSEC')}
*.w A 192.0.2.3
*.w NSEC @ A NSEC RRSIG
${rrsig('*.w', 'A')}
${rrsig('*.w', 'NSEC')}
`,
  'test.',
);
const SOA = ['ns test. SOA ns.test. host.test. 7 2 3 4 5', 'ns test. RRSIG SOA'];
const NS = ['ns test. NS ns.other.', 'ns test. RRSIG NS'];
const nsec = {
  apex: ['ns test. NSEC a.test. NS SOA RRSIG NSEC', 'ns test. RRSIG NSEC'],
  a: ['ns a.test. NSEC cut.test. A RRSIG NSEC', 'ns a.test. RRSIG NSEC'],
  cut: ['ns cut.test. NSEC safe.test. NS RRSIG NSEC', 'ns cut.test. RRSIG NSEC'],
  safe: ['ns safe.test. NSEC *.w.test. NS DS RRSIG NSEC', 'ns safe.test. RRSIG NSEC'],
  wild: ['ns *.w.test. NSEC test. A RRSIG NSEC', 'ns *.w.test. RRSIG NSEC'],
};

const rows: readonly [title: string, ask: string, answer: readonly string[]][] = [
  [
    'signatures of what is there',
    'a.test. A',
    ['NOERROR', 'an a.test. A 192.0.2.1', 'an a.test. RRSIG A', ...NS],
  ],
  ['the record of a name without the type', 'a.test. MX', ['NOERROR', ...SOA, ...nsec.a]],
  ['the gap of a name, and that of its wildcard', 'b.test. A', ['NXDOMAIN', ...SOA, ...nsec.a, ...nsec.apex]],
  ['one gap that has both once', '\\000.test. A', ['NXDOMAIN', ...SOA, ...nsec.apex]],
  ['the last gap', 'zz.test. A', ['NXDOMAIN', ...SOA, ...nsec.wild, ...nsec.apex]],
  ['the gap of an empty non-terminal', 'w.test. A', ['NOERROR', ...SOA, ...nsec.safe]],
  [
    'the gap that a wildcard fills',
    'x.w.test. A',
    ['NOERROR', 'an x.w.test. A 192.0.2.3', 'an x.w.test. RRSIG A', ...nsec.wild, ...NS],
  ],
  ['the record of a wildcard without the type', 'x.w.test. MX', ['NOERROR', ...SOA, ...nsec.wild]],
  [
    'that a cut has no DS',
    'x.cut.test. A',
    ['NOERROR not authoritative', 'ns cut.test. NS ns.cut.test.', ...nsec.cut, 'ar ns.cut.test. A 192.0.2.2'],
  ],
  [
    'DS of a cut',
    'x.safe.test. A',
    [
      'NOERROR not authoritative',
      'ns safe.test. NS ns.other.',
      'ns safe.test. DS 1 13 2 abcd',
      'ns safe.test. RRSIG DS',
    ],
  ],
  ['no data for DS of a cut', 'cut.test. DS', ['NOERROR', ...SOA, ...nsec.cut]],
  [
    'NSEC when asked for',
    'a.test. NSEC',
    ['NOERROR', ...nsec.a.map((line) => line.replace('ns', 'an')), ...NS],
  ],
];
for (const [title, text, answer] of rows) {
  test(`proves with ${title}`, () => assert.deepEqual(ask(zone, text, { dnssec: true }), answer));
}

test('without the DO bit there are no signatures and no proofs', () => {
  assert.deepEqual(ask(zone, 'a.test. A'), ['NOERROR', 'an a.test. A 192.0.2.1', NS[0]]);
  assert.deepEqual(ask(zone, 'b.test. A'), ['NXDOMAIN', SOA[0]]);
  assert.deepEqual(ask(zone, 'x.safe.test. A'), ['NOERROR not authoritative', 'ns safe.test. NS ns.other.']);
});

const coverings: readonly [name: string, owner: string][] = [
  ['test.', 'test.'],
  ['a.test.', 'a.test.'],
  ['x.a.test.', 'a.test.'],
  ['*.w.test.', '*.w.test.'],
  ['zz.test.', '*.w.test.'],
];
for (const [name, owner] of coverings) {
  test(`${name} is at or behind ${owner}`, () => {
    assert.equal(zone.nsecChain!.covering(name)!.records[0]!.name, owner);
  });
}

test('a chain that is broken proves what it still can', () => {
  const broken = zoneOf('$TTL 5\n@ SOA a b 1 2 3 4 5\n@ NSEC b A\nb NSEC nosuch A\nc NSEC @ A', 'test.');
  assert.equal(broken.nsecChain?.length, 2);
});

test('NSEC3 is refused', () => {
  assert.throws(
    () => zoneOf('@ 5 SOA a b 1 2 3 4 5\n@ 5 NSEC3PARAM \\# 5 0100000000', 'test.'),
    /type NSEC3PARAM are not supported/,
  );
});

test('names are in canonical order (RFC 4034, section 6.1)', () => {
  const names = [
    ...['example.', 'a.example.', 'yljkjljk.a.example.', 'Z.a.example.', 'zABC.a.EXAMPLE.', 'z.example.'],
    ...['\\001.z.example.', '*.z.example.', '\\200.z.example.'],
  ];
  const shuffled = names.toReversed();
  shuffled.sort((left, right) => (canonicalKey(left) < canonicalKey(right) ? -1 : 1));
  assert.deepEqual(shuffled, names);
});
