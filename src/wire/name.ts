import { FormatError } from './errors.ts';
import type { Latin1 } from './latin1.ts';

/** Longest name on the wire, with its length bytes and the root's zero (RFC 1035, section 2.3.4). */
export const MAXIMUM_NAME_BYTES = 255;
const MAXIMUM_LABEL_BYTES = 63;
/** A byte may become `\DDD`. */
const MAXIMUM_TEXT = MAXIMUM_NAME_BYTES * 4;

const DOT = 46;
const BACKSLASH = 92;
const SPECIAL = Buffer.from('. \'"@;()\\');

/** Reused by readName; nothing holds on to it. */
const scratch = Buffer.allocUnsafe(MAXIMUM_TEXT + 4) as Buffer & Latin1;

/**
 * Reads the name at `offset` into presentation form, following compression pointers (RFC 1035, section 4.1.4).
 * @param lower whether to make ASCII letters lower case on the way
 * @throws FormatError when it is cut short, loops, points forward or is longer than 255 bytes
 */
export function readName(bytes: Uint8Array, offset: number, lower = false): string {
  let at = offset;
  let barrier = offset;
  let length = 1;
  let written = 0;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw new FormatError('name is cut short');
    if (size === 0) break;
    if (size > MAXIMUM_LABEL_BYTES) {
      at = readPointer(bytes, at, size, barrier);
      barrier = at;
      continue;
    }
    length += size + 1;
    if (length > MAXIMUM_NAME_BYTES) throw new FormatError('name is longer than 255 bytes');
    const end = at + 1 + size;
    if (end > bytes.length) throw new FormatError('name is cut short');
    for (let index = at + 1; index < end; index++) {
      const byte = bytes[index]!;
      if (byte > 96 ? byte < 123 : byte > 47 ? byte < 58 : byte === 45) scratch[written++] = byte;
      else if (byte > 64 && byte < 91) scratch[written++] = lower ? byte + 32 : byte;
      else written = writeOddByte(byte, written);
    }
    scratch[written++] = DOT;
    at = end;
  }
  return written === 0 ? '.' : scratch.latin1Slice(0, written);
}

/**
 * The offset after the name at `offset`, without reading through a pointer.
 * @throws FormatError when it is cut short
 */
export function skipName(bytes: Uint8Array, offset: number): number {
  let at = offset;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw new FormatError('name is cut short');
    if (size === 0) return at + 1;
    if (size > MAXIMUM_LABEL_BYTES) {
      if (size < 0xc0) throw new FormatError('unknown label type');
      if (at + 2 > bytes.length) throw new FormatError('name is cut short');
      return at + 2;
    }
    at += size + 1;
  }
}

/** The bytes that `name` takes on the wire without compression. */
export function nameLength(name: string): number {
  if (name.length === 1) return 1;
  if (!name.includes('\\')) return name.length + 1;
  let length = 1;
  for (let index = 0; index < name.length; index++) {
    if (name.charCodeAt(index) === BACKSLASH) index += isDigit(name.charCodeAt(index + 1)) ? 3 : 1;
    length++;
  }
  return length;
}

/**
 * Writes `name`, in presentation form and with or without its last dot, uncompressed.
 * @returns the offset after it
 * @throws FormatError when a label is empty or longer than 63 bytes, or the name longer than 255
 */
export function writeName(name: string, target: Uint8Array, offset: number): number {
  const size = name.length;
  let lengthAt = offset;
  let at = offset + 1;
  if (size === 0 || (size === 1 && name.charCodeAt(0) === DOT)) {
    target[offset] = 0;
    return at;
  }
  for (let index = 0; index < size; index++) {
    let code = name.charCodeAt(index);
    if (code === DOT) {
      target[lengthAt] = labelLength(at - lengthAt - 1);
      lengthAt = at++;
      continue;
    }
    if (code === BACKSLASH) {
      code = escapedByte(name, index + 1);
      index += isDigit(name.charCodeAt(index + 1)) ? 3 : 1;
    } else if (code > 255)
      throw new FormatError(`name ${JSON.stringify(name)} has a character that is no byte`);
    target[at++] = code;
    if (at - offset > MAXIMUM_NAME_BYTES) throw new FormatError('name is longer than 255 bytes');
  }
  if (at - lengthAt > 1) {
    target[lengthAt] = labelLength(at - lengthAt - 1);
    lengthAt = at++;
  }
  if (at - offset > MAXIMUM_NAME_BYTES) throw new FormatError('name is longer than 255 bytes');
  target[lengthAt] = 0;
  return at;
}

/**
 * The wire form of a name, uncompressed.
 * @throws FormatError as writeName
 */
export function nameToWire(name: string): Uint8Array {
  const target = new Uint8Array(MAXIMUM_NAME_BYTES + 2);
  return target.slice(0, writeName(name, target, 0));
}

/** A name in lower case with its last dot, as names are compared (RFC 4343). */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return endsWithRootDot(lower) ? lower : `${lower}.`;
}

function endsWithRootDot(name: string): boolean {
  if (!name.endsWith('.')) return false;
  let backslashes = 0;
  while (name.charCodeAt(name.length - 2 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 0;
}

/** Pointers must point back, before the part that they end: so no chain of them can loop. */
function readPointer(bytes: Uint8Array, at: number, first: number, barrier: number): number {
  if (first < 0xc0) throw new FormatError('unknown label type');
  const second = bytes[at + 1];
  if (second === undefined) throw new FormatError('name is cut short');
  const target = ((first & 0x3f) << 8) | second;
  if (target >= barrier) throw new FormatError('compression pointer does not point back');
  return target;
}

function writeOddByte(byte: number, written: number): number {
  if (byte > 31 && byte < 127) {
    if (isSpecial(byte)) scratch[written++] = BACKSLASH;
    scratch[written++] = byte;
    return written;
  }
  scratch[written++] = BACKSLASH;
  scratch[written++] = 48 + Math.floor(byte / 100);
  scratch[written++] = 48 + (Math.floor(byte / 10) % 10);
  scratch[written++] = 48 + (byte % 10);
  return written;
}

/** Characters with a meaning in zone files are escaped (RFC 1035, section 5.1): the same ones as CoreDNS escapes. */
function isSpecial(byte: number): boolean {
  return SPECIAL.includes(byte);
}

function escapedByte(name: string, index: number): number {
  const first = name.charCodeAt(index);
  if (Number.isNaN(first)) throw new FormatError(`name ${JSON.stringify(name)} ends in a backslash`);
  if (!isDigit(first)) {
    if (first > 255) throw new FormatError(`name ${JSON.stringify(name)} has a character that is no byte`);
    return first;
  }
  const second = name.charCodeAt(index + 1);
  const third = name.charCodeAt(index + 2);
  const byte = (first - 48) * 100 + (second - 48) * 10 + (third - 48);
  if (!isDigit(second) || !isDigit(third) || byte > 255) {
    throw new FormatError(`name ${JSON.stringify(name)} has an escape that is no byte`);
  }
  return byte;
}

function isDigit(code: number): boolean {
  return code > 47 && code < 58;
}

function labelLength(length: number): number {
  if (length === 0) throw new FormatError('name has an empty label');
  if (length > MAXIMUM_LABEL_BYTES) throw new FormatError('label is longer than 63 bytes');
  return length;
}
