import { familyOf, hashAddress, wordOf } from './address-words.ts';
import type { EndpointIndex } from './cluster-reader.ts';
import { Field, type EndpointRows } from './endpoint-rows.ts';

const INITIAL_HEADS = 2048;
/** How many times as many heads there are when there are more rows than heads. */
const GROWTH = 8;

/**
 * Rows by address: chains through the rows themselves, with one head per hash value. The chains run both ways, so
 * that a row leaves without a search even where thousands share an address.
 */
export class AddressIndex {
  readonly #rows: EndpointRows;
  readonly #seed: number;
  #heads = new Int32Array(INITIAL_HEADS);
  #count = 0;

  constructor(rows: EndpointRows, seed: number) {
    this.#rows = rows;
    this.#seed = seed;
  }

  /** Adds a row whose content is in place. */
  link(row: EndpointIndex): void {
    if (this.#count === this.#heads.length) this.#grow();
    this.#count++;
    this.#prepend(row, this.#heads);
  }

  /** Takes a row out, while its content still stands. */
  unlink(row: EndpointIndex): void {
    const rows = this.#rows;
    this.#count--;
    const next = rows.get(row, Field.next);
    const previous = rows.get(row, Field.previous);
    if (next !== 0) rows.set(next, Field.previous, previous);
    if (previous !== 0) rows.set(previous, Field.next, next);
    else this.#heads[this.hashOfRow(row) & (this.#heads.length - 1)] = next;
  }

  /** All rows with this address (4 or 16 bytes), newest link first. */
  find(address: Uint8Array): EndpointIndex[] {
    const rows = this.#rows;
    const family = familyOf(address);
    const first = wordOf(address, 0);
    const second = wordOf(address, 1);
    const third = wordOf(address, 2);
    const fourth = wordOf(address, 3);
    const found: EndpointIndex[] = [];
    const head = hashAddress(this.#seed, family, first, second, third, fourth) & (this.#heads.length - 1);
    for (let row = this.#heads[head]!; row !== 0; row = rows.get(row, Field.next)) {
      if (
        rows.get(row, Field.address) === first &&
        rows.get(row, Field.address + 1) === second &&
        rows.get(row, Field.address + 2) === third &&
        rows.get(row, Field.address + 3) === fourth &&
        (rows.get(row, Field.owner) & 1) === family
      ) {
        found.push(row);
      }
    }
    return found;
  }

  hashOfRow(row: EndpointIndex): number {
    const rows = this.#rows;
    return hashAddress(
      this.#seed,
      rows.get(row, Field.owner) & 1,
      rows.get(row, Field.address),
      rows.get(row, Field.address + 1),
      rows.get(row, Field.address + 2),
      rows.get(row, Field.address + 3),
    );
  }

  get bytes(): number {
    return this.#heads.byteLength;
  }

  #prepend(row: EndpointIndex, heads: Int32Array): void {
    const head = this.hashOfRow(row) & (heads.length - 1);
    const next = heads[head]!;
    this.#rows.set(row, Field.next, next);
    this.#rows.set(row, Field.previous, 0);
    if (next !== 0) this.#rows.set(next, Field.previous, row);
    heads[head] = row;
  }

  #grow(): void {
    const heads = new Int32Array(this.#heads.length * GROWTH);
    for (let row of this.#heads) {
      while (row !== 0) {
        const next = this.#rows.get(row, Field.next);
        this.#prepend(row, heads);
        row = next;
      }
    }
    this.#heads = heads;
  }
}
