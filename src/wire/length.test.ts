import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question, record } from '../../test/kit/question.ts';
import { Reply, type ReplyFields } from '../server/reply.ts';
import { RecordType } from './codes.ts';
import type { Edns } from './edns.ts';
import { messageLength } from './length.ts';

const a = record('example.org.', RecordType.A);
const edns: Edns = { udpSize: 512, version: 0, dnssecOk: false, options: new Uint8Array(6) };
const extendedError = { code: 3, text: 'late' };
const rows: { title: string; name?: string; edns?: Edns; reply: ReplyFields; bytes: number }[] = [
  { title: 'header and question', reply: {}, bytes: 12 + 13 + 4 },
  { title: 'the root', name: '.', reply: {}, bytes: 12 + 1 + 4 },
  { title: 'a name with an escape', name: 'a\\.b\\007.org.', reply: {}, bytes: 12 + 10 + 4 },
  { title: 'an answer', reply: { answer: [a] }, bytes: 29 + 27 },
  { title: 'all sections', reply: { answer: [a], authority: [a], additional: [a, a] }, bytes: 29 + 4 * 27 },
  {
    title: 'the reply’s own OPT',
    reply: { edns },
    bytes: 29 + 11 + 6,
  },
  { title: 'a reason that the client is not told', reply: { extendedError }, bytes: 29 },
  { title: 'a reason that the client is told', edns, reply: { extendedError }, bytes: 29 + 11 + 6 + 4 },
  {
    title: 'a reason that the client is told beside an option',
    edns,
    reply: { edns, extendedError },
    bytes: 29 + 11 + 6 + 6 + 4,
  },
];
for (const { title, name = 'example.org.', edns: asked, reply, bytes } of rows) {
  test(`${title}: ${bytes} bytes`, () =>
    assert.equal(messageLength(question(name, { edns: asked }), new Reply(reply)), bytes));
}
