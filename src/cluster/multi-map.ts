const NONE: readonly never[] = [];

/**
 * Values by key where nearly every key has one: that one is held as it is, and only from the second on in a Set
 * (so that a thousand objects with the same address are removed as quickly as one).
 */
export class MultiMap<Key, Value extends object> {
  readonly #entries = new Map<Key, Value | Set<Value>>();

  add(key: Key, value: Value): void {
    const held = this.#entries.get(key);
    if (held === undefined) this.#entries.set(key, value);
    else if (held instanceof Set) held.add(value);
    else if (held !== value) this.#entries.set(key, new Set([held, value]));
  }

  delete(key: Key, value: Value): void {
    const held = this.#entries.get(key);
    if (held === value) this.#entries.delete(key);
    else if (held instanceof Set && held.delete(value) && held.size === 0) this.#entries.delete(key);
  }

  /** In the order in which they were added. */
  get(key: Key): readonly Value[] {
    const held = this.#entries.get(key);
    if (held === undefined) return NONE;
    return held instanceof Set ? [...held] : [held];
  }

  get size(): number {
    return this.#entries.size;
  }

  clear(): void {
    this.#entries.clear();
  }
}
