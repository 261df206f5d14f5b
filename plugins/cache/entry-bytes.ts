import type { ResourceRecord } from '../../src/wire/record.ts';

/** What an entry takes besides its records: itself, its two replies, its places in map and list; measured. */
const BYTES_OF_AN_ENTRY = 1000;
/** What a record takes besides its name and data: itself twice (with two TTLs) and the array of its data; measured. */
const BYTES_OF_A_RECORD = 350;

/** How many bytes an entry takes, as far as that can be told: meant for a bound, so rather too many than too few. */
export function estimateBytes(name: string, ...sections: readonly (readonly ResourceRecord[])[]): number {
  let bytes = BYTES_OF_AN_ENTRY + name.length;
  for (const records of sections) {
    for (const record of records) bytes += BYTES_OF_A_RECORD + record.name.length + record.data.length;
  }
  return bytes;
}
