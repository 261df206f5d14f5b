/**
 * Remembers which queries were asked before, so that what is asked once only, as in a flood of random names or of
 * random letter case, is never learned and pushes nobody out. A small table of hashes that overwrite each other: to
 * forget one costs one more query that is answered the slow way.
 */
export class Doorkeeper {
  readonly #seen: Int32Array;
  readonly #shift: number;

  /** @param bits the table has 2^bits slots of four bytes; 1 to 17 */
  constructor(bits: number) {
    this.#seen = new Int32Array(1 << bits);
    this.#shift = 32 - bits;
  }

  /** Whether this hash was here lately. From now on it was. */
  knows(hash: number): boolean {
    const slot = hash >>> this.#shift;
    if (this.#seen[slot] === hash) return true;
    this.#seen[slot] = hash;
    return false;
  }
}
