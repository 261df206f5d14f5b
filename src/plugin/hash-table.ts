/** What stands in a HashTable. */
export interface Hashed<T> {
  /** A signed integer of 32 bits. */
  readonly hash: number;
  /** The next one of the same hash, set by the table. */
  next: T | undefined;
}

/**
 * Things by a number that stands for what they are called. Those of one number form a chain, the newest first, for
 * whoever looks for one to compare.
 */
export class HashTable<T extends Hashed<T>> {
  readonly #chains = new Map<number, T>();

  /** The first of a chain; its `next` is the second. */
  first(hash: number): T | undefined {
    return this.#chains.get(hash);
  }

  /** Adds what is in no table. */
  add(item: T): void {
    item.next = this.#chains.get(item.hash);
    this.#chains.set(item.hash, item);
  }

  /** Takes one out; nothing happens when it is not there. */
  delete(item: T): void {
    const { hash } = item;
    const first = this.#chains.get(hash);
    if (first === item) {
      if (item.next === undefined) this.#chains.delete(hash);
      else this.#chains.set(hash, item.next);
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== item) continue;
      before.next = item.next;
      return;
    }
  }

  clear(): void {
    this.#chains.clear();
  }

  /** All that is there now; what is added or deleted meanwhile does not matter. */
  values(): T[] {
    const all: T[] = [];
    for (const first of this.#chains.values()) {
      for (let item: T | undefined = first; item !== undefined; item = item.next) all.push(item);
    }
    return all;
  }
}
