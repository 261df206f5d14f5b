import type { ExtendedError } from './extended-error.ts';
import { extendedErrorOption } from './extended-error.ts';
import type { ResourceRecord } from './record.ts';
import { nameLength } from './name.ts';
import { OPT_BYTES } from './writer.ts';

const HEADER_BYTES = 12;
/** Type and class of the question (RFC 1035, section 4.1.2). */
const QUESTION_BYTES = 4;
/** Type, class, TTL and data length of a record (RFC 1035, section 4.1.3). */
const RECORD_BYTES = 10;
/** Code and length of an EDNS option (RFC 6891, section 6.1.2). */
const OPTION_BYTES = 4;

/** What of a question counts for the length of the message. */
export interface MeasuredQuestion {
  readonly originalName: string;
  /** Undefined: the client sent no OPT record, and is told no reason. */
  readonly edns?: object | undefined;
}

/** What of a reply counts for the length of the message. */
export interface MeasuredReply {
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly edns: { readonly options: Uint8Array } | undefined;
  readonly extendedError?: ExtendedError | undefined;
}

/**
 * Bytes of a reply as a plugin made it: with its question and without compression, before the client's OPT is
 * added and before it is cut to size. What logs and metrics show.
 */
export function messageLength(question: MeasuredQuestion, reply: MeasuredReply): number {
  return (
    bareLength(question) +
    recordsLength(reply.answer) +
    recordsLength(reply.authority) +
    recordsLength(reply.additional) +
    optLength(question, reply)
  );
}

/** Bytes of a reply that has a header and its question only. */
export function bareLength(question: MeasuredQuestion): number {
  return HEADER_BYTES + nameLength(question.originalName) + QUESTION_BYTES;
}

function optLength(question: MeasuredQuestion, { edns, extendedError }: MeasuredReply): number {
  const length = edns === undefined ? 0 : OPT_BYTES + edns.options.length;
  if (extendedError === undefined || question.edns === undefined) return length;
  return (length || OPT_BYTES) + OPTION_BYTES + extendedErrorOption(extendedError).data.length;
}

function recordsLength(records: readonly ResourceRecord[]): number {
  let length = 0;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    length += nameLength(record.name) + RECORD_BYTES + record.data.length;
  }
  return length;
}
