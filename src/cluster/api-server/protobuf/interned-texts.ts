import type { Latin1 } from '../../../wire/latin1.ts';

const SLOTS = 2048;
const LONGEST = 64;

/**
 * Short texts that come again and again, found by their bytes: that spares the making of a string each time. Of
 * texts that meet in a slot the last one stays, so it never grows.
 */
export class InternedTexts {
  readonly #slots: string[] = new Array<string>(SLOTS).fill('');

  /** The text of these bytes; undefined where it is long or not ASCII. */
  find(bytes: Buffer & Latin1, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > LONGEST) return undefined;
    let hash = length;
    let all = 0;
    for (let index = start; index < end; index++) {
      const byte = bytes[index]!;
      all |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (all > 127) return undefined;
    const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
    const held = this.#slots[slot]!;
    if (held.length === length && isText(held, bytes, start)) return held;
    const text = bytes.latin1Slice(start, end);
    this.#slots[slot] = text;
    return text;
  }
}

function isText(text: string, bytes: Buffer, start: number): boolean {
  for (let index = text.length - 1; index >= 0; index--) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
