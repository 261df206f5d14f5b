import { nameToWire } from '../wire/name.ts';
import type { RecordSet } from './zone-node.ts';

/** The NSEC records of a zone in canonical order of their owners (RFC 4034, section 6.1). */
export class NsecChain {
  readonly #keys: string[] = [];
  readonly #sets: RecordSet[] = [];

  /**
   * Adds the next of the chain.
   * @returns false when its name is not beyond all those before, so that the chain ends here
   */
  append(name: string, set: RecordSet): boolean {
    const key = canonicalKey(name);
    const last = this.#keys.at(-1);
    if (last !== undefined && key <= last) return false;
    this.#keys.push(key);
    this.#sets.push(set);
    return true;
  }

  get length(): number {
    return this.#keys.length;
  }

  /** The NSEC record at the name, or the one whose gap it is in. Undefined for an empty chain. */
  covering(name: string): RecordSet | undefined {
    const key = canonicalKey(name);
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    // Before the first there is only the gap of the last.
    return this.#sets.at(low - 1);
  }
}

/**
 * A string that sorts as the name does: labels from the last to the first, each byte as the character after it, so
 * that the end of a label comes before all of them.
 */
export function canonicalKey(name: string): string {
  const wire = nameToWire(name.toLowerCase());
  let key = '';
  for (let at = 0; wire[at] !== 0; at += wire[at]! + 1) {
    let label = '';
    for (let index = at + 1; index <= at + wire[at]!; index++) label += String.fromCharCode(wire[index]! + 1);
    key = `${label}\0${key}`;
  }
  return key;
}
