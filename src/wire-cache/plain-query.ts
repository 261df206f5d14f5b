import { RecordType } from '../wire/codes.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import { MAXIMUM_NAME_BYTES } from '../wire/name.ts';
import { OPT_BYTES } from '../wire/writer.ts';

/** Type and class of a question. */
const QUESTION_BYTES = 4;

/** The id is no part of what is looked up. */
export const ID_BYTES = 2;
/** The shortest plain query: a header and a question for the root. */
export const MINIMUM_PLAIN_BYTES: number = HEADER_BYTES + 1 + QUESTION_BYTES;
/** The longest plain query: a header, a question for the longest name, and a bare OPT record. */
export const MAXIMUM_PLAIN_BYTES: number = HEADER_BYTES + MAXIMUM_NAME_BYTES + QUESTION_BYTES + OPT_BYTES;

/**
 * Whether a packet is a query as nearly all are: opcode QUERY, one question that is not compressed, no records but
 * at most one OPT of version 0 without options, and nothing behind. Only such queries are ever learned.
 */
export function isPlain(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < MINIMUM_PLAIN_BYTES || length > MAXIMUM_PLAIN_BYTES) return false;
  // QR and the four bits of the opcode.
  if ((bytes[offset + 2]! & 0xf8) !== 0) return false;
  if (bytes[offset + 4] !== 0 || bytes[offset + 5] !== 1) return false;
  if (bytes[offset + 6] !== 0 || bytes[offset + 7] !== 0) return false;
  if (bytes[offset + 8] !== 0 || bytes[offset + 9] !== 0) return false;
  if (bytes[offset + 10] !== 0 || bytes[offset + 11]! > 1) return false;
  const end = offset + length;
  const start = offset + HEADER_BYTES;
  let at = start;
  for (let size = bytes[at]!; size !== 0; size = bytes[at]!) {
    if (size > 63) return false;
    at += size + 1;
    if (at >= end) return false;
  }
  at++;
  if (at - start > MAXIMUM_NAME_BYTES) return false;
  at += QUESTION_BYTES;
  if (bytes[offset + 11] === 0) return at === end;
  return at + OPT_BYTES === end && isPlainOpt(bytes, at);
}

/** Root, OPT, any size and flags, version 0, no data (RFC 6891, section 6.1.2). */
function isPlainOpt(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0 &&
    bytes[at + 1] === 0 &&
    bytes[at + 2] === RecordType.OPT &&
    bytes[at + 6] === 0 &&
    bytes[at + 9] === 0 &&
    bytes[at + 10] === 0
  );
}
