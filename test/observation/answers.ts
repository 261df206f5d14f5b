import type { AnyPlugin, Handler } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { UNCHANGING } from '../../src/server/repeat.ts';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { parseRecord } from '../../src/wire/presentation.ts';
import { record } from '../kit/question.ts';

const SOA = parseRecord('example. 30 IN SOA ns.example. admin.example. 1 7200 1800 86400 5');
const NS = parseRecord('ref.example. 30 IN NS ns.ref.example.');

/** Milliseconds since 1970 at which the signature of `signed.example.` ends. */
export const SIGNATURE_END = Date.UTC(2026, 0, 1, 0, 0, 1);

/** Replies of every kind, by the first label of the name; all of them are repeated as they are. */
const replies: Readonly<Record<string, (query: Query) => ReplyFields>> = {
  a: ({ originalName }) => ({ authoritative: true, answer: [record(originalName, RecordType.A)] }),
  later: ({ originalName }) => ({ answer: [record(originalName, RecordType.A)] }),
  many: ({ originalName }) => ({
    answer: Array.from({ length: 60 }, (_, last) => record(originalName, RecordType.A, [192, 0, 2, last])),
  }),
  nodata: () => ({ authoritative: true, authority: [SOA] }),
  no: () => ({ rcode: Rcode.NameError, authority: [SOA] }),
  ref: () => ({ authority: [NS] }),
  flags: () => ({ recursionAvailable: true, authenticData: true, rcode: Rcode.Refused }),
  odd: () => ({ rcode: Rcode.NotImplemented, authority: [SOA] }),
  signed: ({ originalName, edns }) => ({
    answer: [record(originalName, RecordType.RRSIG, [...signature()])],
    edns: edns && { udpSize: 1232, version: 0, dnssecOk: true, options: new Uint8Array(0) },
  }),
};

/** A plugin that stands at the end of a chain; some of its replies come later, and some fail. */
export const answers: AnyPlugin = {
  name: 'whoami',
  parse: () => undefined,
  setup: (): Handler => ({ repeats: 'pure', handle: answer }),
};

function answer(query: Query): Reply | Promise<Reply> {
  const first = query.name.slice(0, query.name.indexOf('.'));
  const fields = replies[first];
  if (fields === undefined) return Reply.failure(Rcode.ServerFailure, 'whoami', new Error('no such reply'));
  const reply = new Reply({ ...fields(query), source: 'whoami', repeat: UNCHANGING });
  return first === 'later' ? Promise.resolve(reply) : reply;
}

function signature(): Buffer {
  const data = Buffer.alloc(20);
  data.writeUInt32BE(SIGNATURE_END / 1000, 8);
  data.writeUInt32BE(SIGNATURE_END / 1000 - 100, 12);
  return data;
}
