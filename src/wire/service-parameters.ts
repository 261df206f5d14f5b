import { addressBytes, addressText } from './address.ts';
import { FormatError } from './errors.ts';
import { escapedText, unescapedBytes } from './text-escapes.ts';
import type { Word } from './words.ts';

/** How a value is written (RFC 9460, section 14.3.2, and those registered since). */
type ValueForm = 'keys' | 'alpn' | 'none' | 'port' | 'ipv4' | 'ipv6' | 'base64' | 'text';

const keys: readonly (readonly [name: string, form: ValueForm])[] = [
  ['mandatory', 'keys'],
  ['alpn', 'alpn'],
  ['no-default-alpn', 'none'],
  ['port', 'port'],
  ['ipv4hint', 'ipv4'],
  ['ech', 'base64'],
  ['ipv6hint', 'ipv6'],
  ['dohpath', 'text'],
  ['ohttp', 'none'],
];

/**
 * The parameters of SVCB and HTTPS records in presentation form, one word each: `alpn="h2,h3"`.
 * @throws FormatError when they are cut short, out of order, or not what their keys say
 */
export function serviceParameterTexts(data: Uint8Array): string[] {
  const texts: string[] = [];
  let last = -1;
  for (let at = 0; at < data.length;) {
    if (at + 4 > data.length) throw new FormatError('service parameter is cut short');
    const key = (data[at]! << 8) | data[at + 1]!;
    const end = at + 4 + ((data[at + 2]! << 8) | data[at + 3]!);
    if (end > data.length || key <= last) throw new FormatError('service parameters are malformed');
    const value = valueText(keys[key]?.[1] ?? 'text', data.subarray(at + 4, end));
    texts.push(value === '' ? keyName(key) : `${keyName(key)}="${value}"`);
    last = key;
    at = end;
  }
  return texts;
}

/**
 * The parameters in wire form, in the order of their keys. A word that ends in `=` takes the quoted one behind it.
 * @throws FormatError when one is not known, given twice, or not what its key asks for
 */
export function serviceParameters(words: readonly Word[]): Uint8Array {
  const parameters = new Map<number, Uint8Array>();
  for (let index = 0; index < words.length; index++) {
    const { text } = words[index]!;
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    let value = equals < 0 ? '' : text.slice(equals + 1);
    if (equals >= 0 && value === '' && words[index + 1]?.quoted === true) value = words[++index]!.text;
    const key = keyNumber(name);
    if (parameters.has(key)) throw new FormatError(`service parameter '${name}' is given twice`);
    parameters.set(key, valueData(keys[key]?.[1] ?? 'text', name, value));
  }
  const parts: Uint8Array[] = [];
  for (const [key, value] of [...parameters].sort(([left], [right]) => left - right)) {
    parts.push(Uint8Array.of(key >> 8, key & 255, value.length >> 8, value.length & 255), value);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function keyName(key: number): string {
  return keys[key]?.[0] ?? `key${key}`;
}

function keyNumber(name: string): number {
  const lower = name.toLowerCase();
  const known = keys.findIndex(([key]) => key === lower);
  if (known >= 0) return known;
  const number = /^key\d{1,5}$/.test(lower) ? Number(lower.slice(3)) : NaN;
  if (number <= 0xffff) return number;
  throw new FormatError(`unknown service parameter '${name}'`);
}

function valueText(form: ValueForm, value: Uint8Array): string {
  switch (form) {
    case 'none':
      return escapedText(value);
    case 'keys':
      return pieces(value, 2, (piece) => keyName((piece[0]! << 8) | piece[1]!));
    case 'port':
      return pieces(value, 2, (piece) => String((piece[0]! << 8) | piece[1]!));
    case 'ipv4':
      return pieces(value, 4, addressText);
    case 'ipv6':
      return pieces(value, 16, addressText);
    case 'base64':
      return Buffer.from(value).toString('base64');
    case 'alpn':
      return alpnTexts(value).join(',');
    case 'text':
      return escapedText(value);
  }
}

function pieces(value: Uint8Array, size: number, text: (piece: Uint8Array) => string): string {
  if (value.length % size !== 0) throw new FormatError('service parameter has the wrong length');
  const texts: string[] = [];
  for (let at = 0; at < value.length; at += size) texts.push(text(value.subarray(at, at + size)));
  return texts.join(',');
}

/** A comma within a protocol's name takes two backslashes: one for the list, one for the string (RFC 9460, A.1). */
function alpnTexts(value: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < value.length;) {
    const end = at + 1 + value[at]!;
    if (end > value.length) throw new FormatError('service parameter is cut short');
    const name = Buffer.from(value.subarray(at + 1, end))
      .toString('latin1')
      .replace(/[\\,]/g, '\\$&');
    texts.push(escapedText(Buffer.from(name, 'latin1')));
    at = end;
  }
  return texts;
}

function valueData(form: ValueForm, name: string, text: string): Uint8Array {
  const problem = (): never => {
    throw new FormatError(`'${text}' is no value of service parameter '${name}'`);
  };
  const list = text === '' ? [] : text.split(',');
  const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  const word = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
  switch (form) {
    case 'none':
      return text === '' ? new Uint8Array(0) : problem();
    case 'keys':
      return joined(list.map((key) => word(keyNumber(key))));
    case 'port':
      return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? word(Number(text)) : problem();
    case 'ipv4':
    case 'ipv6': {
      const size = form === 'ipv4' ? 4 : 16;
      const addresses = list.map((address) => addressBytes(address));
      if (addresses.some((bytes) => bytes?.length !== size) || text.includes('%')) problem();
      return addresses.length === 0 ? problem() : joined(addresses as Uint8Array[]);
    }
    case 'base64':
      return Buffer.from(text, 'base64');
    case 'alpn':
      return text === '' ? problem() : alpnData(unescapedBytes(text), problem);
    case 'text':
      return unescapedBytes(text);
  }
}

function alpnData(bytes: Uint8Array, problem: () => never): Uint8Array {
  const names: number[][] = [[]];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === 44) names.push([]);
    else names.at(-1)!.push(byte === 92 && at + 1 < bytes.length ? bytes[++at]! : byte);
  }
  if (names.some((name) => name.length === 0 || name.length > 255)) problem();
  return Uint8Array.from(names.flatMap((name) => [name.length, ...name]));
}
