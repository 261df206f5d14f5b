import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorefileError } from './error.ts';
import { isSubdomain, normaliseZones, parseZoneKey } from './zone.ts';

const position = { file: 'Corefile', line: 7 };

const keys: [title: string, text: string, expected: string][] = [
  ['the root', '.', 'dns://.:53000'],
  ['a name', 'Example.ORG', 'dns://example.org.:53000'],
  ['a name with its dot', 'example.org.', 'dns://example.org.:53000'],
  ['a port', '.:1053', 'dns://.:1053'],
  ['dns names the default scheme', 'dns://example.org:54', 'dns://example.org.:54'],
  ['-dns.port is for plain DNS', 'dns://.', 'dns://.:53000'],
  ['tls', 'tls://example.org', 'tls://example.org.:853'],
  ['quic', 'quic://example.org', 'quic://example.org.:853'],
  ['grpc', 'grpc://example.org', 'grpc://example.org.:443'],
  ['https', 'https://example.org', 'https://example.org.:443'],
  ['https3', 'https3://example.org:444', 'https3://example.org.:444'],
  ['a network', '10.0.0.0/24:54', 'dns://0.0.10.in-addr.arpa.:54'],
  ['an IPv6 network with a port', '2001:db8::/32:54', 'dns://8.b.d.0.1.0.0.2.ip6.arpa.:54'],
  ['an IPv6 network without', 'tls://2001:db8::/32', 'tls://8.b.d.0.1.0.0.2.ip6.arpa.:853'],
  ['several zones, in order', '10.2.0.0/15:5', 'dns://2.10.in-addr.arpa.:5 dns://3.10.in-addr.arpa.:5'],
  ['an address without a mask is a name', '10.0.0.1', 'dns://10.0.0.1.:53000'],
  ['what is no number belongs to the name', 'example.org:dns', 'dns://example.org:dns.:53000'],
  ['an escaped dot at the end is not the root', 'a\\.', 'dns://a\\..:53000'],
  ['an escaped backslash before the last dot', 'a\\\\.', 'dns://a\\\\.:53000'],
  ['only ASCII is lower-cased', 'ÄA', 'dns://Äa.:53000'],
  ['a label of 63 bytes', 'a'.repeat(63), `dns://${'a'.repeat(63)}.:53000`],
  ['an escape counts as one byte', '\\255'.repeat(63), `dns://${'\\255'.repeat(63)}.:53000`],
];
for (const [title, text, expected] of keys) {
  test(`parseZoneKey: ${title}`, () => {
    assert.equal(parseZoneKey(text, position, 53000).join(' '), expected);
  });
}

const badKeys: [title: string, text: string, message: string][] = [
  ['nothing', '', "expected a zone in ''"],
  ['only a scheme', 'tls://', "expected a zone in 'tls://'"],
  ['only a port', ':53', "expected a zone in front of the port in ':53', such as .:53"],
  ['a colon at the end', 'a.test:', "expected a port after the last colon of 'a.test:'"],
  ['a port out of range', '.:65536', "port of '.:65536' is out of range; expected 0 to 65535"],
  [
    'an unknown scheme',
    'htps://.',
    "unknown scheme 'htps' in 'htps://.'; did you mean 'https'?; expected one of dns, tls, quic, grpc, https, https3",
  ],
  ['an empty label', 'a..b', "zone 'a..b' is not a valid domain name: it has an empty label"],
  ['a leading dot', '.a', "zone '.a' is not a valid domain name: it has an empty label"],
  [
    'a long label',
    'a'.repeat(64),
    `zone '${'a'.repeat(64)}' is not a valid domain name: it has a label of 64 bytes; expected at most 63`,
  ],
  ['a long name', 'a.'.repeat(128), 'zone is too long: 256 bytes; expected at most 255'],
  [
    'a name too long on the wire',
    'a.'.repeat(127) + 'a',
    `zone '${'a.'.repeat(127)}a' is not a valid domain name: it takes 257 bytes; expected at most 255`,
  ],
  [
    'a bad escape',
    'a\\256',
    "zone 'a\\256' is not a valid domain name: it has an escape that is not \\X or \\DDD up to \\255",
  ],
];
for (const [title, text, message] of badKeys) {
  test(`parseZoneKey refuses ${title}`, () => {
    assert.throws(() => parseZoneKey(text, position, 53), new CorefileError(position, message));
  });
}

test('normaliseZones strips scheme and port, expands networks, drops what is no zone', () => {
  assert.deepEqual(normaliseZones(['tls://A.test:853', '10.2.0.0/15', '', 'a..b', ':53', '.']), [
    'a.test.',
    '2.10.in-addr.arpa.',
    '3.10.in-addr.arpa.',
    '.',
  ]);
});

const subdomains: [zone: string, name: string, expected: boolean][] = [
  ['.', '.', true],
  ['.', 'a.', true],
  ['a.', '.', false],
  ['a.', 'a.', true],
  ['a.', 'b.', false],
  ['a.', 'b.a.', true],
  ['a.', 'ba.', false],
  ['a.test.', 'x.y.a.test.', true],
  ['a.test.', 'xa.test.', false],
  ['a.', 'x\\.a.', false],
  ['a.', 'x\\\\.a.', true],
  ['a.', 'x\\\\\\.a.', false],
  ['a.', 'x\\092.a.', true],
  ['a.', '\\.a.', false],
  ['x\\.a.', 'x\\.a.', true],
  ['x\\.a.', 'b.x\\.a.', true],
];
for (const [zone, name, expected] of subdomains) {
  test(`isSubdomain: ${name} is ${expected ? '' : 'not '}in ${zone}`, () => {
    assert.equal(isSubdomain(zone, name), expected);
  });
}

/** Labels of a presentation form name, escapes kept: the definition of RFC 1035 section 5.1, read slowly. */
function labels(name: string): string[] {
  if (name === '.') return [];
  return [...name.matchAll(/((?:\\\d{3}|\\\D|[^\\.])+)\./g)].map((match) => match[1] ?? '');
}

test('isSubdomain agrees with comparing labels one by one', () => {
  const label = fc.string({
    unit: fc.constantFrom('a', 'b', '\\.', '\\\\', '\\092', '\\046', '9'),
    minLength: 1,
    maxLength: 3,
  });
  const name = fc
    .array(label, { maxLength: 4 })
    .map((list) => list.map((text) => `${text}.`).join('') || '.');
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(name, name, fc.boolean(), (zone, prefix, join) => {
      // Random pairs are hardly ever related, so half of them are made so, by text rather than by labels.
      const full = join ? (prefix === '.' ? '' : prefix.slice(0, -1)) + (zone === '.' ? '.' : zone) : prefix;
      const candidate = full === '' ? '.' : full;
      for (const text of [candidate, join && zone !== '.' && prefix !== '.' ? prefix + zone : candidate]) {
        const zoneLabels = labels(zone);
        const nameLabels = labels(text);
        const tail = nameLabels.slice(Math.max(0, nameLabels.length - zoneLabels.length));
        const expected = zoneLabels.length === tail.length && zoneLabels.every((part, i) => part === tail[i]);
        outcomes.add(expected);
        assert.equal(isSubdomain(zone, text), expected, `${zone} ${text}`);
      }
    }),
    { seed: 1035, numRuns: 3000 },
  );
  assert.equal(outcomes.size, 2);
});
