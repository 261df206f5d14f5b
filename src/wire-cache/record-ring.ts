/** Records begin at multiples of this, so that doubles in them are aligned. */
export const RECORD_ALIGNMENT = 8;

/** What a ring begins with; it grows as it fills. */
const INITIAL_BYTES = 1 << 18;

/** Memory of records, in the widths that they are read in. */
export interface RecordMemory {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** Memory for rings. It is claimed at once; the operating system gives each page when it is first written. */
export function recordMemory(length: number): RecordMemory {
  const memory = new ArrayBuffer(length & -RECORD_ALIGNMENT);
  return { bytes: Buffer.from(memory), words: new Int32Array(memory), doubles: new Float64Array(memory) };
}

/**
 * A stretch of memory for records of any size, in the order in which they came: written at the head, taken away at the
 * tail. A record's first 32-bit word is its length in bytes, a multiple of RECORD_ALIGNMENT. There is nothing to
 * fragment; who wants to keep the oldest record moves it to the head.
 */
export class RecordRing {
  readonly memory: RecordMemory;
  /** Where the stretch ends at the most. */
  readonly limit: number;
  /** Bytes in use by records that are not dead; kept by who knows which are. */
  liveBytes = 0;
  readonly #start: number;
  /** Where the ring turns at present. */
  #end: number;
  #head: number;
  #tail: number;
  /** Whether the head has gone round and is behind the tail; the upper part then ends at `#upperEnd`. */
  #wrapped = false;
  #upperEnd = 0;

  /** @param start offset in the memory, as `limit` a multiple of RECORD_ALIGNMENT */
  constructor(memory: RecordMemory, start: number, limit: number, initial = INITIAL_BYTES) {
    this.memory = memory;
    this.limit = limit;
    this.#start = start;
    this.#end = Math.min(start + initial, limit);
    this.#head = start;
    this.#tail = start;
  }

  /** Bytes that the ring goes round in at present. */
  get size(): number {
    return this.#end - this.#start;
  }

  get isEmpty(): boolean {
    return !this.#wrapped && this.#head === this.#tail;
  }

  /** Whether live records take more than half of it. */
  get isCrowded(): boolean {
    return this.liveBytes * 2 > this.size;
  }

  /** The offset of the record that came first; only when there is one. */
  get oldest(): number {
    return this.#tail;
  }

  /** Room for a record at the head, or -1 when the oldest have to go first. */
  reserve(length: number): number {
    if (!this.#wrapped && this.#head + length > this.#end) {
      if (this.#start + length > this.#tail) return -1;
      this.#upperEnd = this.#head;
      this.#head = this.#start;
      this.#wrapped = true;
    }
    if (this.#wrapped && this.#head + length > this.#tail) return -1;
    const offset = this.#head;
    this.#head += length;
    return offset;
  }

  /** The same, where the ring grows rather than that living records go. */
  reserveOrGrow(length: number): number {
    let offset = this.reserve(length);
    while (offset < 0 && this.isCrowded && this.#grow()) offset = this.reserve(length);
    return offset;
  }

  dropOldest(): void {
    this.#tail += this.memory.words[this.#tail >> 2]!;
    if (this.#wrapped && this.#tail === this.#upperEnd) {
      this.#tail = this.#start;
      this.#wrapped = false;
    }
    if (!this.isEmpty) return;
    this.#head = this.#start;
    this.#tail = this.#start;
  }

  /** Moves the oldest record to the head. Returns its new offset, or -1 when it found no room and is gone. */
  moveOldest(): number {
    const from = this.#tail;
    const length = this.memory.words[from >> 2]!;
    this.dropOldest();
    const offset = this.reserve(length);
    if (offset >= 0) this.memory.bytes.copyWithin(offset, from, from + length);
    return offset;
  }

  /** Makes the ring twice as large. Only possible where it ends at its own end. */
  #grow(): boolean {
    if (this.#wrapped || this.#end === this.limit) return false;
    this.#end = Math.min(this.#end + this.size, this.limit);
    return true;
  }
}
