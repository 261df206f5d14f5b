import type { LinkRecord } from '../message.ts';

/**
 * Whose claim to a name goes first when two probe for it at once: above zero when ours is lexicographically later and
 * wins, below zero when theirs does, zero when both claim the very same (RFC 6762, section 8.2).
 * @param ours all records that we claim for the name, in any order
 * @param theirs those of the other's authority section
 */
export function compareClaims(ours: readonly LinkRecord[], theirs: readonly LinkRecord[]): number {
  const left = ours.toSorted(compareRecords);
  const right = theirs.toSorted(compareRecords);
  for (let index = 0; index < left.length && index < right.length; index++) {
    const order = compareRecords(left[index]!, right[index]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** By type, then by the bytes of the data as unsigned numbers; the class is IN on both sides. */
function compareRecords(left: LinkRecord, right: LinkRecord): number {
  return left.type - right.type || Buffer.compare(left.data, right.data);
}
