import { randomFillSync } from 'node:crypto';

/** No name is longer in presentation form: 255 bytes, each of them an escape (`\DDD`). */
const MULTIPLIERS = 1024;
const multipliers = randomFillSync(new Int32Array(MULTIPLIERS + 1));

/**
 * A number for a name in presentation form, for a Map of names that are mostly seen once: V8 copies every string that is
 * looked up in a Map to its table of strings, in old memory, and a number costs a tenth of that. Different names may
 * have the same number, but nobody can choose them so: each character is multiplied by a secret number of its own (see
 * KeyHash in src/wire-cache). The letter case counts.
 * @returns a signed integer of 32 bits, the same for a name as long as the process lives
 */
export function nameHash(name: string): number {
  let hash = multipliers[MULTIPLIERS]! + name.length;
  for (let index = 0; index < name.length; index++) {
    hash = (hash + Math.imul(multipliers[index & (MULTIPLIERS - 1)]!, name.charCodeAt(index) + 1)) | 0;
  }
  return hash | 0;
}
