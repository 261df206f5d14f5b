const FIRST_CAPACITY = 1024;
/** More than this is given back when it is not needed any more. */
const KEPT_CAPACITY = 256 * 1024;

/** Bytes that are put together from pieces. Memory is taken for what has come, never for what was announced. */
export class GrowingBytes {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a copy of `piece` from `start` up to `end`. */
  append(piece: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2, FIRST_CAPACITY));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.set(start === 0 && end === piece.length ? piece : piece.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** What was added so far, in its first `length` bytes; valid until something is added. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** What was added so far, and no more; valid until something is added. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_CAPACITY) this.#bytes = Buffer.alloc(0);
  }
}
