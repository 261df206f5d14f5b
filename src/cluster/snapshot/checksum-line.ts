import type { Hash } from 'node:crypto';

/** Bytes of the last line of a snapshot, with its end. */
export const CHECKSUM_LENGTH = '{"sha256":""}\n'.length + 64;

/** The last line of a snapshot, with its end. @param hash of all bytes before it */
export function checksumLine(hash: Hash): string {
  return `{"sha256":"${hash.digest('hex')}"}\n`;
}
