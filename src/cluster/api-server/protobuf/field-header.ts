import { MalformedObjectError } from '../watched-object.ts';

/**
 * How long a field is, told from its first bytes: for messages that are read while they arrive. `FieldReader` reads
 * those that are here.
 */
export class FieldHeader {
  field = 0;
  /** Whether its value is a message or text, with a length in front. */
  delimited = false;
  /** Bytes of the tag and, where the value has one, of its length. */
  headerLength = 0;
  /** Bytes of the value; beyond 2⁵³ it is not exact. */
  valueLength = 0;
  #position = 0;
  #number = 0;

  /**
   * Reads the header at `start`.
   * @returns false when it goes on beyond `end`
   * @throws {MalformedObjectError} where there can be none
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#position = start;
    if (!this.#readNumber(bytes, end)) return false;
    this.field = Math.floor(this.#number / 8);
    const wireType = this.#number % 8;
    if (this.field === 0 || this.field > LARGEST_FIELD) throw malformed(`field number ${this.field}`);
    this.delimited = wireType === 2;
    if (this.delimited) {
      if (!this.#readNumber(bytes, end)) return false;
      this.headerLength = this.#position - start;
      this.valueLength = this.#number;
      return true;
    }
    this.headerLength = this.#position - start;
    if (wireType === 0) {
      if (!this.#readNumber(bytes, end)) return false;
      this.valueLength = this.#position - start - this.headerLength;
    } else if (wireType === 1) this.valueLength = 8;
    else if (wireType === 5) this.valueLength = 4;
    else throw malformed(`field ${this.field} of wire type ${wireType}`);
    return true;
  }

  #readNumber(bytes: Uint8Array, end: number): boolean {
    let number = 0;
    for (let count = 0, factor = 1; count < LONGEST_NUMBER; count++, factor *= 128) {
      if (this.#position >= end) return false;
      const byte = bytes[this.#position++]!;
      number += (byte & 127) * factor;
      if (byte > 127) continue;
      this.#number = number;
      return true;
    }
    throw malformed('a number of more than ten bytes');
  }
}

const LARGEST_FIELD = 2 ** 29 - 1;
const LONGEST_NUMBER = 10;

function malformed(reason: string): MalformedObjectError {
  return new MalformedObjectError(`not protobuf: ${reason}`);
}
