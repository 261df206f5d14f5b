import { RecordType } from './codes.ts';
import type { Edns } from './edns.ts';
import { FormatError } from './errors.ts';
import { readName, skipName } from './name.ts';
import { readRecordData } from './rdata.ts';
import type { ResourceRecord } from './record.ts';

export const HEADER_BYTES = 12;

/** What an empty section is, as most are. */
const NO_RECORDS: readonly ResourceRecord[] = [];

/** What is asked (RFC 1035, section 4.1.2). The name is in presentation form, letter case kept. */
export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A whole DNS message, decoded. */
export interface Message {
  readonly id: number;
  /** The second 16-bit word of the header. */
  readonly flags: number;
  /** Full response code, with the upper bits from OPT. */
  readonly rcode: number;
  /** The first question. */
  readonly question: Question | undefined;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without OPT. */
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
}

/**
 * Decodes a message.
 * @param exact whether bytes after its last record make it none; they are ignored otherwise
 * @param known its only question, where the caller has compared that already
 * @throws FormatError when it is not one
 */
export function readMessage(bytes: Uint8Array, exact = false, known?: Question): Message {
  if (bytes.length < HEADER_BYTES) throw new FormatError('message is shorter than its header');
  const reader = new RecordReader(bytes);
  const flags = word(bytes, 2);
  if (known !== undefined) reader.knownQuestion(known);
  const question = known ?? reader.questions(word(bytes, 4))[0];
  const answer = reader.records(word(bytes, 6));
  const authority = reader.records(word(bytes, 8));
  const additional = reader.records(word(bytes, 10));
  if (exact && reader.offset !== bytes.length) throw new FormatError('bytes follow the last record');
  const upper = reader.extendedRcode << 4;
  return {
    id: word(bytes, 0),
    flags,
    rcode: (flags & 15) | upper,
    question,
    answer,
    authority,
    additional,
    edns: reader.edns,
  };
}

/** Reads the sections of a message one after the other, and keeps the OPT record aside. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  #at = HEADER_BYTES;
  /** What stands at the first question, once that is read: most owner names are pointers to it. */
  #questionName: string | undefined;
  edns: Edns | undefined;
  extendedRcode = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Where the next record begins. */
  get offset(): number {
    return this.#at;
  }

  /** All of `count` questions: one, but on links (RFC 6762, section 5.3). */
  questions(count: number): Question[] {
    let questions: Question[] = [];
    for (let index = 0; index < count; index++) {
      const name = readName(this.#bytes, this.#at);
      const at = skipName(this.#bytes, this.#at);
      this.#at = at + 4;
      if (this.#at > this.#bytes.length) throw new FormatError('question is cut short');
      const question = { name, type: word(this.#bytes, at), class: word(this.#bytes, at + 2) };
      // To push to an empty array makes room for 17, and nearly all have one.
      if (index === 0) {
        questions = [question];
        this.#questionName = name;
      } else questions.push(question);
    }
    return questions;
  }

  /** In place of `questions`. */
  knownQuestion({ name }: Question): void {
    this.#questionName = name;
    this.#at = skipName(this.#bytes, HEADER_BYTES) + 4;
  }

  records(count: number): readonly ResourceRecord[] {
    if (count === 0) return NO_RECORDS;
    let records: ResourceRecord[] = [];
    for (let index = 0; index < count; index++) {
      const record = this.#record();
      if (record === undefined) continue;
      if (records.length === 0) records = [record];
      else records.push(record);
    }
    return records;
  }

  #record(): ResourceRecord | undefined {
    const bytes = this.#bytes;
    const isQuestion = bytes[this.#at] === 0xc0 && bytes[this.#at + 1] === HEADER_BYTES;
    const name = (isQuestion ? this.#questionName : undefined) ?? readName(bytes, this.#at);
    const at = isQuestion ? this.#at + 2 : skipName(bytes, this.#at);
    if (at + 10 > bytes.length) throw new FormatError('record is cut short');
    const type = word(bytes, at);
    const length = word(bytes, at + 8);
    const data = readRecordData(bytes, at + 10, length, type);
    this.#at = at + 10 + length;
    if (type === RecordType.OPT) {
      this.#options(name, at, data);
      return undefined;
    }
    // The highest bit of a TTL must be clear; one that is not stands for zero (RFC 2181, section 8).
    const ttl = bytes[at + 4]! > 127 ? 0 : ((word(bytes, at + 4) << 16) | word(bytes, at + 6)) >>> 0;
    return { name, type, class: word(bytes, at + 2), ttl, data };
  }

  #options(name: string, at: number, options: Uint8Array): void {
    if (name !== '.') throw new FormatError('OPT record is not at the root');
    if (this.edns !== undefined) throw new FormatError('more than one OPT record');
    checkOptions(options);
    this.extendedRcode = this.#bytes[at + 4]!;
    this.edns = {
      udpSize: word(this.#bytes, at + 2),
      version: this.#bytes[at + 5]!,
      dnssecOk: (this.#bytes[at + 6]! & 0x80) !== 0,
      options,
    };
  }
}

function checkOptions(options: Uint8Array): void {
  for (let at = 0; at < options.length;) {
    if (at + 4 > options.length) throw new FormatError('EDNS option is cut short');
    at += 4 + word(options, at + 2);
    if (at > options.length) throw new FormatError('EDNS option is cut short');
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
