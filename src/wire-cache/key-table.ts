/**
 * An open-addressed table from hashes to places in memory: linear probing, and deletion by moving back what follows,
 * so that there are no tombstones. Never more than half full. It knows nothing of keys: who looks up compares them.
 */
export class KeyTable {
  /** By slot: the hash, and the place plus one; 0 there is an empty slot. */
  readonly #slots: Int32Array;
  readonly #shift: number;
  readonly #mask: number;
  #size = 0;

  /** @param capacity most entries; 65,536 at the most, since only 17 bits of a hash are good */
  constructor(capacity: number) {
    const bits = Math.ceil(Math.log2(Math.max(capacity, 2))) + 1;
    if (bits > 17) throw new RangeError(`a table for ${capacity} entries is larger than its hashes reach`);
    this.#slots = new Int32Array(2 << bits);
    this.#shift = 32 - bits;
    this.#mask = (1 << bits) - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The first slot that holds `hash`, or -1. */
  first(hash: number): number {
    return this.#from(hash >>> this.#shift, hash);
  }

  /** The next slot after `slot` that holds `hash`, or -1. */
  after(slot: number, hash: number): number {
    return this.#from((slot + 1) & this.#mask, hash);
  }

  /** The place that a slot leads to. */
  place(slot: number): number {
    return this.#slots[2 * slot + 1]! - 1;
  }

  /** What a slot leads to has moved. */
  move(slot: number, place: number): void {
    this.#slots[2 * slot + 1] = place + 1;
  }

  /** The slot that leads to `place`, or -1. */
  slotOf(hash: number, place: number): number {
    let slot = this.first(hash);
    while (slot >= 0 && this.#slots[2 * slot + 1] !== place + 1) slot = this.after(slot, hash);
    return slot;
  }

  /** Adds an entry. Who adds sees to it that there are never more than the capacity. */
  insert(hash: number, place: number): void {
    let slot = hash >>> this.#shift;
    while (this.#slots[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = place + 1;
    this.#size++;
  }

  /** Empties a slot, and moves those behind it back that would not be found any more. */
  remove(slot: number): void {
    const mask = this.#mask;
    let hole = slot;
    for (let at = (hole + 1) & mask; this.#slots[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = this.#slots[2 * at]! >>> this.#shift;
      // One whose home lies between the hole and itself is found as it is.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#slots[2 * hole] = this.#slots[2 * at]!;
      this.#slots[2 * hole + 1] = this.#slots[2 * at + 1]!;
      hole = at;
    }
    this.#slots[2 * hole + 1] = 0;
    this.#size--;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #from(start: number, hash: number): number {
    const slots = this.#slots;
    for (let slot = start; slots[2 * slot + 1] !== 0; slot = (slot + 1) & this.#mask) {
      if (slots[2 * slot] === hash) return slot;
    }
    return -1;
  }
}
