import { sameName, sameRecord } from '../cached-record.ts';
import type { LinkRecord } from '../message.ts';

/** Whether two claims say the same of a type. */
export function agree(ours: readonly LinkRecord[], theirs: readonly LinkRecord[], type: number): boolean {
  const left = ours.filter((record) => record.type === type);
  const right = theirs.filter((record) => record.type === type);
  return (
    left.length === right.length && left.every((record) => right.some((other) => sameRecord(record, other)))
  );
}

/** Whether two claims say the same of a name, in all types of which the second one speaks at all. */
export function agreeOnName(
  ours: readonly LinkRecord[],
  theirs: readonly LinkRecord[],
  name: string,
): boolean {
  const left = ours.filter((record) => sameName(record.name, name));
  const right = theirs.filter((record) => sameName(record.name, name));
  return right.every(({ type }) => agree(left, right, type));
}
