import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as dnsPacket from 'dns-packet';
import fc from '../../test/kit/properties.ts';
import { HeaderFlag, RecordType } from './codes.ts';
import { FormatError } from './errors.ts';
import { messageLength } from './length.ts';
import { readMessage } from './message.ts';
import { parseRecord, recordText } from './presentation.ts';
import type { ResourceRecord } from './record.ts';
import { writeQuery } from './write-query.ts';
import { MAXIMUM_MESSAGE_BYTES, MessageWriter } from './writer.ts';

const question = { name: 'www.Example.org.', type: RecordType.A, class: 1 };
const records = [
  'www.Example.org. 5 IN CNAME web.example.org.',
  'web.example.org. 5 IN A 192.0.2.1',
  'web.example.org. 6 IN AAAA 2001:db8::1',
  'example.org. 7 IN SOA ns.example.org. host.example.org. 1 2 3 4 5',
  'example.org. 7 IN NS ns.example.org.',
  'example.org. 7 IN MX 10 mail.example.org.',
  'example.org. 7 IN TXT "v=1" "two"',
  '_x._tcp.example.org. 7 IN SRV 1 2 3 web.example.org.',
  '1.2.0.192.in-addr.arpa. 7 IN PTR web.example.org.',
  'example.org. 7 IN NAPTR 1 2 "u" "x" "" web.example.org.',
  'old.example.org. 7 IN DNAME new.example.org.',
  'example.org. 7 IN TYPE65280 \\# 3 010203',
  'a\\.b\\000.example.org. 7 CH TXT "odd"',
].map(parseRecord);

function write(answer: readonly ResourceRecord[], compress: boolean): Buffer {
  const writer = new MessageWriter();
  writer.begin(4711, HeaderFlag.QR | HeaderFlag.AA | (23 & 15), question, compress);
  for (const [records_, at] of [
    [answer, 6],
    [answer, 8],
    [answer, 10],
  ] as const) {
    assert.ok(writer.section(records_, at, MAXIMUM_MESSAGE_BYTES));
  }
  writer.opt({ udpSize: 1232, version: 0, dnssecOk: true, options: Uint8Array.of(0, 10, 0, 1, 7) }, 23);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

for (const compress of [false, true]) {
  test(`a message ${compress ? 'with' : 'without'} compression is read as it was written`, () => {
    const message = readMessage(write(records, compress));
    assert.deepEqual([message.id, message.rcode, message.flags & HeaderFlag.AA], [4711, 23, HeaderFlag.AA]);
    assert.deepEqual(message.question, question);
    assert.equal(message.edns?.udpSize, 1232);
    assert.equal(message.edns.dnssecOk, true);
    assert.deepEqual([...message.edns.options], [0, 10, 0, 1, 7]);
    for (const section of [message.answer, message.authority, message.additional]) {
      assert.deepEqual(section.map(recordText), records.map(recordText));
    }
  });

  test(`dns-packet reads a message ${compress ? 'with' : 'without'} compression`, () => {
    const known = records.filter((record) => !record.name.includes('\\') && record.type < 256);
    const decoded = dnsPacket.decode(write(known, compress));
    assert.equal(decoded.questions![0]!.name, 'www.Example.org');
    const names = known.map((record) => record.name.slice(0, -1));
    assert.deepEqual(
      decoded.answers!.map((answer) => answer.name),
      names,
    );
    const cname = decoded.authorities![0]! as dnsPacket.StringAnswer;
    assert.equal(cname.data, 'web.example.org');
    const soa = decoded.additionals![3]! as dnsPacket.SoaAnswer;
    assert.deepEqual(
      [soa.data.mname, soa.data.rname, soa.data.minimum],
      ['ns.example.org', 'host.example.org', 5],
    );
    assert.equal((decoded.additionals![7]! as dnsPacket.SrvAnswer).data.target, 'web.example.org');
  });
}

test('reads what dns-packet writes', () => {
  const name = 'a.example.org';
  const packet = dnsPacket.encode({
    id: 7,
    type: 'response',
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: 'SRV', name, class: 'IN' }],
    answers: [
      { type: 'SRV', name, ttl: 9, data: { priority: 1, weight: 2, port: 3, target: 'b.example.org' } },
      { type: 'MX', name, ttl: 9, data: { preference: 4, exchange: 'c.example.org' } },
      { type: 'TXT', name, ttl: 9, data: ['x', 'y'] },
      { type: 'AAAA', name, ttl: 9, data: '2001:db8::7' },
    ],
    authorities: [{ type: 'NS', name, ttl: 9, data: 'ns.example.org' }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: dnsPacket.DNSSEC_OK, options: [] } as never,
    ],
  });
  const message = readMessage(packet);
  assert.deepEqual([...message.answer, ...message.authority].map(recordText), [
    'a.example.org. 9 IN SRV 1 2 3 b.example.org.',
    'a.example.org. 9 IN MX 4 c.example.org.',
    'a.example.org. 9 IN TXT "x" "y"',
    'a.example.org. 9 IN AAAA 2001:db8::7',
    'a.example.org. 9 IN NS ns.example.org.',
  ]);
  assert.deepEqual([message.edns?.udpSize, message.edns?.dnssecOk], [4096, true]);
});

test('the length without compression is what a message takes when no name repeats', () => {
  const answer = records.filter(
    (record, index) => records.findIndex(({ name }) => name === record.name) === index,
  );
  const other = answer.filter((record) => record.name !== question.name);
  const writer = new MessageWriter();
  writer.begin(1, 0, question, false);
  writer.section(other, 6, MAXIMUM_MESSAGE_BYTES);
  const edns = { udpSize: 512, version: 0, dnssecOk: false, options: Uint8Array.of(0, 3, 0, 0) };
  writer.opt(edns, 0);
  const reply = { answer: other, authority: [], additional: [], edns };
  assert.equal(messageLength({ originalName: question.name }, reply), writer.length);
});

const query = writeQuery({ id: 1, flags: 0, question, edns: undefined });
const withCounts = (...counts: [number, number, number, number]): Buffer => {
  const packet = Buffer.concat([query, Buffer.from('00000100010000000500', 'hex')]);
  for (const [index, count] of counts.entries()) packet[5 + 2 * index] = count;
  return packet;
};
const opt = (options: string): Buffer => {
  const length = Buffer.of(0, options.length / 2);
  const packet = Buffer.concat([
    query,
    Buffer.from('00002904d000000000', 'hex'),
    length,
    Buffer.from(options, 'hex'),
  ]);
  packet[11] = 1;
  return packet;
};
const broken: [title: string, packet: Uint8Array, says: RegExp][] = [
  ['nothing', Buffer.alloc(0), /shorter than its header/],
  ['eleven bytes', query.subarray(0, 11), /shorter than its header/],
  ['a question without its class', query.subarray(0, query.length - 1), /question is cut short/],
  ['a record that is announced and not there', withCounts(1, 2, 0, 0), /cut short/],
  ['an option longer than its record', opt('000a0002ff'), /option is cut short/],
  ['three bytes of an option', opt('000a00'), /option is cut short/],
  [
    'two OPT records',
    Buffer.concat([opt('').fill(2, 11, 12), Buffer.from('0000290200000000000000', 'hex')]),
    /more than one OPT/,
  ],
  [
    'OPT that is not at the root',
    Buffer.concat([opt('').subarray(0, query.length), Buffer.from('01610000290200000000000000', 'hex')]),
    /not at the root/,
  ],
];
for (const [title, packet, says] of broken) {
  test(`refuses ${title}`, () => {
    assert.throws(
      () => readMessage(packet),
      (error) => error instanceof FormatError && says.test(error.message),
    );
  });
}

test('no question is no error, bytes behind the last record neither', () => {
  const header = Buffer.alloc(12);
  assert.equal(readMessage(header).question, undefined);
  assert.deepEqual(readMessage(Buffer.concat([query, Buffer.from('junk')])).question, question);
});

test('a TTL with its highest bit set stands for zero', () => {
  const packet = Buffer.concat([query, Buffer.from('c00c0001000180000001000401020304', 'hex')]);
  packet[7] = 1;
  assert.equal(readMessage(packet).answer[0]!.ttl, 0);
});

test('any packet is read or refused with a FormatError', () => {
  const whole = write(records, true);
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(edits, fc.nat(whole.length), (changes, length) => {
      const packet = Buffer.from(whole);
      for (const [at, value] of changes) packet[at] = value;
      for (const bytes of [packet, packet.subarray(0, length)]) {
        try {
          readMessage(bytes);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
