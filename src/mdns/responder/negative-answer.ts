import { RecordClass, RecordType } from '../../wire/codes.ts';
import { nameToWire } from '../../wire/name.ts';
import type { LinkRecord } from '../message.ts';

/** The restricted form has one block of a bitmap, for types up to this. */
const HIGHEST_TYPE = 255;

/**
 * Says that a name has records of these types and of no others: an NSEC record whose next name is its own, without a
 * bit for NSEC itself (RFC 6762, section 6.1). Undefined where a type is too high for the restricted form.
 * @param ttl seconds
 */
export function negativeAnswer(name: string, types: readonly number[], ttl: number): LinkRecord | undefined {
  const highest = Math.max(...types);
  if (types.length === 0 || highest > HIGHEST_TYPE) return undefined;
  const owner = nameToWire(name);
  const bytes = (highest >> 3) + 1;
  const data = new Uint8Array(owner.length + 2 + bytes);
  data.set(owner);
  data[owner.length + 1] = bytes;
  for (const type of types) data[owner.length + 2 + (type >> 3)]! |= 0x80 >> (type & 7);
  return { name, type: RecordType.NSEC, class: RecordClass.IN, ttl, data, unique: true };
}
