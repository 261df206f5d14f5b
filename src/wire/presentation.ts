import { addressBytes, addressText } from './address.ts';
import { classFromName, className, typeFromName, typeName } from './codes.ts';
import { dataFields } from './data-fields.ts';
import type { DataField } from './data-fields.ts';
import { FormatError } from './errors.ts';
import { nameLength, nameToWire, readName, skipName } from './name.ts';
import type { ResourceRecord } from './record.ts';
import { splitWords } from './words.ts';
import type { Word } from './words.ts';

const MAXIMUM_TEXT_BYTES = 255;

/** A record as in a zone file: `owner ttl class type rdata`, names in full, one space between. */
export function recordText(record: ResourceRecord): string {
  const { name, ttl, type, data } = record;
  return `${name} ${ttl} ${className(record.class)} ${typeName(type)} ${recordDataText(type, data)}`;
}

/**
 * RDATA in presentation form: that of the type's own RFC where Signpost knows it, else `\# length hex`
 * (RFC 3597, section 5); so too where the data is not what its type says.
 */
export function recordDataText(type: number, data: Uint8Array): string {
  const fields = dataFields(type);
  if (fields !== undefined) {
    try {
      return knownText(fields, data);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return data.length === 0 ? '\\# 0' : `\\# ${data.length} ${hexText(data)}`;
}

/**
 * Reads `owner ttl class type rdata`. Names without a last dot are taken as full.
 * @throws FormatError when it is not that
 */
export function parseRecord(text: string): ResourceRecord {
  const [owner, ttl, classWord, typeWord, ...rest] = splitWords(text);
  if (typeWord === undefined) throw new FormatError('expected owner, ttl, class, type and data');
  const type = typeFromName(typeWord.text);
  const recordClass = classFromName(classWord!.text);
  if (recordClass === undefined) throw new FormatError(`unknown class '${classWord!.text}'`);
  if (type === undefined) throw new FormatError(`unknown type '${typeWord.text}'`);
  const name = readName(nameToWire(owner!.text), 0);
  return { name, type, class: recordClass, ttl: number(ttl, 0x7fff_ffff), data: parseRecordData(type, rest) };
}

/**
 * RDATA in wire form from its words. Names without a last dot are taken as full.
 * @throws FormatError when they are not what the type asks for
 */
export function parseRecordData(type: number, words: readonly Word[]): Uint8Array {
  if (words[0]?.text === '\\#' && !words[0].quoted) return unknownData(words);
  const fields = dataFields(type);
  if (fields === undefined) throw new FormatError(`expected '\\# length hex' as data of ${typeName(type)}`);
  const parts: Uint8Array[] = [];
  let next = 0;
  for (const field of fields) {
    const rest = field === 'texts' || field === 'hex';
    if (next === words.length) throw new FormatError(`data of ${typeName(type)} is too short`);
    parts.push(...(rest ? restData(field, words.slice(next)) : [fieldData(field, words[next]!)]));
    next = rest ? words.length : next + 1;
  }
  if (next < words.length) {
    throw new FormatError(`unexpected '${words[next]!.text}' after the data of ${typeName(type)}`);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function knownText(fields: readonly DataField[], data: Uint8Array): string {
  const reader = new DataReader(data);
  const words = fields.flatMap((field) => reader.field(field));
  reader.end();
  return words.join(' ');
}

/** Reads RDATA field by field. */
class DataReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  field(field: DataField): string[] {
    switch (field) {
      case 'byte':
        return [String(this.#number(1))];
      case 'word':
        return [String(this.#number(2))];
      case 'long':
        return [String(this.#number(4))];
      case 'ipv4':
        return [addressText(this.#take(4))];
      case 'ipv6':
        return [addressText(this.#take(16))];
      case 'name':
        return [this.#name()];
      case 'text':
        return [quoted(this.#string())];
      case 'tag':
        return [this.#tag()];
      case 'value':
        return [quoted(this.#take(this.#left))];
      case 'hex':
        return [this.#hex()];
      case 'texts':
        return this.#texts();
    }
  }

  end(): void {
    if (this.#left > 0) throw new FormatError('bytes are left over');
  }

  get #left(): number {
    return this.#data.length - this.#at;
  }

  #take(count: number): Uint8Array {
    if (count > this.#left) throw new FormatError('record data is cut short');
    this.#at += count;
    return this.#data.subarray(this.#at - count, this.#at);
  }

  #number(bytes: number): number {
    return this.#take(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  #name(): string {
    const start = this.#at;
    const name = readName(this.#data, start);
    this.#at = skipName(this.#data, start);
    if (this.#at - start !== nameLength(name)) throw new FormatError('name in record data is compressed');
    return name;
  }

  #string(): Uint8Array {
    return this.#take(this.#number(1));
  }

  /** RFC 8659, section 4.1. */
  #tag(): string {
    const tag = escaped(this.#string());
    if (!/^[a-zA-Z0-9]+$/.test(tag)) throw new FormatError('tag is not made of letters and digits');
    return tag;
  }

  #hex(): string {
    if (this.#left === 0) throw new FormatError('record data is cut short');
    return hexText(this.#take(this.#left));
  }

  #texts(): string[] {
    const texts: string[] = [];
    do texts.push(quoted(this.#string()));
    while (this.#left > 0);
    return texts;
  }
}

function fieldData(field: DataField, word: Word): Uint8Array {
  switch (field) {
    case 'byte':
      return Uint8Array.of(number(word, 0xff));
    case 'word':
      return bigEndian(number(word, 0xffff), 2);
    case 'long':
      return bigEndian(number(word, 0xffff_ffff), 4);
    case 'ipv4':
      return address(word, 4);
    case 'ipv6':
      return address(word, 16);
    case 'name':
      return nameToWire(word.text);
    case 'value':
      return unescaped(word.text);
    default:
      return characterString(word);
  }
}

function restData(field: 'texts' | 'hex', words: readonly Word[]): Uint8Array[] {
  if (field === 'texts') return words.map(characterString);
  return [fromHex(words.map((word) => word.text).join(''))];
}

function unknownData([, length, ...hex]: readonly Word[]): Uint8Array {
  const data = fromHex(hex.map((word) => word.text).join(''));
  if (data.length !== number(length, 0xffff)) throw new FormatError('data is not as long as it says');
  return data;
}

function characterString(word: Word): Uint8Array {
  const bytes = unescaped(word.text);
  if (bytes.length > MAXIMUM_TEXT_BYTES) throw new FormatError('character string is longer than 255 bytes');
  return Uint8Array.from([bytes.length, ...bytes]);
}

/** Escapes are `\X` and `\DDD`; all else is UTF-8. */
function unescaped(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', start)) {
    parts.push(Buffer.from(text.slice(start, at)));
    const digits = text.slice(at + 1, at + 4);
    const decimal = /^\d{3}$/.test(digits);
    if (decimal ? Number(digits) > 255 : /^\d/.test(digits) || digits === '') {
      throw new FormatError(`'\\${digits}' is no escape`);
    }
    const next = String.fromCodePoint(text.codePointAt(at + 1)!);
    parts.push(decimal ? Buffer.of(Number(digits)) : Buffer.from(next));
    start = at + 1 + (decimal ? 3 : next.length);
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(start))]);
}

function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes)}"`;
}

function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte < 32 || byte > 126) text += `\\${String(byte).padStart(3, '0')}`;
    else text += byte === 34 || byte === 92 ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return text;
}

function number(word: Word | undefined, maximum: number): number {
  const value = word !== undefined && /^\d{1,10}$/.test(word.text) ? Number(word.text) : Infinity;
  if (value > maximum)
    throw new FormatError(`expected a number from 0 to ${maximum}, not '${word?.text ?? ''}'`);
  return value;
}

function bigEndian(value: number, bytes: 2 | 4): Uint8Array {
  const data = Buffer.alloc(bytes);
  data.writeUIntBE(value, 0, bytes);
  return data;
}

function address(word: Word, bytes: 4 | 16): Uint8Array {
  const data = addressBytes(word.text);
  if (data?.length !== bytes || word.text.includes('%')) {
    throw new FormatError(`expected an IPv${bytes === 4 ? 4 : 6} address, not '${word.text}'`);
  }
  return data;
}

function hexText(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text))
    throw new FormatError(`'${text}' is not hexadecimal`);
  return Buffer.from(text, 'hex');
}
