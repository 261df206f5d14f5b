import type { Latin1 } from '../../../wire/latin1.ts';
import { MalformedObjectError } from '../watched-object.ts';
import { InternedTexts } from './interned-texts.ts';

/**
 * Walks over the fields of a protobuf message (protobuf.dev, "Encoding") without copying: `next` goes to a field and
 * past its value, then one of the other methods reads the value. A message within the message is walked by the same
 * reader: `enter` goes back to its first byte and returns where it ends.
 *
 * @throws {MalformedObjectError} from all methods, and nothing else whatever the bytes are
 */
export class FieldReader {
  /** Number of the field that `next` came to. */
  field = 0;
  #bytes = Buffer.alloc(0) as Buffer & Latin1;
  #source: Uint8Array = this.#bytes;
  #position = 0;
  #wireType = 0;
  /** Of a number: its lower 32 bits as a signed integer, and the upper. */
  #low = 0;
  #high = 0;
  /** Of a length-delimited value: where it is. */
  #start = 0;
  #end = 0;
  readonly #interned = new InternedTexts();

  /** Begins with the message at `start`. @returns where it ends: `end` */
  open(bytes: Uint8Array, start: number, end: number): number {
    if (!(start >= 0 && start <= end && end <= bytes.length)) throw malformed('a message beyond its bytes');
    if (bytes !== this.#source) {
      this.#source = bytes;
      const { buffer, byteOffset, length } = bytes;
      this.#bytes = (bytes instanceof Buffer ? bytes : Buffer.from(buffer, byteOffset, length)) as Buffer &
        Latin1;
    }
    this.#position = start;
    return end;
  }

  /** Goes to the next field. @param end of the message @returns whether there was one */
  next(end: number): boolean {
    if (this.#position >= end) return false;
    this.#readNumber(end);
    if (this.#high !== 0) throw malformed('a field number that is too large');
    this.field = this.#low >>> 3;
    if (this.field === 0) throw malformed('field number 0');
    this.#wireType = this.#low & 7;
    if (this.#wireType === LENGTH_DELIMITED) this.#delimit(end);
    else if (this.#wireType === NUMBER) this.#readNumber(end);
    else if (this.#wireType === EIGHT_BYTES) this.#skip(8, end);
    else if (this.#wireType === FOUR_BYTES) this.#skip(4, end);
    else throw malformed(`field ${this.field} of wire type ${this.#wireType}`);
    return true;
  }

  /** Goes to the first field of the message that is the value. @returns where that ends */
  enter(): number {
    this.#expect(LENGTH_DELIMITED);
    this.#position = this.#start;
    return this.#end;
  }

  /** Goes on after a message whose remaining fields do not matter. @param end what `enter` returned */
  leave(end: number): void {
    this.#position = end;
  }

  /** Goes back to the first field. @param start of the message */
  rewind(start: number): void {
    this.#position = start;
  }

  /** First byte of the value, a message or text. */
  get valueStart(): number {
    this.#expect(LENGTH_DELIMITED);
    return this.#start;
  }

  /** The byte after the value. */
  get valueEnd(): number {
    this.#expect(LENGTH_DELIMITED);
    return this.#end;
  }

  /** The value as text. What is not UTF-8 becomes U+FFFD. */
  text(): string {
    this.#expect(LENGTH_DELIMITED);
    const start = this.#start;
    const end = this.#end;
    if (start === end) return '';
    const bytes = this.#bytes;
    for (let index = start; index < end; index++) {
      if (bytes[index]! > 127) return bytes.toString('utf8', start, end);
    }
    return bytes.latin1Slice(start, end);
  }

  /** As `text`, for values that many objects share: namespaces, nodes, zones, names of ports. */
  sharedText(): string {
    this.#expect(LENGTH_DELIMITED);
    return this.#interned.find(this.#bytes, this.#start, this.#end) ?? this.text();
  }

  /** Whether the value is this text. */
  is(text: Buffer): boolean {
    this.#expect(LENGTH_DELIMITED);
    const start = this.#start;
    if (this.#end - start !== text.length) return false;
    const bytes = this.#bytes;
    for (let index = text.length - 1; index >= 0; index--) {
      if (bytes[start + index] !== text[index]) return false;
    }
    return true;
  }

  /** The value as an int32; of larger numbers the lower 32 bits, as Go has it. */
  integer(): number {
    this.#expect(NUMBER);
    return this.#low;
  }

  /** The value as a bool. */
  truth(): boolean {
    this.#expect(NUMBER);
    return this.#low !== 0 || this.#high !== 0;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed(`field ${this.field} of wire type ${this.#wireType}`);
  }

  #delimit(end: number): void {
    this.#readNumber(end);
    const start = this.#position;
    if (this.#high !== 0 || this.#low < 0 || this.#low > end - start) {
      throw malformed(`field ${this.field} is longer than what it stands in`);
    }
    this.#start = start;
    this.#end = start + this.#low;
    this.#position = this.#end;
  }

  #skip(count: number, end: number): void {
    if (end - this.#position < count) throw malformed('it ends within a number');
    this.#position += count;
  }

  /** A varint: seven bits a byte, the lowest first; at most ten bytes, of a negative number all ten. */
  #readNumber(end: number): void {
    const bytes = this.#bytes;
    let position = this.#position;
    const first = position < end ? bytes[position++]! : 128;
    let low = first & 127;
    let high = 0;
    let byte = first;
    for (let shift = 7; byte > 127; shift += 7) {
      if (position >= end) throw malformed('it ends within a number');
      byte = bytes[position++]!;
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= byte << 28;
        high = (byte & 127) >>> 4;
      } else if (shift < 70) high |= (byte & 127) << (shift - 32);
      else throw malformed('a number of more than ten bytes');
    }
    this.#position = position;
    this.#low = low;
    this.#high = high;
  }
}

const NUMBER = 0;
const EIGHT_BYTES = 1;
const LENGTH_DELIMITED = 2;
const FOUR_BYTES = 5;

function malformed(reason: string): MalformedObjectError {
  return new MalformedObjectError(`not protobuf: ${reason}`);
}
