import { typeName } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { skipName } from '../wire/name.ts';
import { typeBitmapNames } from '../wire/type-bitmap.ts';
import type { LinkRecord } from './message.ts';

/** Whether an NSEC record says that its name has no records of a type (RFC 6762, section 6.1). */
export function denies({ data }: LinkRecord, type: number): boolean {
  try {
    return !typeBitmapNames(data.subarray(skipName(data, 0))).includes(typeName(type));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return false;
  }
}
