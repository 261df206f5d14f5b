import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { RecordType } from './codes.ts';
import { dataFields } from './data-fields.ts';
import { FormatError } from './errors.ts';
import { parseRecord, parseRecordData, recordDataText, recordText } from './presentation.ts';
import { splitWords } from './words.ts';

/** Text and the RDATA that it stands for, in hexadecimal. */
const records: [text: string, data: string][] = [
  ['example.org. 5 IN A 192.0.2.1', 'c0000201'],
  ['example.org. 0 IN AAAA 2001:db8::1', '20010db8000000000000000000000001'],
  ['example.org. 2147483647 IN NS ns.org.', '026e73036f726700'],
  ['a. 5 CH CNAME b.', '016200'],
  ['1.2.0.192.in-addr.arpa. 5 IN PTR a\\.b.', '03612e6200'],
  [
    '. 60 IN SOA ns. host. 4294967295 1 2 3 4',
    '026e730004686f737400ffffffff00000001000000020000000300000004',
  ],
  ['a. 5 IN MX 10 .', '000a00'],
  ['a. 5 IN TXT "one" "" "a \\"b\\" \\\\ \\007\\255;"', '036f6e6500' + '0b6120226222205c2007ff3b'],
  ['_a._tcp.b. 5 IN SRV 0 100 65535 c.', '00000064ffff016300'],
  [
    'a. 5 IN HINFO "ANY obsoleted" "See RFC 8482"',
    '0d414e59206f62736f6c657465640c5365652052464320383438' + '32',
  ],
  ['a. 5 IN NAPTR 1 2 "u" "sip+E2U" "!^.*$!x!" .', '000100020175077369702b45325508215e2e2a2421782100'],
  ['a. 5 IN DS 12345 13 2 0123456789abcdef', '30390d020123456789abcdef'],
  ['a. 5 IN CAA 0 issue "ca.example.net"', '000569737375656361' + '2e6578616d706c652e6e6574'],
  ['a. 5 IN DNAME b.c.', '0162016300'],
  ['a. 5 IN HTTPS 0 .', '000000'],
  ['a. 5 IN HTTPS 1 . alpn="h2,h3" port="8443"', '00010000010006026832026833000300' + '0220fb'],
  [
    'a. 5 IN SVCB 16 b. mandatory="alpn,ipv4hint" alpn="h2,h3-19" no-default-alpn ipv4hint="192.0.2.1"',
    '00100162000000000400010004000100090268320568332d313900020000' + '00040004c0000201',
  ],
  ['a. 5 IN SVCB 1 b. alpn="f\\\\\\\\oo\\\\,bar,h2"', '0001016200' + '0001000c08665c6f6f2c626172026832'],
  ['a. 5 IN LOC \\# 3 000100', '000100'],
  ['a. 5 IN DNSKEY 257 3 13 AQID', '0101030d010203'],
  ['a. 5 IN NSEC b.a. A MX RRSIG NSEC TYPE1234', '01620161000006400100000003041b' + '0'.repeat(52) + '20'],
  ['a. 5 IN NSEC b.', '016200'],
  [
    'a. 5 IN RRSIG A 13 2 300 20260301000000 20260201000000 4711 a. AQID',
    '0001' + '0d02' + '0000012c' + '69a38180' + '697e9780' + '1267' + '016100' + '010203',
  ],
  ['a. 5 IN TYPE65280 \\# 0', ''],
  ['a. 5 CLASS42 TYPE731 \\# 2 abcd', 'abcd'],
];
for (const [text, data] of records) {
  test(`${text} is read and written`, () => {
    const record = parseRecord(text);
    assert.equal(Buffer.from(record.data).toString('hex'), data);
    assert.equal(recordText(record), text);
  });
}

const alsoRead: [title: string, text: string, as: string][] = [
  ['spaces and tabs', 'a.  5\tIN   A 192.0.2.1 ', 'a. 5 IN A 192.0.2.1'],
  ['a comment', 'a. 5 IN A 192.0.2.1 ; here', 'a. 5 IN A 192.0.2.1'],
  ['lower case of class and type', 'a. 5 in txt x', 'a. 5 IN TXT "x"'],
  ['a name without its dot', 'a 5 IN NS b', 'a. 5 IN NS b.'],
  ['hexadecimal in pieces', 'a. 5 IN DS 1 2 3 AB cd', 'a. 5 IN DS 1 2 3 abcd'],
  ['a known type in the form of unknown ones', 'a. 5 IN A \\# 4 c0000201', 'a. 5 IN A 192.0.2.1'],
  ['UTF-8', 'a. 5 IN TXT "ö"', 'a. 5 IN TXT "\\195\\182"'],
  [
    'parameters of a service in any order',
    'a. 5 IN HTTPS 1 . port=53 alpn=h2',
    'a. 5 IN HTTPS 1 . alpn="h2" port="53"',
  ],
  [
    'times of a signature in seconds',
    'a. 5 IN RRSIG A 8 1 5 1 0 7 a. AA==',
    'a. 5 IN RRSIG A 8 1 5 19700101000001 19700101000000 7 a. AA==',
  ],
  ['base64 in pieces', 'a. 5 IN DNSKEY 256 3 8 AQ ID', 'a. 5 IN DNSKEY 256 3 8 AQID'],
  ['an escape that was not needed', 'a. 5 IN TXT a\\b\\ \\;', 'a. 5 IN TXT "ab ;"'],
];
for (const [title, text, as] of alsoRead) {
  test(`reads ${title}`, () => assert.equal(recordText(parseRecord(text)), as));
}

const refused: [text: string, says: RegExp][] = [
  ['', /expected owner/],
  ['a. 5 IN', /expected owner/],
  ['a. 5 XX A 1.2.3.4', /unknown class 'XX'/],
  ['a. 5 IN NOPE x', /unknown type 'NOPE'/],
  ['a. x IN A 1.2.3.4', /number from 0 to 2147483647, not 'x'/],
  ['a. 2147483648 IN A 1.2.3.4', /number from 0/],
  ['a. 5 IN A', /data of A is too short/],
  ['a. 5 IN NSEC b. NOPE', /unknown type 'NOPE'/],
  ['a. 5 IN DNSKEY 256 3 8 A!==', /not base64/],
  ['a. 5 IN RRSIG A 8 1 5 20260231000000 0 7 a. AA==', /a time as YYYYMMDDHHmmSS/],
  ['a. 5 IN HTTPS 1 . nope=1', /unknown service parameter 'nope'/],
  ['a. 5 IN HTTPS 1 . port=1 port=2', /given twice/],
  ['a. 5 IN HTTPS 1 . port=65536', /'65536' is no value of service parameter 'port'/],
  ['a. 5 IN HTTPS 1 . ipv4hint=::1', /no value of service parameter 'ipv4hint'/],
  ['a. 5 IN HTTPS 1 . alpn=', /no value of service parameter 'alpn'/],
  ['a. 5 IN A 1.2.3', /IPv4 address, not '1\.2\.3'/],
  ['a. 5 IN A ::1', /IPv4 address/],
  ['a. 5 IN AAAA 1.2.3.4', /IPv6 address/],
  ['a. 5 IN AAAA fe80::1%eth0', /IPv6 address/],
  ['a. 5 IN A 1.2.3.4 5', /unexpected '5'/],
  ['a. 5 IN MX 65536 b.', /0 to 65535/],
  ['a. 5 IN MX -1 b.', /0 to 65535/],
  ['a. 5 IN NS a..b.', /empty label/],
  ['a. 5 IN TXT "open', /quote is not closed/],
  ['a. 5 IN TXT "\\256"', /no escape/],
  ['a. 5 IN TXT \\12', /no escape/],
  [`a. 5 IN TXT ${'x'.repeat(256)}`, /255 bytes/],
  ['a. 5 IN DS 1 2 3 abc', /hexadecimal/],
  ['a. 5 IN TYPE731 x', /expected '\\# length hex'/],
  ['a. 5 IN TYPE731 \\# 2 ab', /as long as it says/],
  ['a. 5 IN TYPE731 \\#', /number from 0/],
];
for (const [text, says] of refused) {
  test(`refuses '${text.slice(0, 40)}'`, () => {
    assert.throws(
      () => parseRecord(text),
      (error) => error instanceof FormatError && says.test(error.message),
    );
  });
}

const odd: [title: string, type: number, data: number[], text: string][] = [
  ['an address of three bytes', RecordType.A, [1, 2, 3], '\\# 3 010203'],
  ['bytes behind a name', RecordType.NS, [0, 1], '\\# 2 0001'],
  ['a text that is cut short', RecordType.TXT, [3, 97], '\\# 2 0361'],
  ['a name that points into the data', RecordType.RP, [1, 97, 0, 0xc0, 0], '\\# 5 016100c000'],
  ['an empty digest', RecordType.DS, [1, 2, 3, 4], '\\# 4 01020304'],
  ['a tag that is none', RecordType.CAA, [0, 1, 32, 97], '\\# 4 00012061'],
  ['no text', RecordType.TXT, [], '\\# 0'],
];
for (const [title, type, data, text] of odd) {
  test(`${title} is shown as bytes`, () => assert.equal(recordDataText(type, Uint8Array.from(data)), text));
}

test('data of every type survives being shown and read', () => {
  const types = Object.values(RecordType);
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 40 }), (type, data) => {
      const text = recordDataText(type, data);
      assert.deepEqual([...parseRecordData(type, splitWords(text))], [...data], text);
    }),
    { numRuns: 3000 },
  );
  assert.equal(dataFields(RecordType.OPT), undefined);
});
