import { RecordType } from './codes.ts';
import { nameLength, skipName, writeName } from './name.ts';

/** Types whose RDATA leads to one name, with the bytes before it; -1: NAPTR's three strings follow four bytes. */
const offsets = new Map<number, number>([
  [RecordType.CNAME, 0],
  [RecordType.DNAME, 0],
  [RecordType.NS, 0],
  [RecordType.PTR, 0],
  [RecordType.SOA, 0],
  [RecordType.MX, 2],
  [RecordType.SRV, 6],
  [RecordType.NAPTR, -1],
]);

/**
 * Where in RDATA the name stands that a record leads to: the target of CNAME, DNAME, NS, PTR, SRV and MX, SOA's
 * primary server, NAPTR's replacement. -1 for types that have none.
 * @param data uncompressed RDATA of that type
 */
export function targetOffset(type: number, data: Uint8Array): number {
  const offset = offsets.get(type);
  if (offset === undefined) return -1;
  if (offset >= 0) return offset;
  let at = 4;
  for (let strings = 0; strings < 3; strings++) at += 1 + (data[at] ?? 0);
  return at;
}

/**
 * The same RDATA with another name at `offset`.
 * @throws FormatError when the name is none
 */
export function withTarget(data: Uint8Array, offset: number, name: string): Uint8Array {
  const rest = data.subarray(skipName(data, offset));
  const changed = new Uint8Array(offset + nameLength(name) + rest.length);
  changed.set(data.subarray(0, offset));
  changed.set(rest, writeName(name, changed, offset));
  return changed;
}
