import { RecordType } from './codes.ts';
import { FormatError } from './errors.ts';
import { nameLength, nameToWire, readName, skipName, writeName, MAXIMUM_NAME_BYTES } from './name.ts';

/**
 * Where names stand in a type's RDATA: bytes before the first name, names, bytes after. Only types whose names
 * may arrive compressed are listed (RFC 3597, section 4, and those that name compressors are known to touch); in all
 * others the bytes stay as they are.
 */
interface NameLayout {
  /** Bytes of fixed fields before the first name; -1: NAPTR's three character strings follow four bytes. */
  readonly before: number;
  readonly names: number;
  /** Least bytes that must follow the names. */
  readonly after: number;
  /** Whether a server may compress these names when it sends them (RFC 3597, section 4). */
  readonly compressible: boolean;
}

const NAPTR_STRINGS = -1;

const layouts = new Map<number, NameLayout>([
  [RecordType.NS, { before: 0, names: 1, after: 0, compressible: true }],
  [RecordType.CNAME, { before: 0, names: 1, after: 0, compressible: true }],
  [RecordType.PTR, { before: 0, names: 1, after: 0, compressible: true }],
  [RecordType.SOA, { before: 0, names: 2, after: 20, compressible: true }],
  [RecordType.MX, { before: 2, names: 1, after: 0, compressible: true }],
  [RecordType.RP, { before: 0, names: 2, after: 0, compressible: false }],
  [RecordType.AFSDB, { before: 2, names: 1, after: 0, compressible: false }],
  [RecordType.SIG, { before: 18, names: 1, after: 0, compressible: false }],
  [RecordType.SRV, { before: 6, names: 1, after: 0, compressible: false }],
  [RecordType.NAPTR, { before: NAPTR_STRINGS, names: 1, after: 0, compressible: false }],
  [RecordType.KX, { before: 2, names: 1, after: 0, compressible: false }],
  [RecordType.DNAME, { before: 0, names: 1, after: 0, compressible: false }],
  [RecordType.RRSIG, { before: 18, names: 1, after: 0, compressible: false }],
  [RecordType.NSEC, { before: 0, names: 1, after: 0, compressible: false }],
]);

/** The offset of the first name in RDATA whose names may be compressed when sent, or -1. */
export function compressibleNameAt(type: number): number {
  const layout = layouts.get(type);
  return layout?.compressible === true ? layout.before : -1;
}

/** How many names RDATA of this type has, one after the other. */
export function namesIn(type: number): number {
  return layouts.get(type)?.names ?? 0;
}

/**
 * RDATA as it stands in a message, copied, with names in it uncompressed.
 * @throws FormatError when it is cut short or too short for its type
 */
export function readRecordData(
  message: Uint8Array,
  offset: number,
  length: number,
  type: number,
): Uint8Array {
  const end = offset + length;
  if (end > message.length) throw new FormatError('record data is cut short');
  const layout = layouts.get(type);
  if (layout === undefined) {
    checkFixedLength(type, length);
    return copyOf(message, offset, end);
  }
  const before =
    layout.before === NAPTR_STRINGS ? skipStrings(message, offset + 4, end, 3) - offset : layout.before;
  let at = offset + before;
  const target = new Uint8Array(length + layout.names * MAXIMUM_NAME_BYTES);
  target.set(message.subarray(offset, Math.min(at, end)));
  let written = before;
  for (let count = 0; count < layout.names; count++) {
    if (at >= end) throw new FormatError('record data is too short for its type');
    const name = readName(message, at);
    at = skipName(message, at);
    written = writeName(name, target, written);
  }
  if (at + layout.after > end) throw new FormatError('record data is too short for its type');
  target.set(message.subarray(at, end), written);
  return target.slice(0, written + end - at);
}

/** Most data is an address. A loop copies that in less time and memory than it takes to make a view of it. */
const LOOP_BYTES = 32;

function copyOf(message: Uint8Array, offset: number, end: number): Uint8Array {
  // Not slice: that of a Buffer is a view, which would keep the whole datagram alive.
  if (end - offset > LOOP_BYTES) return new Uint8Array(message.subarray(offset, end));
  const data = new Uint8Array(end - offset);
  for (let at = offset; at < end; at++) data[at - offset] = message[at]!;
  return data;
}

/** The name that stands at `offset` of uncompressed RDATA, in presentation form. */
export function nameInData(data: Uint8Array, offset = 0): string {
  return readName(data, offset);
}

/** RDATA of SRV (RFC 2782). */
export function srvData(priority: number, weight: number, port: number, target: string): Uint8Array {
  const data = new Uint8Array(6 + nameLength(target));
  data[0] = priority >> 8;
  data[1] = priority;
  data[2] = weight >> 8;
  data[3] = weight;
  data[4] = port >> 8;
  data[5] = port;
  writeName(target, data, 6);
  return data;
}

/** The seven fields of a SOA record (RFC 1035, section 3.3.13); all times in seconds. */
export interface StartOfAuthority {
  readonly primary: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** RDATA of SOA. */
export function soaData(soa: StartOfAuthority): Uint8Array {
  const primary = nameToWire(soa.primary);
  const mailbox = nameToWire(soa.mailbox);
  const data = new Uint8Array(primary.length + mailbox.length + 20);
  data.set(primary);
  data.set(mailbox, primary.length);
  const view = new DataView(data.buffer, primary.length + mailbox.length);
  view.setUint32(0, soa.serial);
  view.setUint32(4, soa.refresh);
  view.setUint32(8, soa.retry);
  view.setUint32(12, soa.expire);
  view.setUint32(16, soa.minimum);
  return data;
}

/** RDATA of TXT: each string cut into pieces of at most 255 bytes (RFC 1035, section 3.3.14). */
export function txtData(...texts: readonly string[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const text of texts) {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at === 0 || at < bytes.length; at += 255) {
      const piece = bytes.subarray(at, at + 255);
      pieces.push(Uint8Array.of(piece.length), piece);
    }
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function checkFixedLength(type: number, length: number): void {
  if ((type === RecordType.A && length !== 4) || (type === RecordType.AAAA && length !== 16)) {
    throw new FormatError('address of the wrong length');
  }
}

function skipStrings(message: Uint8Array, offset: number, end: number, count: number): number {
  let at = offset;
  for (let index = 0; index < count; index++) {
    if (at >= end) throw new FormatError('record data is too short for its type');
    at += message[at]! + 1;
  }
  return at;
}
