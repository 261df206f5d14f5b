import type { LinkRecord } from '../message.ts';

/** The same for two records that say the same: owner in any letter case, type, data, and whether it is unique. */
export function recordKey({ name, type, data, unique }: LinkRecord): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  return `${type} ${unique ? 1 : 0} ${name.toLowerCase()} ${bytes}`;
}
