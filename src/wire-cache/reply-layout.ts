import { HeaderFlag, RecordType } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import { skipName } from '../wire/name.ts';
import { compressibleNameAt, namesIn } from '../wire/rdata.ts';
import { OPT_BYTES } from '../wire/writer.ts';

/** Type, class, TTL and data length of a record (RFC 1035, section 4.1.3). */
const RECORD_BYTES = 10;
/** Type and class of a question. */
const QUESTION_BYTES = 4;
const POINTER = 0xc0;

/** Where a record lies in a message, in bytes from the message's beginning. */
export interface RecordPlace {
  readonly section: 'answer' | 'authority' | 'additional';
  readonly type: number;
  readonly ttl: number;
  readonly start: number;
  /** Where the owner name ends and the type begins. */
  readonly fields: number;
  readonly data: number;
  readonly end: number;
  /** What its compressed names point to. */
  readonly pointers: readonly number[];
}

/** Where everything lies in a message that is to be repeated. */
export interface ReplyLayout {
  readonly truncated: boolean;
  readonly questionEnd: number;
  /** Without OPT. */
  readonly records: readonly RecordPlace[];
  /** Where the OPT record begins, which is the last one; the message's end when there is none. */
  readonly opt: number;
}

/**
 * Finds the records of a reply with one question.
 * @throws FormatError when it is not what it should be, or has an OPT record with options or before others
 */
export function readLayout(bytes: Uint8Array): ReplyLayout {
  if (bytes.length < HEADER_BYTES) throw new FormatError('message is shorter than its header');
  const flags = word(bytes, 2);
  if ((flags & HeaderFlag.QR) === 0 || word(bytes, 4) !== 1)
    throw new FormatError('not a reply to one question');
  const questionEnd = skipName(bytes, HEADER_BYTES) + QUESTION_BYTES;
  const records: RecordPlace[] = [];
  let at = questionEnd;
  let opt = bytes.length;
  for (const [index, section] of (['answer', 'authority', 'additional'] as const).entries()) {
    for (let count = word(bytes, 6 + 2 * index); count > 0; count--) {
      const record = readPlace(bytes, at, section);
      at = record.end;
      if (record.type !== RecordType.OPT) records.push(record);
      else if (at !== bytes.length || at - record.start !== OPT_BYTES)
        throw new FormatError('an odd OPT record');
      else opt = record.start;
    }
  }
  if (at !== bytes.length) throw new FormatError('bytes follow the last record');
  return { truncated: (flags & HeaderFlag.TC) !== 0, questionEnd, records, opt };
}

function readPlace(bytes: Uint8Array, start: number, section: RecordPlace['section']): RecordPlace {
  const pointers: number[] = [];
  const fields = followName(bytes, start, pointers);
  const data = fields + RECORD_BYTES;
  if (data > bytes.length) throw new FormatError('record is cut short');
  const type = word(bytes, fields);
  const end = data + word(bytes, fields + 8);
  if (end > bytes.length) throw new FormatError('record data is cut short');
  const ttl = (word(bytes, fields + 4) << 16) | word(bytes, fields + 6);
  let at = data + compressibleNameAt(type);
  if (at >= data) for (let names = namesIn(type); names > 0; names--) at = followName(bytes, at, pointers);
  return { section, type, ttl, start, fields, data, end, pointers };
}

/** The offset after a name; what it points to is added to `pointers`. */
function followName(bytes: Uint8Array, offset: number, pointers: number[]): number {
  const end = skipName(bytes, offset);
  let at = offset;
  while (at < end && bytes[at]! > 0 && bytes[at]! < POINTER) at += bytes[at]! + 1;
  if (bytes[at]! >= POINTER) pointers.push(word(bytes, at) & 0x3fff);
  return end;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
