import type { EndpointIndex } from './cluster-reader.ts';

/** Words of a row. The first ten are its content, in the order in which a draft has them. */
export const Field = {
  /** Four words. */
  address: 0,
  /** The address as written, only where that is not the canonical text; else 0. */
  text: 4,
  hostname: 5,
  targetName: 6,
  zone: 7,
  node: 8,
  /** Twice the slice's number, plus the family (0 IPv4, 1 IPv6). */
  owner: 9,
  /** Neighbours in the address index, 0 for none. */
  next: 10,
  previous: 11,
} as const;

/** Words of a row that are content. */
export const CONTENT_WORDS = 10;

const WORDS = 12;
const CHUNK_SHIFT = 12;
const CHUNK_ROWS = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_ROWS - 1;

/**
 * The memory of the endpoint table: rows of twelve 32-bit words, 48 bytes, in chunks of 4,096 rows. Growth adds a
 * chunk and copies nothing. A slice's rows have consecutive numbers (its range may run over into the next chunk).
 *
 * Ranges come in size classes (1, 2, 3, 4, 6, 8, 12, 16, 24, …), so that a slice that grows and shrinks a little
 * stays where it is and free ranges fit again. They are never split nor joined: what a class held at its peak is
 * kept for it, until the table is empty. Row 0 is never handed out and stands for "none".
 */
export class EndpointRows {
  readonly #chunks: Int32Array[] = [];
  readonly #free = new Map<number, EndpointIndex[]>();
  #next = 1;
  #used = 0;

  /** The first of `count` rows, at least one. Their content is whatever was there. */
  allocate(count: number): EndpointIndex {
    const size = rangeSize(count);
    this.#used += size;
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) return reused;
    const first = this.#next;
    this.#next += size;
    while (this.#chunks.length << CHUNK_SHIFT < this.#next) {
      this.#chunks.push(new Int32Array(CHUNK_ROWS * WORDS));
    }
    return first;
  }

  /** Gives back the range that was allocated for `count` rows. */
  free(first: EndpointIndex, count: number): void {
    const size = rangeSize(count);
    this.#used -= size;
    if (this.#used === 0) {
      this.#chunks.length = 0;
      this.#free.clear();
      this.#next = 1;
      return;
    }
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [first]);
    else list.push(first);
  }

  /** @param field one of `Field`, or up to 3 more than `Field.address` */
  get(row: EndpointIndex, field: number): number {
    return this.#chunks[row >> CHUNK_SHIFT]![(row & CHUNK_MASK) * WORDS + field]!;
  }

  set(row: EndpointIndex, field: number, value: number): void {
    this.#chunks[row >> CHUNK_SHIFT]![(row & CHUNK_MASK) * WORDS + field] = value;
  }

  /** Sets the content of a row. @param words `CONTENT_WORDS` of them from `start` on */
  write(row: EndpointIndex, words: Int32Array, start: number): void {
    const chunk = this.#chunks[row >> CHUNK_SHIFT]!;
    const place = (row & CHUNK_MASK) * WORDS;
    for (let word = 0; word < CONTENT_WORDS; word++) chunk[place + word] = words[start + word]!;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK_ROWS * WORDS * Int32Array.BYTES_PER_ELEMENT;
  }
}

/** The rows that a range for `count` rows really has: the next power of two, or three quarters of it. */
export function rangeSize(count: number): number {
  if (count < 3) return count;
  const below = 2 ** (31 - Math.clz32(count - 1));
  const between = below + (below >> 1);
  return count <= between ? between : below * 2;
}
