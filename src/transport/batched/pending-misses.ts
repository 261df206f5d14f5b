import { MISS_HEADER_WORDS } from './miss-ring.ts';

/** Misses that there is room for at first. */
const FIRST_ROOM = 64;

/**
 * The heads of the misses whose reply is still being made: who is to get it. One array for all of them, since an array
 * each would be a tenth of what a question in flight takes.
 */
export class PendingMisses {
  /** A head begins at the word that `add` gave. Another array whenever there are more than ever before. */
  words = new Int32Array(FIRST_ROOM * MISS_HEADER_WORDS);
  /** Beginnings that were given back. */
  readonly #free: number[] = [];
  #used = 0;

  /** Copies the head of the miss that begins at a word of a batch; gives the word at which it begins here. */
  add(batch: Int32Array, at: number): number {
    const place = this.#free.pop() ?? this.#next();
    for (let word = 0; word < MISS_HEADER_WORDS; word++) this.words[place + word] = batch[at + word]!;
    return place;
  }

  /** Its reply has gone out, or there is none. */
  delete(place: number): void {
    this.#free.push(place);
  }

  #next(): number {
    const place = this.#used;
    this.#used += MISS_HEADER_WORDS;
    if (this.#used > this.words.length) {
      const larger = new Int32Array(2 * this.words.length);
      larger.set(this.words);
      this.words = larger;
    }
    return place;
  }
}
