import { addressBytes, addressText } from './address.ts';
import { classFromName, className, typeFromName, typeName } from './codes.ts';
import { dataFields } from './data-fields.ts';
import type { DataField } from './data-fields.ts';
import { FormatError } from './errors.ts';
import { nameLength, nameToWire, readName, skipName } from './name.ts';
import type { ResourceRecord } from './record.ts';
import { serviceParameters, serviceParameterTexts } from './service-parameters.ts';
import { signatureTime, signatureTimeText } from './signature-time.ts';
import { escapedText, unescapedBytes } from './text-escapes.ts';
import { typeBitmap, typeBitmapNames } from './type-bitmap.ts';
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
    const rest = isRest(field);
    if (next === words.length && !mayBeEmpty(field))
      throw new FormatError(`data of ${typeName(type)} is too short`);
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
      case 'base64':
        return [this.#base64()];
      case 'type':
        return [typeName(this.#number(2))];
      case 'time':
        return [signatureTimeText(this.#number(4))];
      case 'types':
        return typeBitmapNames(this.#take(this.#left));
      case 'parameters':
        return serviceParameterTexts(this.#take(this.#left));
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
    const tag = escapedText(this.#string());
    if (!/^[a-zA-Z0-9]+$/.test(tag)) throw new FormatError('tag is not made of letters and digits');
    return tag;
  }

  #hex(): string {
    if (this.#left === 0) throw new FormatError('record data is cut short');
    return hexText(this.#take(this.#left));
  }

  #base64(): string {
    if (this.#left === 0) throw new FormatError('record data is cut short');
    return Buffer.from(this.#take(this.#left)).toString('base64');
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
      return unescapedBytes(word.text);
    case 'type':
      return bigEndian(typeNumber(word), 2);
    case 'time':
      return bigEndian(signatureTime(word.text), 4);
    default:
      return characterString(word);
  }
}

type RestField = 'texts' | 'hex' | 'base64' | 'types' | 'parameters';

/** Whether a field takes all the words that are left. */
function isRest(field: DataField): field is RestField {
  return field === 'texts' || field === 'hex' || field === 'base64' || mayBeEmpty(field);
}

function mayBeEmpty(field: DataField): boolean {
  return field === 'types' || field === 'parameters';
}

function restData(field: RestField, words: readonly Word[]): Uint8Array[] {
  switch (field) {
    case 'texts':
      return words.map(characterString);
    case 'hex':
      return [fromHex(joinedText(words))];
    case 'base64':
      return [fromBase64(joinedText(words))];
    case 'types':
      return [typeBitmap(words.map((word) => word.text))];
    case 'parameters':
      return [serviceParameters(words)];
  }
}

function joinedText(words: readonly Word[]): string {
  return words.map((word) => word.text).join('');
}

function typeNumber(word: Word): number {
  const type = typeFromName(word.text);
  if (type === undefined) throw new FormatError(`unknown type '${word.text}'`);
  return type;
}

function unknownData([, length, ...hex]: readonly Word[]): Uint8Array {
  const data = fromHex(joinedText(hex));
  if (data.length !== number(length, 0xffff)) throw new FormatError('data is not as long as it says');
  return data;
}

function characterString(word: Word): Uint8Array {
  const bytes = unescapedBytes(word.text);
  if (bytes.length > MAXIMUM_TEXT_BYTES) throw new FormatError('character string is longer than 255 bytes');
  return Uint8Array.from([bytes.length, ...bytes]);
}

function quoted(bytes: Uint8Array): string {
  return `"${escapedText(bytes)}"`;
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

function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw new FormatError(`'${text}' is not base64`);
  }
  return Buffer.from(text, 'base64');
}
