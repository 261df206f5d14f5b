/** Records begin at multiples of this, so that doubles in them are aligned. */
export const RECORD_ALIGNMENT = 8;

/** What the ring begins with; it grows as it fills. */
const INITIAL_BYTES = 1 << 18;

/**
 * Bounded storage for records of any size, in the order in which they came: written at the head, taken away at the
 * tail. A record's first 32-bit word is its length in bytes, a multiple of RECORD_ALIGNMENT. There is nothing to
 * fragment; who wants to keep the oldest record moves it to the head.
 *
 * The memory is claimed at once and used step by step: the operating system gives a page when it is first written.
 */
export class RecordRing {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Bytes in use by records that are not dead; kept by who knows which are. */
  liveBytes = 0;
  readonly #limit: number;
  #size: number;
  #head = 0;
  #tail = 0;
  /** Whether the head has gone round and is behind the tail; the upper part then ends at `#upperEnd`. */
  #wrapped = false;
  #upperEnd = 0;

  /** @param limit most bytes */
  constructor(limit: number, initial = INITIAL_BYTES) {
    this.#limit = limit & -RECORD_ALIGNMENT;
    this.#size = Math.min(initial & -RECORD_ALIGNMENT, this.#limit);
    const memory = new ArrayBuffer(this.#limit);
    this.bytes = Buffer.from(memory);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
  }

  /** Bytes that the ring goes round in at present. */
  get size(): number {
    return this.#size;
  }

  get limit(): number {
    return this.#limit;
  }

  get isEmpty(): boolean {
    return !this.#wrapped && this.#head === this.#tail;
  }

  /** The offset of the record that came first; only when there is one. */
  get oldest(): number {
    return this.#tail;
  }

  /** Room for a record at the head, or -1 when the oldest have to go first. */
  reserve(length: number): number {
    if (!this.#wrapped && this.#head + length > this.#size) {
      if (length > this.#tail) return -1;
      this.#upperEnd = this.#head;
      this.#head = 0;
      this.#wrapped = true;
    }
    if (this.#wrapped && this.#head + length > this.#tail) return -1;
    const offset = this.#head;
    this.#head += length;
    return offset;
  }

  /** Makes the ring twice as large. Only possible where it ends at its own end; returns whether it did. */
  grow(): boolean {
    if (this.#wrapped || this.#size === this.#limit) return false;
    this.#size = Math.min(this.#size * 2, this.#limit);
    return true;
  }

  dropOldest(): void {
    this.#tail += this.words[this.#tail >> 2]!;
    if (this.#wrapped && this.#tail === this.#upperEnd) {
      this.#tail = 0;
      this.#wrapped = false;
    }
    if (this.isEmpty) this.clear();
  }

  /** Moves the oldest record to the head. Returns its new offset, or -1 when it found no room and is gone. */
  moveOldest(): number {
    const from = this.#tail;
    const length = this.words[from >> 2]!;
    this.dropOldest();
    const offset = this.reserve(length);
    if (offset >= 0) this.bytes.copyWithin(offset, from, from + length);
    return offset;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
    this.#wrapped = false;
  }
}
