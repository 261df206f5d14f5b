import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordType } from './codes.ts';
import { FormatError } from './errors.ts';
import {
  compressibleNameAt,
  nameInData,
  namesIn,
  readRecordData,
  soaData,
  srvData,
  txtData,
} from './rdata.ts';

/** `example.org.` stands at 0; names in the data are `a` and a pointer to it. */
const prefix = [7, ...Buffer.from('example'), 3, ...Buffer.from('org'), 0];
const short = [1, 97, 0xc0, 0];
const long = [1, 97, ...prefix];
const fill = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 100);
const naptr = [0, 1, 0, 2, 1, 117, 0, 2, 33, 33];

/** Bytes before the names, how many names, bytes after them. */
const rows: [type: keyof typeof RecordType, before: number[], names: number, after: number[]][] = [
  ['NS', [], 1, []],
  ['CNAME', [], 1, []],
  ['PTR', [], 1, []],
  ['SOA', [], 2, fill(20)],
  ['MX', fill(2), 1, []],
  ['RP', [], 2, []],
  ['AFSDB', fill(2), 1, []],
  ['SIG', fill(18), 1, fill(9)],
  ['SRV', fill(6), 1, []],
  ['NAPTR', naptr, 1, []],
  ['KX', fill(2), 1, []],
  ['DNAME', [], 1, []],
  ['RRSIG', fill(18), 1, fill(9)],
  ['NSEC', [], 1, fill(6)],
];
for (const [name, before, names, after] of rows) {
  const type = RecordType[name];
  const repeated = (wire: number[]): number[] => Array<number[]>(names).fill(wire).flat();
  const data = [...before, ...repeated(short), ...after];
  const message = Buffer.from([...prefix, ...data, 1, 2, 3]);

  test(`names in ${name} are read without compression`, () => {
    const read = readRecordData(message, prefix.length, data.length, type);
    assert.deepEqual([...read], [...before, ...repeated(long), ...after]);
    assert.equal(nameInData(read, before.length), 'a.example.org.');
    assert.equal(namesIn(type), names);
  });

  test(`${name} that is too short is refused`, () => {
    const least = before.length + (names - 1) * short.length + (name === 'SOA' ? 20 + short.length : 1);
    for (let length = 0; length < least; length++) {
      assert.throws(() => readRecordData(message, prefix.length, length, type), FormatError, String(length));
    }
  });
}

test('names are compressed only where RFC 3597 lets them be', () => {
  const compressible = Object.entries(RecordType).filter(([, type]) => compressibleNameAt(type) >= 0);
  assert.deepEqual(compressible.map(([name]) => name).sort(), ['CNAME', 'MX', 'NS', 'PTR', 'SOA']);
});

const refused: [title: string, type: number, data: number[], length?: number][] = [
  ['an IPv4 address of 3 bytes', RecordType.A, [1, 2, 3]],
  ['an IPv4 address of 5 bytes', RecordType.A, [1, 2, 3, 4, 5]],
  ['an IPv6 address of 15 bytes', RecordType.AAAA, fill(15)],
  ['data behind the end of the message', RecordType.TXT, [1, 2], 3],
  ['a name that goes on behind the data', RecordType.NS, [...short, 0], 3],
  ['character strings of NAPTR behind the data', RecordType.NAPTR, [0, 1, 0, 2, 200, 1, 2, 3]],
];
for (const [title, type, data, length = data.length] of refused) {
  test(`refuses ${title}`, () => {
    const message = Uint8Array.from([...prefix, ...data]);
    assert.throws(() => readRecordData(message, prefix.length, length, type), FormatError);
  });
}

test('data of an unknown type stays as it is, in bytes of its own', () => {
  const message = Buffer.from([9, 0xc0, 0, 9]);
  const data = readRecordData(message, 1, 2, 65280);
  message.fill(7);
  assert.deepEqual([...data], [0xc0, 0]);
  assert.equal(data.buffer.byteLength, 2);
});

test('SRV, SOA and TXT are written', () => {
  assert.deepEqual([...srvData(1, 258, 65535, 'a.')], [0, 1, 1, 2, 255, 255, 1, 97, 0]);
  const times = { serial: 4294967295, refresh: 1, retry: 2, expire: 3, minimum: 256 };
  const soa = soaData({ primary: 'a.', mailbox: '.', ...times });
  const numbers = [255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0];
  assert.deepEqual([...soa], [1, 97, 0, 0, ...numbers]);
  assert.deepEqual([...txtData('ö', '')], [2, 195, 182, 0]);
  const cut = txtData('x'.repeat(600));
  assert.deepEqual([cut[0], cut[256], cut[512], cut.length], [255, 255, 90, 603]);
});
