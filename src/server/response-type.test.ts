import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question, record } from '../../test/kit/question.ts';
import { Rcode, RecordType } from '../wire/codes.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { QueryFields } from './query.ts';
import { Reply, type ReplyFields } from './reply.ts';
import { responseClass, responseType, ResponseType } from './response-type.ts';

const NOW = Date.UTC(2026, 0, 1);
const a = record('example.org.', RecordType.A);
const soa = record('example.org.', RecordType.SOA);
const ns = record('example.org.', RecordType.NS);

/** Valid from `inception` to `expiration`, in seconds from NOW. */
function signature(inception: number, expiration: number): ResourceRecord {
  const data = new Uint8Array(24);
  const view = new DataView(data.buffer);
  view.setUint32(8, NOW / 1000 + expiration);
  view.setUint32(12, NOW / 1000 + inception);
  return { ...record('example.org.', RecordType.RRSIG), data };
}

function edns(dnssecOk: boolean): ReplyFields['edns'] {
  return { udpSize: 1232, version: 0, dnssecOk, options: new Uint8Array(0) };
}

interface Row {
  readonly title: string;
  readonly query?: Partial<QueryFields>;
  readonly reply: ReplyFields;
  readonly type: keyof typeof ResponseType;
  readonly class: string;
}

const rows: Row[] = [
  { title: 'an answer', reply: { answer: [a] }, type: 'NoError', class: 'success' },
  {
    title: 'an answer with a SOA',
    reply: { answer: [a], authority: [soa] },
    type: 'NoError',
    class: 'success',
  },
  { title: 'NXDOMAIN with an answer', reply: { answer: [a], rcode: 3 }, type: 'OtherError', class: 'error' },
  { title: 'NODATA', reply: { authority: [ns, soa] }, type: 'NoData', class: 'denial' },
  { title: 'NXDOMAIN', reply: { authority: [soa], rcode: 3 }, type: 'NameError', class: 'denial' },
  { title: 'NXDOMAIN without SOA', reply: { rcode: 3 }, type: 'NameError', class: 'denial' },
  { title: 'a delegation', reply: { authority: [ns] }, type: 'Delegation', class: 'success' },
  { title: 'nothing at all', reply: {}, type: 'NoError', class: 'success' },
  { title: 'SERVFAIL', reply: { rcode: Rcode.ServerFailure }, type: 'ServerError', class: 'error' },
  { title: 'SERVFAIL with an answer', reply: { rcode: 2, answer: [a] }, type: 'ServerError', class: 'error' },
  { title: 'NOTIMP', reply: { rcode: Rcode.NotImplemented }, type: 'ServerError', class: 'error' },
  { title: 'REFUSED', reply: { rcode: Rcode.Refused }, type: 'OtherError', class: 'error' },
  { title: 'NOTIFY', query: { flags: 4 << 11 }, reply: { answer: [a] }, type: 'Meta', class: 'error' },
  { title: 'UPDATE', query: { flags: 5 << 11 }, reply: { answer: [a] }, type: 'Update', class: 'error' },
  { title: 'AXFR', query: { type: RecordType.AXFR }, reply: { answer: [soa] }, type: 'Meta', class: 'error' },
  { title: 'IXFR', query: { type: RecordType.IXFR }, reply: { answer: [soa] }, type: 'Meta', class: 'error' },
  {
    title: 'a valid signature',
    reply: { answer: [a, signature(-10, 10)], edns: edns(true) },
    type: 'NoError',
    class: 'success',
  },
  {
    title: 'an expired signature',
    reply: { answer: [a, signature(-10, -1)], edns: edns(true) },
    type: 'OtherError',
    class: 'error',
  },
  {
    title: 'a signature that is not valid yet, among the authority records',
    reply: { answer: [a], authority: [signature(1, 10)], edns: edns(true) },
    type: 'OtherError',
    class: 'error',
  },
  {
    title: 'an expired signature for a client without DO',
    reply: { answer: [a, signature(-10, -1)], edns: edns(false) },
    type: 'NoError',
    class: 'success',
  },
];
for (const { title, query, reply, type, class: expectedClass } of rows) {
  test(`${title} is ${type}, of class ${expectedClass}`, () => {
    const got = responseType(question('example.org.', query), new Reply(reply), NOW);
    assert.equal(got, ResponseType[type]);
    assert.equal(responseClass(got), expectedClass);
  });
}

test('silence is OtherError', () => {
  assert.equal(responseType(question('example.org.'), Reply.silence, NOW), ResponseType.OtherError);
});
