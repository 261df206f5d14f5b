import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rcode } from '../wire/codes.ts';
import { admissionRcode, admit, malformed, refusal } from './admission.ts';
import type { Admission } from './admission.ts';

const NOTIFY = 4 << 11;

function header(flags: number, counts: number[] = [1, 0, 0, 0]): Buffer {
  const packet = Buffer.alloc(12);
  for (const [index, word] of [4711, flags, ...counts].entries()) packet.writeUInt16BE(word, index * 2);
  return packet;
}

const rows: [title: string, packet: Uint8Array, admission: Admission][] = [
  ['nothing', Buffer.alloc(0), 'ignore'],
  ['11 bytes', header(0).subarray(0, 11), 'ignore'],
  ['12 bytes', header(0), 'accept'],
  ['a reply', header(0x8000), 'ignore'],
  ['a reply of another opcode', header(0x8000 | (5 << 11)), 'ignore'],
  ['NOTIFY', header(NOTIFY), 'accept'],
  ...[1, 2, 3, 5, 6, 15].map((opcode): [string, Buffer, Admission] => [
    `opcode ${opcode}`,
    header(opcode << 11),
    'not-implemented',
  ]),
  ['every bit but QR and opcode', header(0x07ff), 'accept'],
  ['another opcode before wrong counts', header(5 << 11, [9, 9, 9, 9]), 'not-implemented'],
  ['no question', header(0, [0, 0, 0, 0]), 'format-error'],
  ['two questions', header(0, [2, 0, 0, 0]), 'format-error'],
  ['257 questions', header(0, [257, 0, 0, 0]), 'format-error'],
  ['one answer, as NOTIFY has', header(NOTIFY, [1, 1, 0, 0]), 'accept'],
  ['two answers', header(0, [1, 2, 0, 0]), 'format-error'],
  ['256 answers', header(0, [1, 256, 0, 0]), 'format-error'],
  ['one authority record, as IXFR has', header(0, [1, 0, 1, 0]), 'accept'],
  ['two authority records', header(0, [1, 0, 2, 0]), 'format-error'],
  ['256 authority records', header(0, [1, 0, 256, 0]), 'format-error'],
  ['two additional records, OPT and TSIG', header(0, [1, 0, 0, 2]), 'accept'],
  ['three additional records', header(0, [1, 0, 0, 3]), 'format-error'],
  ['256 additional records', header(0, [1, 0, 0, 256]), 'format-error'],
];
for (const [title, packet, admission] of rows) {
  test(`${title}: ${admission}`, () => assert.equal(admit(packet), admission));
}

test('a refusal is a header alone, with id, opcode and flags of the query', () => {
  const packet = Buffer.concat([header((5 << 11) | 0x0110 | 9, [9, 9, 9, 9]), Buffer.from('more')]);
  const expected = header(0x8000 | (5 << 11) | 0x0110 | Rcode.NotImplemented, [0, 0, 0, 0]);
  assert.deepEqual(refusal(packet, admissionRcode('not-implemented')), expected);
  assert.equal(admissionRcode('format-error'), Rcode.FormatError);
});

const question = Buffer.from('0161000001' + '0001', 'hex');
const bodies: [title: string, body: Uint8Array, echoed: boolean][] = [
  ['after a sound question', Buffer.concat([question, Buffer.from('junk')]), true],
  ['nothing but a question', question, true],
  ['within the name', Buffer.of(5, 97), false],
  ['within the type', question.subarray(0, 4), false],
  ['a name that points into the header', Buffer.from('c00400010001', 'hex'), false],
  ['no body', Buffer.alloc(0), false],
];
for (const [title, body, echoed] of bodies) {
  test(`FORMERR ${echoed ? 'with' : 'without'} question: ${title}`, () => {
    const reply = malformed(Buffer.concat([header(0x0100), body]));
    const expected = header(0x8101, [echoed ? 1 : 0, 0, 0, 0]);
    assert.deepEqual(reply, echoed ? Buffer.concat([expected, question]) : expected);
  });
}
