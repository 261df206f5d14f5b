import { addressText } from '../wire/address.ts';
import { AddressIndex } from './address-index.ts';
import type { EndpointIndex } from './cluster-reader.ts';
import type { EndpointDraft } from './endpoint-draft.ts';
import { CONTENT_WORDS, EndpointRows, Field, rangeSize } from './endpoint-rows.ts';
import type { StringPool } from './string-pool.ts';

/** Whose rows they are: a slice. The table writes `first` and `count`. */
export interface EndpointOwner {
  /** Its number, from 0 up. */
  readonly id: number;
  first: EndpointIndex;
  count: number;
}

/** How a draft differs from the rows that an owner has. */
export interface EndpointDifference {
  /** Rows at the start, and at the end, that stay as they are. */
  readonly before: number;
  readonly after: number;
  readonly same: boolean;
  /** An address, host name or zone differs, or the number of rows: what the serial counts as a change. */
  readonly inSerial: boolean;
}

const SAME: EndpointDifference = { before: 0, after: 0, same: true, inSerial: false };

/** Ready endpoints: one row for each address, those of a slice side by side, all found by address. */
export class EndpointTable {
  readonly #rows = new EndpointRows();
  readonly #index: AddressIndex;
  readonly #strings: StringPool;
  #count = 0;

  constructor(strings: StringPool, seed: number) {
    this.#strings = strings;
    this.#index = new AddressIndex(this.#rows, seed);
  }

  address(row: EndpointIndex): Uint8Array {
    const isIPv6 = (this.#rows.get(row, Field.owner) & 1) === 1;
    const address = new Uint8Array(isIPv6 ? 16 : 4);
    for (let start = 0; start < address.length; start += 4) {
      const word = this.#rows.get(row, Field.address + (start >> 2));
      address[start] = word >>> 24;
      address[start + 1] = (word >>> 16) & 0xff;
      address[start + 2] = (word >>> 8) & 0xff;
      address[start + 3] = word & 0xff;
    }
    return address;
  }

  /** As it was written. */
  addressText(row: EndpointIndex): string {
    const written = this.#rows.get(row, Field.text);
    return written === 0 ? addressText(this.address(row)) : this.#strings.text(written);
  }

  /** @param field one of the string fields */
  string(row: EndpointIndex, field: number): string {
    return this.#strings.text(this.#rows.get(row, field));
  }

  /** `id` of the owner. */
  ownerOf(row: EndpointIndex): number {
    return this.#rows.get(row, Field.owner) >> 1;
  }

  /** Rows with this address, in no order. */
  find(address: Uint8Array): EndpointIndex[] {
    return this.#index.find(address);
  }

  /** Hash of the row's address. */
  hashOf(row: EndpointIndex): number {
    return this.#index.hashOfRow(row);
  }

  difference(owner: EndpointOwner, draft: EndpointDraft): EndpointDifference {
    const shorter = Math.min(owner.count, draft.count);
    let before = 0;
    while (before < shorter && this.#equal(owner.first + before, draft, before)) before++;
    if (before === owner.count && before === draft.count) return SAME;
    let after = 0;
    while (
      after < shorter - before &&
      this.#equal(owner.first + owner.count - 1 - after, draft, draft.count - 1 - after)
    ) {
      after++;
    }
    let inSerial = owner.count !== draft.count;
    for (let index = before; !inSerial && index < owner.count - after; index++) {
      inSerial = !this.#equalInSerial(owner.first + index, draft, index);
    }
    return { before, after, same: false, inSerial };
  }

  /** Puts the draft's rows in the place of the owner's. */
  replace(owner: EndpointOwner, draft: EndpointDraft): void {
    this.#clear(owner);
    if (rangeSize(owner.count) !== rangeSize(draft.count)) {
      if (owner.count > 0) this.#rows.free(owner.first, owner.count);
      owner.first = draft.count > 0 ? this.#rows.allocate(draft.count) : 0;
    }
    owner.count = draft.count;
    for (let index = 0; index < draft.count; index++) {
      const row = owner.first + index;
      this.#rows.write(row, draft.words, index * CONTENT_WORDS);
      this.#rows.set(row, Field.owner, (owner.id << 1) | draft.words[index * CONTENT_WORDS + Field.owner]!);
      this.#index.link(row);
    }
    this.#count += draft.count;
    draft.handOver();
  }

  /** Takes all rows of the owner away. */
  remove(owner: EndpointOwner): void {
    this.#clear(owner);
    if (owner.count > 0) this.#rows.free(owner.first, owner.count);
    owner.first = 0;
    owner.count = 0;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#rows.bytes + this.#index.bytes;
  }

  #clear(owner: EndpointOwner): void {
    for (let row = owner.first; row < owner.first + owner.count; row++) {
      this.#index.unlink(row);
      for (let field: number = Field.text; field <= Field.node; field++) {
        this.#strings.release(this.#rows.get(row, field));
      }
    }
    this.#count -= owner.count;
  }

  #equal(row: EndpointIndex, draft: EndpointDraft, index: number): boolean {
    return (
      this.#equalInSerial(row, draft, index) &&
      this.#fieldEqual(row, draft, index, Field.targetName) &&
      this.#fieldEqual(row, draft, index, Field.node)
    );
  }

  #equalInSerial(row: EndpointIndex, draft: EndpointDraft, index: number): boolean {
    for (let field: number = Field.address; field <= Field.hostname; field++) {
      if (!this.#fieldEqual(row, draft, index, field)) return false;
    }
    const family = this.#rows.get(row, Field.owner) & 1;
    return (
      family === draft.words[index * CONTENT_WORDS + Field.owner] &&
      this.#fieldEqual(row, draft, index, Field.zone)
    );
  }

  #fieldEqual(row: EndpointIndex, draft: EndpointDraft, index: number, field: number): boolean {
    return this.#rows.get(row, field) === draft.words[index * CONTENT_WORDS + field];
  }
}
