import type { VersionCell } from '../truth/version-cells.ts';
import { familyOf, hashAddress, wordOf } from './address-words.ts';
import type { CellChanges } from './cell-changes.ts';

const BUCKETS = 4096;

/**
 * Version cells for what is known of an address: one for each of 4,096 buckets, because a cell for every address that
 * might be asked for is not to be had. A change at one address now and then kills the cached answers of another.
 */
export class AddressCells {
  readonly #changes: CellChanges;
  readonly #seed: number;
  readonly #buckets = new Int32Array(BUCKETS);

  constructor(changes: CellChanges, seed: number) {
    this.#changes = changes;
    this.#seed = seed;
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#buckets[bucket] = changes.cells.allocate();
  }

  /** @param address 4 or 16 bytes */
  of(address: Uint8Array): VersionCell {
    const first = wordOf(address, 0);
    if (address.length === 4) return this.ofHash(hashAddress(this.#seed, 0, first, 0, 0, 0));
    return this.ofHash(
      hashAddress(
        this.#seed,
        familyOf(address),
        first,
        wordOf(address, 1),
        wordOf(address, 2),
        wordOf(address, 3),
      ),
    );
  }

  /** @param hash of an address, made with the same seed */
  ofHash(hash: number): VersionCell {
    return this.#buckets[hash & (BUCKETS - 1)]!;
  }

  releaseCells(): void {
    for (const cell of this.#buckets) this.#changes.release(cell);
  }
}
