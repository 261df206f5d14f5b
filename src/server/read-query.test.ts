import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question } from '../../test/kit/question.ts';
import { RecordType } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { writeQuery } from '../wire/write-query.ts';
import type { Query } from './query.ts';
import { readQuery } from './read-query.ts';

const { client, arrival } = question('.');
const read = (packet: Uint8Array): Query => readQuery(packet, client, arrival);
const plain = writeQuery({
  id: 0xabcd,
  flags: 0x0110,
  question: { name: 'WWW.Example.org.', type: RecordType.SRV, class: 3 },
  edns: undefined,
});
/** The query with records behind it, in hexadecimal. */
function packet(answers: number, authorities: number, additionals: number, records: string): Buffer {
  const whole = Buffer.concat([plain, Buffer.from(records, 'hex')]);
  whole[7] = answers;
  whole[9] = authorities;
  whole[11] = additionals;
  return whole;
}

const OPT = '0000291000000080000000';
const RECORD = 'c00c0001000100000005000401020304';

test('reads id, flags, question, client and size', () => {
  const query = read(plain);
  const { id, flags, name, originalName, type, size, depth, zone, edns } = query;
  assert.deepEqual([id, flags, type, query.class], [0xabcd, 0x0110, RecordType.SRV, 3]);
  assert.deepEqual([name, originalName], ['www.example.org.', 'WWW.Example.org.']);
  assert.deepEqual([size, depth, zone, edns], [plain.length, 0, 'dropped', undefined]);
  assert.equal(query.client, client);
  assert.equal(query.arrival, arrival);
});

const edns: [title: string, packet: Buffer, options: number[]][] = [
  ['a plain OPT record', packet(0, 0, 1, OPT), []],
  ['an OPT record with options', packet(0, 0, 1, `${OPT.slice(0, -4)}0005000a000107`), [0, 10, 0, 1, 7]],
  ['an OPT record behind others', packet(1, 1, 2, RECORD + RECORD + RECORD + OPT), []],
  ['an OPT record before another', packet(0, 0, 2, OPT + RECORD), []],
  ['an OPT record with bytes behind', packet(0, 0, 1, `${OPT}ffff`), []],
];
for (const [title, bytes, options] of edns) {
  test(`reads ${title}`, () => {
    const { udpSize, version, dnssecOk, options: seen } = read(bytes).edns!;
    assert.deepEqual([udpSize, version, dnssecOk, [...seen]], [4096, 0, true, options]);
  });
}

test('reads the version of EDNS, and extra records without OPT', () => {
  assert.equal(read(packet(0, 0, 1, '0000290200000100000000')).edns?.version, 1);
  assert.equal(read(packet(1, 0, 0, RECORD)).edns, undefined);
});

const broken: [title: string, packet: Uint8Array][] = [
  ['no name', plain.subarray(0, 12)],
  ['half a name', plain.subarray(0, 20)],
  ['no class', plain.subarray(0, plain.length - 2)],
  ['an OPT record that is not there', packet(0, 0, 1, '')],
  ['half an OPT record', packet(0, 0, 1, OPT.slice(0, 12))],
  ['an answer that is not there', packet(1, 0, 0, '')],
  ['two OPT records', packet(0, 0, 2, OPT + OPT)],
  ['an OPT record that is not at the root', packet(0, 0, 1, `0161${OPT}`)],
  ['options that are cut short', packet(0, 0, 1, `${OPT.slice(0, -4)}0003000a00`)],
  ['an address of the wrong length', packet(1, 0, 0, 'c00c000100010000000500030102' + '03')],
];
for (const [title, bytes] of broken) {
  test(`refuses ${title}`, () => assert.throws(() => read(bytes), FormatError));
}
