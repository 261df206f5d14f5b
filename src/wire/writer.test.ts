import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordType } from './codes.ts';
import { readMessage } from './message.ts';
import { parseRecord, recordText } from './presentation.ts';
import { MAXIMUM_MESSAGE_BYTES, MessageWriter } from './writer.ts';

const question = { name: 'a.example.org.', type: RecordType.A, class: 1 };
const bytes = (writer: MessageWriter): Buffer => Buffer.from(writer.buffer.subarray(0, writer.length));

function written(compress: boolean, ...texts: string[]): { length: number; texts: string[] } {
  const writer = new MessageWriter();
  writer.begin(1, 0, question, compress);
  writer.section(texts.map(parseRecord), 6, MAXIMUM_MESSAGE_BYTES);
  return { length: writer.length - 12 - 15 - 4, texts: readMessage(bytes(writer)).answer.map(recordText) };
}

/** Bytes that the records take; an A record is 14 and its owner. */
const lengths: [title: string, compress: boolean, records: string[], length: number][] = [
  ['the question’s name is a pointer even without compression', false, ['a.example.org. 1 IN A 1.2.3.4'], 16],
  [
    'the owner before is a pointer even without compression',
    false,
    Array<string>(2).fill('b. 1 IN A 1.2.3.4'),
    17 + 16,
  ],
  ['other names are whole without compression', false, ['b.example.org. 1 IN A 1.2.3.4'], 15 + 14],
  ['letter case is kept, so another case is another name', false, ['A.example.org. 1 IN A 1.2.3.4'], 15 + 14],
  ['a known ending is a pointer', true, ['b.example.org. 1 IN A 1.2.3.4'], 2 + 2 + 14],
  ['a known ending in another letter case is not', true, ['b.EXAMPLE.org. 1 IN A 1.2.3.4'], 2 + 8 + 2 + 14],
  ['the root never is', true, ['. 1 IN A 1.2.3.4', '. 1 IN A 1.2.3.4'], 30],
  ['names in MX data are compressed', true, ['a.example.org. 1 IN MX 1 example.org.'], 2 + 10 + 2 + 2],
  ['names in SRV data are not', true, ['a.example.org. 1 IN SRV 1 1 1 example.org.'], 2 + 10 + 6 + 13],
  [
    'both names of SOA are',
    true,
    ['a.example.org. 1 IN SOA example.org. b.org. 1 2 3 4 5'],
    2 + 10 + 2 + 4 + 20,
  ],
  [
    'a name in data can be pointed to',
    true,
    ['. 1 IN NS b.net.', 'c.b.net. 1 IN A 1.2.3.4'],
    11 + 7 + 2 + 2 + 14,
  ],
];
for (const [title, compress, records, length] of lengths) {
  test(title, () => assert.deepEqual(written(compress, ...records), { length, texts: records }));
}

const sizes = [512, 513, 527, 528, 1232, 1480, 4096, 16_384, 16_400, 65_535];
for (const limit of sizes) {
  test(`records are cut at a record’s end to fit ${limit} bytes`, () => {
    const names = (index: number): string =>
      index % 3 === 0 ? 'a.example.org.' : `h${index}.zone${index % 7}.net.`;
    const records = Array.from({ length: 5000 }, (_, index) =>
      parseRecord(`${names(index)} 1 IN NS n${index}.net.`),
    );
    for (const compress of [false, true]) {
      const writer = new MessageWriter();
      writer.begin(1, 0, question, compress);
      assert.equal(writer.section(records, 6, limit), false);
      assert.ok(writer.length <= limit && writer.length > limit - 60, String(writer.length));
      const { answer } = readMessage(bytes(writer));
      assert.deepEqual(answer.map(recordText), records.slice(0, answer.length).map(recordText));
    }
  });
}

test('a record that ends at the limit fits, one byte less and it does not', () => {
  const record = parseRecord('a.example.org. 1 IN A 1.2.3.4');
  for (const [limit, fits] of [
    [47, true],
    [46, false],
  ] as const) {
    const writer = new MessageWriter();
    writer.begin(1, 0, question, false);
    assert.equal(writer.section([record], 6, limit), fits);
    assert.equal(writer.length, fits ? 47 : 31);
    assert.equal(readMessage(bytes(writer)).answer.length, fits ? 1 : 0);
  }
});

test('nothing points further than 16,383 bytes', () => {
  const filler = parseRecord(`b. 1 IN TYPE65280 \\# 8100 ${'00'.repeat(8100)}`);
  const late = [
    'late.far.net. 1 IN A 1.2.3.4',
    'late.far.net. 1 IN A 1.2.3.5',
    'x.far.net. 1 IN NS y.far.net.',
  ];
  for (const compress of [false, true]) {
    const writer = new MessageWriter();
    writer.begin(1, 0, question, compress);
    const records = [filler, filler, filler, ...late.map(parseRecord)];
    assert.ok(writer.section(records, 6, MAXIMUM_MESSAGE_BYTES));
    assert.deepEqual(readMessage(bytes(writer)).answer.slice(3).map(recordText), late);
  }
});

test('a writer forgets the message before', () => {
  const writer = new MessageWriter();
  const write = (): Buffer => {
    writer.begin(1, 0, question, true);
    writer.section([parseRecord('x.y.org. 1 IN NS z.y.org.')], 6, MAXIMUM_MESSAGE_BYTES);
    return bytes(writer);
  };
  assert.deepEqual(write(), write());
  writer.begin(2, 0x8003, undefined, true);
  assert.equal(bytes(writer).toString('hex'), '000280030000000000000000');
});

test('no pointer leads to a record that did not fit', () => {
  for (const compress of [false, true]) {
    const writer = new MessageWriter();
    writer.begin(1, 0, question, compress);
    const late = 'late.example.net. 1 IN TXT "a" "b"';
    assert.ok(!writer.section([parseRecord('b. 1 IN A 1.2.3.4'), parseRecord(late)], 6, writer.length + 30));
    assert.ok(writer.section([parseRecord(late), parseRecord(late)], 10, 512));
    const { answer, additional } = readMessage(bytes(writer));
    assert.deepEqual(
      [answer.map(recordText), additional.map(recordText)],
      [['b. 1 IN A 1.2.3.4'], [late, late]],
    );
  }
});

test('OPT counts as one more additional record and carries the upper bits of the rcode', () => {
  const writer = new MessageWriter();
  writer.begin(1, 16 & 15, question, false);
  writer.section([parseRecord('b. 1 IN A 1.2.3.4')], 10, 512);
  writer.opt({ udpSize: 0, version: 0, dnssecOk: false, options: new Uint8Array(0) }, 16);
  const packet = bytes(writer);
  assert.equal(packet.readUInt16BE(10), 2);
  assert.equal(packet.subarray(-11).toString('hex'), '0000290000010000000000');
  assert.equal(readMessage(packet).rcode, 16);
});
