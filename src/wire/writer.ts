import { RecordType } from './codes.ts';
import type { Edns } from './edns.ts';
import type { Latin1 } from './latin1.ts';
import { readName, skipName, writeName } from './name.ts';
import { HEADER_BYTES } from './message.ts';
import type { Question } from './message.ts';
import { compressibleNameAt, namesIn } from './rdata.ts';
import type { ResourceRecord } from './record.ts';

/** Largest DNS message: the two length bytes of TCP can say no more. */
export const MAXIMUM_MESSAGE_BYTES = 65_535;
/** Largest payload of a UDP datagram over IPv4: 65,535 bytes less the headers of IP and UDP. */
export const MAXIMUM_DATAGRAM_BYTES = 65_507;
/** A pointer has 14 bits. */
const MAXIMUM_POINTER = 0x3fff;
const QUESTION_POINTER = 0xc000 | HEADER_BYTES;
/** A name that is not compressed, ten bytes of fields, and the longest RDATA. */
const SLACK = 255 + 10 + 65_535;

/** An OPT record takes this, and its options. */
export const OPT_BYTES = 11;

/**
 * Writes one message after the other into a buffer of its own.
 *
 * An owner name that equals the question's, or the record's before, always becomes a pointer, which costs nothing
 * to find. With `compress` every name is (RFC 1035, section 4.1.4), but for names in RDATA that must not be
 * (RFC 3597, section 4).
 */
export class MessageWriter {
  readonly buffer = Buffer.allocUnsafeSlow(MAXIMUM_MESSAGE_BYTES + SLACK) as Buffer & Latin1;
  /** Bytes written so far. */
  length = 0;
  #compress = false;
  #questionName = '';
  #ownerName = '';
  #ownerAt = 0;
  /** Where each suffix that was written begins; only filled when compressing. */
  readonly #suffixes = new Map<string, number>();

  /** Begins a message: header with no records yet, and the question unless there is none. */
  begin(id: number, flags: number, question: Question | undefined, compress: boolean): void {
    const buffer = this.buffer;
    this.length = HEADER_BYTES;
    this.#word(0, id);
    this.#word(2, flags);
    for (let at = 4; at < HEADER_BYTES; at++) buffer[at] = 0;
    this.#compress = compress;
    this.#questionName = '';
    this.#ownerName = '';
    if (compress) this.#suffixes.clear();
    if (question === undefined) return;
    this.question(question);
    // A pointer to the root would be longer than the root.
    if (question.name !== '.') this.#questionName = question.name;
  }

  /** Appends a question: the first is `begin`'s, further ones are for links alone (RFC 6762, section 5.3). */
  question(question: Question): void {
    this.buffer[5] = this.buffer[5]! + 1;
    this.#name(question.name);
    this.#append(question.type);
    this.#append(question.class);
  }

  /** Overwrites the flags of the message, once it is known whether it was cut. */
  setFlags(flags: number): void {
    this.#word(2, flags);
  }

  /**
   * Appends as many records of a section as fit into `limit` bytes, stopping at the first that does not.
   * @param countAt offset of the section's count in the header: 6 answer, 8 authority, 10 additional
   * @returns whether all fitted
   */
  section(records: readonly ResourceRecord[], countAt: 6 | 8 | 10, limit: number): boolean {
    let count = 0;
    for (; count < records.length; count++) {
      const start = this.length;
      this.#record(records[count]!);
      if (this.length > limit) {
        this.#takeBack(start);
        break;
      }
    }
    this.#word(countAt, count);
    return count === records.length;
  }

  /** Undoes what was written from there on: no pointer may lead to it. */
  #takeBack(start: number): void {
    this.length = start;
    if (this.#ownerAt >= start) this.#ownerName = '';
    for (const [suffix, at] of this.#suffixes) if (at >= start) this.#suffixes.delete(suffix);
  }

  /** Appends the OPT record; the last of the additional section. */
  opt(edns: Edns, rcode: number): void {
    const buffer = this.buffer;
    buffer[this.length++] = 0;
    this.#append(RecordType.OPT);
    this.#append(edns.udpSize);
    buffer[this.length++] = rcode >> 4;
    buffer[this.length++] = edns.version;
    this.#append(edns.dnssecOk ? 0x8000 : 0);
    this.#append(edns.options.length);
    this.#bytes(edns.options);
    const count = ((buffer[10]! << 8) | buffer[11]!) + 1;
    this.#word(10, count);
  }

  #record(record: ResourceRecord): void {
    this.#owner(record.name);
    this.#append(record.type);
    this.#append(record.class);
    this.#append(record.ttl >>> 16);
    this.#append(record.ttl & 0xffff);
    const lengthAt = this.length;
    this.length += 2;
    if (this.#compress && compressibleNameAt(record.type) >= 0) this.#compressData(record);
    else this.#bytes(record.data);
    this.#word(lengthAt, this.length - lengthAt - 2);
  }

  #owner(name: string): void {
    if (name === this.#questionName) {
      this.#append(QUESTION_POINTER);
      return;
    }
    if (name === this.#ownerName) {
      this.#append(0xc000 | this.#ownerAt);
      return;
    }
    const at = this.length;
    this.#name(name);
    // What a pointer would point to must lie within its reach, and be longer than the pointer.
    if (at <= MAXIMUM_POINTER && this.length - at > 2) {
      this.#ownerName = name;
      this.#ownerAt = at;
    }
  }

  #name(name: string): void {
    if (this.#compress) this.#compressName(name);
    else this.length = writeName(name, this.buffer, this.length);
  }

  /** Writes labels until the rest of the name is one that stands in the message already. */
  #compressName(name: string): void {
    const start = this.length;
    const end = writeName(name, this.buffer, start);
    for (let at = start; this.buffer[at] !== 0; at += this.buffer[at]! + 1) {
      const suffix = this.buffer.latin1Slice(at, end);
      const known = this.#suffixes.get(suffix);
      if (known !== undefined) {
        this.length = at;
        this.#append(0xc000 | known);
        return;
      }
      if (at <= MAXIMUM_POINTER) this.#suffixes.set(suffix, at);
    }
    this.length = end;
  }

  #compressData(record: ResourceRecord): void {
    const { data } = record;
    let at = compressibleNameAt(record.type);
    this.#bytes(data.subarray(0, at));
    for (let count = namesIn(record.type); count > 0; count--) {
      this.#compressName(readName(data, at));
      at = skipName(data, at);
    }
    this.#bytes(data.subarray(at));
  }

  #bytes(data: Uint8Array): void {
    const { buffer } = this;
    const at = this.length;
    // Copying a few bytes by hand is quicker than a call.
    if (data.length > 24) buffer.set(data, at);
    else for (let index = 0; index < data.length; index++) buffer[at + index] = data[index]!;
    this.length = at + data.length;
  }

  #append(value: number): void {
    this.buffer[this.length++] = value >> 8;
    this.buffer[this.length++] = value;
  }

  #word(at: number, value: number): void {
    this.buffer[at] = value >> 8;
    this.buffer[at + 1] = value;
  }
}
