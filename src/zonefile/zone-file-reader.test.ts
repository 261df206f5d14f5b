import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { recordText } from '../wire/presentation.ts';
import { ZoneFileError } from './zone-file-error.ts';
import { Include, ZoneFileReader } from './zone-file-reader.ts';

/** Records as text; an `$INCLUDE` as what is asked for. */
function read(text: string, origin = 'example.org.'): string[] {
  return Array.from(new ZoneFileReader(text, 'db', origin).records(), (item) =>
    item instanceof Include
      ? `include ${item.path} ${item.origin} ${item.ttl ?? 'none'}`
      : recordText(item).replace(' IN ', ' '),
  );
}

const good: readonly [title: string, text: string, records: readonly string[]][] = [
  ['nothing', '', []],
  ['comments and empty lines', '; one\n\n   ; two\n\t\n', []],
  ['a record', 'a 5 IN A 192.0.2.1', ['a.example.org. 5 A 192.0.2.1']],
  ['TTL and class in the other order', 'a IN 5 A 192.0.2.1', ['a.example.org. 5 A 192.0.2.1']],
  ['small letters', 'a 5 in a 192.0.2.1', ['a.example.org. 5 A 192.0.2.1']],
  [
    'DOS line ends',
    'a 5 A 192.0.2.1\r\nb 5 A 192.0.2.2\r\n',
    ['a.example.org. 5 A 192.0.2.1', 'b.example.org. 5 A 192.0.2.2'],
  ],
  ['a full name', 'A.Example.NET. 5 A 192.0.2.1', ['a.example.net. 5 A 192.0.2.1']],
  ['the origin', '@ 5 NS @', ['example.org. 5 NS example.org.']],
  ['no class and no TTL', '$TTL 7\na A 192.0.2.1', ['a.example.org. 7 A 192.0.2.1']],
  [
    'the owner before',
    'a 5 A 192.0.2.1\n  6 AAAA ::1\n\t7 TXT x',
    ['a.example.org. 5 A 192.0.2.1', 'a.example.org. 6 AAAA ::1', 'a.example.org. 7 TXT "x"'],
  ],
  [
    'the owner before, after a new origin',
    'a 5 A 192.0.2.1\n$ORIGIN b\n 6 A 192.0.2.2',
    ['a.example.org. 5 A 192.0.2.1', 'a.example.org. 6 A 192.0.2.2'],
  ],
  [
    '$ORIGIN, relative',
    '$ORIGIN b\na 5 A 192.0.2.1\n$origin c.\na 5 NS d',
    ['a.b.example.org. 5 A 192.0.2.1', 'a.c. 5 NS d.c.'],
  ],
  ['$ORIGIN of the root', '$ORIGIN .\na 5 NS b', ['a. 5 NS b.']],
  ['$TTL with units', '$TTL 1w2D3h4M5s\na A 192.0.2.1', ['a.example.org. 788645 A 192.0.2.1']],
  ['a TTL with units', 'a 1h30 A 192.0.2.1', ['a.example.org. 3630 A 192.0.2.1']],
  [
    'a TTL over $TTL',
    '$TTL 7\na 5 A 192.0.2.1\nb A 192.0.2.2',
    ['a.example.org. 5 A 192.0.2.1', 'b.example.org. 7 A 192.0.2.2'],
  ],
  [
    'the last TTL without $TTL',
    'a 5 A 192.0.2.1\nb A 192.0.2.2',
    ['a.example.org. 5 A 192.0.2.1', 'b.example.org. 5 A 192.0.2.2'],
  ],
  [
    'the MINIMUM of a SOA without any TTL',
    '@ SOA a b 1 2 3 4 5\na A 192.0.2.1',
    ['example.org. 5 SOA a.example.org. b.example.org. 1 2 3 4 5', 'a.example.org. 5 A 192.0.2.1'],
  ],
  [
    'a SOA over lines, with units',
    '@ 5 IN SOA NS Host (\n 1 ; serial\n 2h 3m ; x )\n 1w\n 60 )',
    ['example.org. 5 SOA ns.example.org. host.example.org. 1 7200 180 604800 60'],
  ],
  ['parentheses anywhere', '(a 5)(A\n) 192.0.2.1', ['a.example.org. 5 A 192.0.2.1']],
  [
    'a line that begins in parentheses has an owner',
    '( a\n5 A 192.0.2.1 )',
    ['a.example.org. 5 A 192.0.2.1'],
  ],
  [
    'quotes with what would mean something',
    'a 5 TXT "a ;(b)" "" c\\"d',
    ['a.example.org. 5 TXT "a ;(b)" "" "c\\"d"'],
  ],
  [
    'a quote over lines',
    'a 5 TXT "b\nc"\nd 5 A 192.0.2.1',
    ['a.example.org. 5 TXT "b\\010c"', 'd.example.org. 5 A 192.0.2.1'],
  ],
  ['escapes in names', 'a\\.b\\064 5 CNAME c\\032d', ['a\\.b\\@.example.org. 5 CNAME c\\ d.example.org.']],
  ['a name that ends in an escaped dot', 'a\\. 5 A 192.0.2.1', ['a\\..example.org. 5 A 192.0.2.1']],
  ['an escaped capital in lower case', '\\065 5 A 192.0.2.1', ['a.example.org. 5 A 192.0.2.1']],
  ['an escaped $ as an owner', '\\$ttl 5 A 192.0.2.1', ['$ttl.example.org. 5 A 192.0.2.1']],
  ['an escaped blank', 'a\\ b 5 A 192.0.2.1', ['a\\ b.example.org. 5 A 192.0.2.1']],
  [
    'bytes beyond ASCII',
    Buffer.from('ö 5 TXT "ü\\ä"').toString('latin1'),
    ['\\195\\182.example.org. 5 TXT "\\195\\188\\195\\164"'],
  ],
  [
    'escaped bytes beyond ASCII',
    'a\\\xff 5 TXT "\\\xe9" \\\xe8',
    ['a\\255.example.org. 5 TXT "\\233" "\\232"'],
  ],
  [
    'targets in lower case',
    'a 5 CNAME B\na 5 MX 1 C.D.\na 5 NS E',
    [
      'a.example.org. 5 CNAME b.example.org.',
      'a.example.org. 5 MX 1 c.d.',
      'a.example.org. 5 NS e.example.org.',
    ],
  ],
  ['SRV with its letter case', '_A._Tcp 5 SRV 1 2 3 B', ['_A._Tcp.example.org. 5 SRV 1 2 3 B.example.org.']],
  [
    'an unknown type',
    'a 5 TYPE731 \\# 6 abcd (\n ef 01 23 45 )',
    ['a.example.org. 5 TYPE731 \\# 6 abcdef012345'],
  ],
  ['a known type as an unknown one', 'a 5 CLASS1 TYPE1 \\# 4 C0000201', ['a.example.org. 5 A 192.0.2.1']],
  ['HTTPS', 'a 5 HTTPS 1 . alpn="h2,h3" port=8443', ['a.example.org. 5 HTTPS 1 . alpn="h2,h3" port="8443"']],
  [
    'NSEC and RRSIG',
    '@ 5 NSEC a A NSEC\n@ 5 RRSIG A 8 2 5 20260101000000 20250101000000 7 @ AQID',
    [
      'example.org. 5 NSEC a.example.org. A NSEC',
      'example.org. 5 RRSIG A 8 2 5 20260101000000 20250101000000 7 example.org. AQID',
    ],
  ],
  [
    'NAPTR',
    'a 5 NAPTR 1 2 "u" "sip" "!x!y!" b',
    ['a.example.org. 5 NAPTR 1 2 "u" "sip" "!x!y!" b.example.org.'],
  ],
  ['LOC as an unknown type', 'a 5 LOC \\# 2 0001', ['a.example.org. 5 LOC \\# 2 0001']],
  ['$INCLUDE', '$TTL 9\n$INCLUDE sub/a b', ['include sub/a b.example.org. 9']],
  ['$INCLUDE without an origin', '$INCLUDE "with blank"', ['include with blank example.org. none']],
  [
    '$GENERATE',
    '$TTL 5\n$GENERATE 9-11 $ PTR h-$.x.',
    ['9.example.org. 5 PTR h-9.x.', '10.example.org. 5 PTR h-10.x.', '11.example.org. 5 PTR h-11.x.'],
  ],
  [
    '$GENERATE with a step, TTL and class',
    '$GENERATE 0-4/2 a$ 7 IN A 192.0.2.$',
    ['a0.example.org. 7 A 192.0.2.0', 'a2.example.org. 7 A 192.0.2.2', 'a4.example.org. 7 A 192.0.2.4'],
  ],
  [
    '$GENERATE with modifiers',
    '$GENERATE 10-10 ${-3,3}-${5,4,x}-${1,0,o}-${0,2,X} 5 TXT "$ ${0}"',
    ['007-000f-13-0a.example.org. 5 TXT "10 10"'],
  ],
  ['$GENERATE with dollar signs', '$GENERATE 1-1 a\\$ 5 TXT "$$ \\\\$"', ['a$.example.org. 5 TXT "$ \\\\1"']],
  ['no newline at the end', 'a 5 TXT b', ['a.example.org. 5 TXT "b"']],
];
for (const [title, text, records] of good) {
  test(`reads ${title}`, () => assert.deepEqual(read(text), records));
}

const bad: readonly [title: string, text: string, says: RegExp][] = [
  ['an unknown type', '\n\na 5 IN NOPE x', /^db:3: unknown type 'NOPE'$/],
  ['a line that ends early', 'a 5 IN', /^db:1: expected a type after 'IN'/],
  ['data too short', 'a 5 MX 10', /^db:1: data of MX is too short/],
  ['data too long', 'a 5 A 192.0.2.1 x', /^db:1: unexpected 'x'/],
  ['a wrong address', 'a 5 A 192.0.2.256', /^db:1: expected an IPv4 address/],
  ['a wrong escape in a name', 'a\\300 5 A 192.0.2.1', /^db:1: .*escape/],
  ['an empty label', 'a..b 5 A 192.0.2.1', /^db:1: name has an empty label/],
  ['a label too long', `${'a'.repeat(64)} 5 A 192.0.2.1`, /^db:1: label is longer/],
  ['a name too long', `${'a.'.repeat(128)} 5 A 192.0.2.1`, /^db:1: name is longer/],
  ['an empty owner', '"" 5 A 192.0.2.1', /^db:1: expected a name/],
  ['no owner to repeat', ' 5 A 192.0.2.1', /^db:1: the first record has no owner/],
  ['no TTL', 'a A 192.0.2.1', /^db:1: the record has no TTL/],
  ['a TTL too large', 'a 2147483648 A 192.0.2.1', /^db:1: expected a time/],
  ['a TTL with a wrong unit', 'a 5x A 192.0.2.1', /^db:1: expected a time .* not '5x'/],
  ['another class', 'a 5 CH TXT x', /^db:1: class CH does not belong into/],
  ['a class twice', 'a 5 IN IN A 192.0.2.1', /^db:1: unknown type 'IN'/],
  ['a type of questions', 'a 5 ANY x', /^db:1: records of type ANY do not belong/],
  ['OPT', 'a 5 OPT \\# 0', /^db:1: records of type OPT do not belong/],
  ['a parenthesis that is not closed', 'b 5 A 192.0.2.1\na 5 A (\n192.0.2.1\n', /^db:2: '\(' is not closed/],
  ['a parenthesis that was not opened', '\na 5 A 192.0.2.1 )', /^db:2: '\)' without '\('/],
  ['a quote that is not closed', 'a 5 TXT "x\ny\n', /^db:1: a quote is not closed/],
  ['an unknown directive', '$ORIGN a', /^db:1: unknown directive '\$ORIGN'.*\$ORIGIN/],
  ['$ORIGIN without a name', '$ORIGIN', /^db:1: expected \$ORIGIN NAME/],
  ['$TTL without a time', '$TTL soon', /^db:1: expected a time/],
  ['$INCLUDE with too much', '$INCLUDE a b c', /^db:1: expected \$INCLUDE FILE \[ORIGIN\]/],
  ['$GENERATE of nothing', '$GENERATE 1-2 a', /^db:1: expected \$GENERATE RANGE/],
  ['$GENERATE with a wrong range', '$GENERATE 1..2 a 5 A 192.0.2.1', /^db:1: expected START-STOP/],
  ['$GENERATE backwards', '$GENERATE 2-1 a$ 5 A 192.0.2.1', /^db:1: the range '2-1' .* is empty/],
  ['$GENERATE without end', '$GENERATE 1-2/0 a$ 5 A 192.0.2.1', /^db:1: the range .* is empty/],
  ['$GENERATE of too many', '$GENERATE 0-65536 a$ 5 TXT x', /^db:1: .* has more than 65536 numbers/],
  ['$GENERATE with a wrong modifier', '$GENERATE 1-2 a${1,2,q} 5 TXT x', /^db:1: expected \$\{OFFSET/],
  ['$GENERATE with an open modifier', '$GENERATE 1-2 a${1 5 TXT x', /^db:1: '\$\{' without '\}'/],
  ['$GENERATE below 0', '$GENERATE 1-2 a${-2} 5 TXT x', /^db:1: \$GENERATE makes the negative number -1/],
  ['known data as unknown and malformed', 'a 5 A \\# 3 c00002', /^db:1: this is no data of type A/],
  ['a malformed name as unknown data', 'a 5 SOA \\# 1 05', /^db:1: this is no data of type SOA/],
  ['a character string too long', `a 5 TXT ${'x'.repeat(256)}`, /^db:1: character string is longer/],
];
for (const [title, text, says] of bad) {
  test(`refuses ${title}`, () => {
    assert.throws(
      () => read(text),
      (error) => error instanceof ZoneFileError && says.test(error.message) && error.line > 0,
    );
  });
}

test('an error has its file, its line and what is wrong', () => {
  const reader = new ZoneFileReader('a 5 A 192.0.2.1\nb 5 A x', 'db.example', 'example.org.');
  assert.throws(() => [...reader.records()], {
    name: 'ZoneFileError',
    code: 'ERR_ZONE_FILE',
    file: 'db.example',
    line: 2,
    message: "db.example:2: expected an IPv4 address, not 'x'",
    detail: "expected an IPv4 address, not 'x'",
  });
});

const words = [
  ...[
    '$ORIGIN',
    '$TTL',
    '$INCLUDE',
    '$GENERATE',
    '1-3',
    '0-9/3',
    '@',
    'a',
    '*',
    'a.b',
    '.',
    '\\',
    '\\.',
    '\\300',
    '\\065',
  ],
  ...[
    'IN',
    'CH',
    'ANY',
    'A',
    'NS',
    'SOA',
    'MX',
    'TXT',
    'SRV',
    'HTTPS',
    'NSEC',
    'RRSIG',
    'TYPE9',
    '\\#',
    '0',
    '5',
    '1h',
  ],
  ...[
    '192.0.2.1',
    '::1',
    '"',
    '""',
    '"x y"',
    ';',
    '(',
    ')',
    '\n',
    '\r\n',
    '\n ',
    '${0,2,x}',
    '$',
    'alpn=h2',
    'port=',
    'é',
  ],
];
test('no text makes the reader throw anything but its own error, with a line', () => {
  const parts = fc.array(fc.constantFrom(...words), { maxLength: 40 });
  const text = fc.oneof(
    parts.map((all) => all.join(' ')),
    parts.map((all) => all.join('')),
    // By chance alone a whole record is too rare.
    parts.map((all) => `www 5 IN A 192.0.2.1\n${all.join(' ')}`),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  let records = 0;
  fc.assert(
    fc.property(text, (random) => {
      const lines = random.split('\n').length;
      try {
        records += read(random).length;
      } catch (error) {
        assert.ok(error instanceof ZoneFileError, String(error));
        assert.ok(error.line >= 1 && error.line <= lines, `line ${error.line} of ${lines}`);
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(records > 0, 'some of it is well-formed');
});
