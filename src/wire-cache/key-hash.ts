import type { Random } from '../plugin/random.ts';
import { FLAGS_MASK, tailMask } from './packet-words.ts';
import { MAXIMUM_PLAIN_BYTES } from './plain-query.ts';

/** Two for each word of four bytes, and one that stands alone. */
const MULTIPLIERS = 3 + 2 * ((MAXIMUM_PLAIN_BYTES + 3) >> 2);
/** Words of the header; the last two hold its counts. */
const HEADER_WORDS = 3;

/**
 * Hashes of queries, by secret numbers of this process's: multilinear hashing, where each pair of bytes is multiplied
 * by a random number of its own. Whoever does not know the numbers cannot choose queries whose upper 17 bits collide
 * more often than chance has it (Lemire and Kaser, "Strongly universal string hashing is fast", 2014), which is not so
 * for a quick mixing function with a seed.
 */
export class KeyHash {
  readonly #multipliers = new Int32Array(MULTIPLIERS);

  constructor(random: Random) {
    for (let index = 0; index < MULTIPLIERS; index++) this.#multipliers[index] = random.below(2 ** 32);
  }

  /**
   * The hash of a query; its upper bits are the good ones. The id does not count, nor do the four counts of the
   * header, which are the same in all plain queries but for what the length says.
   * @param offset in bytes, a multiple of four
   * @param length in bytes, MINIMUM_PLAIN_BYTES to MAXIMUM_PLAIN_BYTES
   */
  of(words: Int32Array, offset: number, length: number): number {
    const multipliers = this.#multipliers;
    const start = offset >> 2;
    const last = (offset + length - 1) >> 2;
    const flags = words[start]! & FLAGS_MASK;
    let hash = (multipliers[0]! + Math.imul(multipliers[1]!, length)) | 0;
    hash = (hash + Math.imul(multipliers[2]!, (flags >>> 16) | (flags & 0xffff))) | 0;
    let index = 3;
    for (let at = start + HEADER_WORDS; at < last; at++) {
      const word = words[at]!;
      hash = (hash + Math.imul(multipliers[index]!, word & 0xffff)) | 0;
      hash = (hash + Math.imul(multipliers[index + 1]!, word >>> 16)) | 0;
      index += 2;
    }
    const word = words[last]! & tailMask(length);
    hash = (hash + Math.imul(multipliers[index]!, word & 0xffff)) | 0;
    return (hash + Math.imul(multipliers[index + 1]!, word >>> 16)) | 0;
  }
}
