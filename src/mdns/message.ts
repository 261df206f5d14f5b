import { HeaderFlag, RecordClass, RecordType } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES, RecordReader } from '../wire/message.ts';
import type { ResourceRecord } from '../wire/record.ts';

/** The port of mDNS, for both ends (RFC 6762, section 5.2); who asks from another is a legacy client (6.7). */
export const MULTICAST_PORT = 5353;

/** A record as links speak of it, always of class IN. */
export interface LinkRecord extends ResourceRecord {
  /** Nobody else has records of this name and type: the cache-flush bit (RFC 6762, section 10.2). */
  readonly unique: boolean;
}

/** A question on a link. Class is IN. */
export interface LinkQuestion {
  /** Presentation form, letter case as asked. */
  readonly name: string;
  readonly type: number;
  /** A unicast reply is welcome: the QU bit (RFC 6762, section 5.4). */
  readonly unicast: boolean;
}

/** A packet of mDNS. What is not of class IN is left out. */
export interface LinkMessage {
  /** 0, but for legacy clients. */
  readonly id: number;
  readonly isResponse: boolean;
  /** More known answers follow in another packet (RFC 6762, section 7.2). */
  readonly truncated: boolean;
  readonly questions: readonly LinkQuestion[];
  /** Of a query: what the asker knows already. */
  readonly answers: readonly LinkRecord[];
  /** Of a query: what a prober is about to claim (RFC 6762, section 8.2). */
  readonly authority: readonly LinkRecord[];
  readonly additional: readonly LinkRecord[];
  /** The options of its OPT record, in wire form; empty when it has none. */
  readonly options: Uint8Array;
}

/** The highest bit of a class: unique in a record, QU in a question. */
export const TOP_BIT = 0x8000;

const OPCODE_AND_RCODE = 0x780f;

/**
 * Reads a packet of mDNS; undefined for one that is to be ignored in silence: an opcode or a response code that is
 * not 0 (RFC 6762, sections 18.3 and 18.11).
 * @throws FormatError when it is none
 */
export function readLinkMessage(bytes: Uint8Array): LinkMessage | undefined {
  if (bytes.length < HEADER_BYTES) throw new FormatError('message is shorter than its header');
  const flags = word(bytes, 2);
  if ((flags & OPCODE_AND_RCODE) !== 0) return undefined;
  const reader = new RecordReader(bytes);
  const questions = reader.questions(word(bytes, 4)).flatMap((question) => {
    if (!isInternet(question.class) && (question.class & ~TOP_BIT) !== RecordClass.ANY) return [];
    return [{ name: question.name, type: question.type, unicast: question.class >= TOP_BIT }];
  });
  const answers = linkRecords(reader.records(word(bytes, 6)));
  const authority = linkRecords(reader.records(word(bytes, 8)));
  const additional = linkRecords(reader.records(word(bytes, 10)));
  return {
    id: word(bytes, 0),
    isResponse: (flags & HeaderFlag.QR) !== 0,
    truncated: (flags & HeaderFlag.TC) !== 0,
    questions,
    answers,
    authority,
    additional,
    options: reader.edns?.options ?? NO_OPTIONS,
  };
}

function linkRecords(records: readonly ResourceRecord[]): LinkRecord[] {
  const read: LinkRecord[] = [];
  for (const record of records) {
    if (!isInternet(record.class) || record.type === RecordType.ANY) continue;
    const { name, type, ttl, data } = record;
    read.push({ name, type, class: RecordClass.IN, ttl, data, unique: record.class >= TOP_BIT });
  }
  return read;
}

function isInternet(recordClass: number): boolean {
  return (recordClass & ~TOP_BIT) === RecordClass.IN;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
