import { beyondSubset, plainEnd, plainKey, plainValue, quotedText } from './plain-scalar.ts';

const space = 32;
const quote = 34;
const apostrophe = 39;
const comma = 44;
const colon = 58;
const openList = 91;
const closeList = 93;
const openMap = 123;
const closeMap = 125;
const deepest = 20;

/** Reads `[a, {b: c}]` of one line: flow collections of plain and simply quoted scalars. */
export class FlowReader {
  /** Where the collection that was read last ends. */
  end = 0;
  readonly #text: string;
  #to = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The collection at `from`, which must end before `to`. @throws {beyondSubset} */
  read(from: number, to: number): unknown {
    this.end = from;
    this.#to = to;
    this.#depth = 0;
    return this.#collection(this.#text.charCodeAt(from));
  }

  #collection(open: number): unknown {
    if (++this.#depth > deepest) throw beyondSubset;
    this.end++;
    const value = open === openMap ? this.#map() : this.#list();
    this.#depth--;
    return value;
  }

  #list(): unknown[] {
    const entries: unknown[] = [];
    if (this.#next() === closeList) {
      this.end++;
      return entries;
    }
    do entries.push(this.#value());
    while (this.#goesOn(closeList));
    return entries;
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    if (this.#next() === closeMap) {
      this.end++;
      return map;
    }
    do {
      const key = this.#key();
      if (key === '__proto__' || Object.hasOwn(map, key)) throw beyondSubset;
      this.#next();
      map[key] = this.#value();
    } while (this.#goesOn(closeMap));
    return map;
  }

  #value(): unknown {
    const first = this.#next();
    if (first === openMap || first === openList) return this.#collection(first);
    if (first === quote || first === apostrophe) return this.#quoted(first);
    const from = this.end;
    this.end = plainEnd(this.#text, from, this.#to, true);
    return plainValue(this.#text.slice(from, this.end));
  }

  /** A key, its colon and the space after it. */
  #key(): string {
    const first = this.#next();
    let key: string;
    if (first === quote || first === apostrophe) key = this.#quoted(first);
    else {
      const end = this.#text.indexOf(':', this.end);
      if (end < 0) throw beyondSubset;
      key = plainKey(this.#text, this.end, end, false);
      this.end = end;
    }
    const text = this.#text;
    if (text.charCodeAt(this.end) !== colon || text.charCodeAt(this.end + 1) !== space) throw beyondSubset;
    this.end++;
    return key;
  }

  #quoted(mark: number): string {
    const from = this.end;
    const close = this.#text.indexOf(mark === quote ? '"' : "'", from + 1);
    if (close < 0 || close >= this.#to) throw beyondSubset;
    this.end = close + 1;
    // Two apostrophes are one that is escaped.
    if (this.#text.charCodeAt(this.end) === mark) throw beyondSubset;
    return quotedText(this.#text, from, this.end);
  }

  /** After an entry: true at a comma, false at the end of the collection. Both are passed over. */
  #goesOn(close: number): boolean {
    const code = this.#next();
    this.end++;
    if (code === close) return false;
    if (code !== comma) throw beyondSubset;
    return true;
  }

  /** Passes over spaces; the character after them. */
  #next(): number {
    while (this.end < this.#to && this.#text.charCodeAt(this.end) === space) this.end++;
    if (this.end >= this.#to) throw beyondSubset;
    return this.#text.charCodeAt(this.end);
  }
}
