import { FlowReader } from './plain-flow.ts';
import { beyondSubset, plainEnd, plainKey, plainValue, quotedText } from './plain-scalar.ts';

/** What `readPlainYaml` returns for text beyond its subset; the `yaml` package must read that. */
export const refused = Symbol('beyond the plain subset');

/**
 * Reads the plain block style that kubectl and controllers print: maps, sequences, plain and simply quoted scalars
 * of one line, literal blocks, comments, and flow collections of one line. It is some thirty times as fast as the `yaml` package. Whatever it
 * is not certain to read in the same way (YAML 1.2, core schema), or what is wrong, it refuses.
 *
 * @returns the value, or `refused`
 */
export function readPlainYaml(text: string): unknown {
  if (text.includes('\t') || text.includes('\r')) return refused;
  try {
    const reader = new Reader(text);
    return reader.document();
  } catch (error) {
    if (error === beyondSubset) return refused;
    throw error;
  }
}

const deepest = 60;
const space = 32;
const quote = 34;
const hash = 35;
const apostrophe = 39;
const dash = 45;
const colon = 58;
const openList = 91;
const openMap = 123;
const pipe = 124;

type PlainMap = Record<string, unknown>;

class Reader {
  readonly #text: string;
  /** The current line that is neither blank nor comment: where it starts, its text without spaces around it. */
  #start = 0;
  #from = 0;
  #to = 0;
  /** Spaces before the text, or before what is left of it after `- `; −1 at the end. */
  #indent = 0;
  /** Start of the next line. */
  #next = 0;
  #depth = 0;
  readonly #flow: FlowReader;

  constructor(text: string) {
    this.#text = text;
    this.#flow = new FlowReader(text);
  }

  document(): unknown {
    this.#advance();
    if (this.#indent < 0) throw beyondSubset;
    const value = this.#node();
    if (this.#indent >= 0) throw beyondSubset;
    return value;
  }

  #node(): unknown {
    if (++this.#depth > deepest) throw beyondSubset;
    const value = this.#isEntry() ? this.#sequence() : this.#map();
    this.#depth--;
    return value;
  }

  #map(): PlainMap {
    const indent = this.#indent;
    const map: PlainMap = {};
    do {
      const after = this.#keyEnd(this.#from);
      if (after < 0) throw beyondSubset;
      const key = this.#key(this.#from, after);
      if (key === '__proto__' || Object.hasOwn(map, key)) throw beyondSubset;
      map[key] = this.#value(after + 1, indent);
      if (this.#indent > indent) throw beyondSubset;
    } while (this.#indent === indent && !this.#isEntry());
    return map;
  }

  /** What follows a key, on its line or below. */
  #value(from: number, indent: number): unknown {
    while (from < this.#to && this.#text.charCodeAt(from) === space) from++;
    if (from < this.#to && this.#text.charCodeAt(from) !== hash) return this.#inline(from, indent);
    this.#advance();
    if (this.#indent > indent) return this.#node();
    // A sequence may stand no deeper than the key that it belongs to.
    return this.#indent === indent && this.#isEntry() ? this.#node() : null;
  }

  #sequence(): unknown[] {
    const indent = this.#indent;
    const entries: unknown[] = [];
    do {
      let from = this.#from + 1;
      while (from < this.#to && this.#text.charCodeAt(from) === space) from++;
      if (from >= this.#to) throw beyondSubset;
      this.#from = from;
      this.#indent = from - this.#start;
      if (this.#isEntry()) throw beyondSubset;
      const scalar = this.#isFlow(from) || this.#keyEnd(from) < 0;
      entries.push(scalar ? this.#inline(from, indent) : this.#node());
      if (this.#indent > indent) throw beyondSubset;
    } while (this.#indent === indent && this.#isEntry());
    return entries;
  }

  /** A scalar or an empty collection in the rest of the line; `indent` is that of the collection around it. */
  #inline(from: number, indent: number): unknown {
    const text = this.#text;
    const first = text.charCodeAt(from);
    if (first === pipe) return this.#literal(text.slice(from, this.#to), indent);
    let value: unknown;
    if (first === quote || first === apostrophe) value = this.#quoted(from);
    else if (first === openMap || first === openList) {
      value = this.#flow.read(from, this.#to);
      this.#checkEnd(this.#flow.end);
    } else value = plainValue(text.slice(from, plainEnd(text, from, this.#to, false)));
    this.#advance();
    // Text of several lines is left to others.
    if (this.#indent > indent) throw beyondSubset;
    return value;
  }

  /** Text in quotes at `from`, with nothing but a comment after it. */
  #quoted(from: number): string {
    const text = this.#text;
    const mark = text[from]!;
    const end = text.indexOf(mark, from + 1) + 1;
    if (end === 0 || end > this.#to || text[end] === mark) throw beyondSubset;
    this.#checkEnd(end);
    return quotedText(text, from, end);
  }

  /** Throws unless nothing but a comment stands in the line from `end` on. */
  #checkEnd(end: number): void {
    if (end === this.#to) return;
    const text = this.#text;
    let from = end;
    while (from < this.#to && text.charCodeAt(from) === space) from++;
    if (from === end || text.charCodeAt(from) !== hash) throw beyondSubset;
  }

  /** A literal block without indentation indicator: its lines as they are. */
  #literal(header: string, indent: number): string {
    if (header !== '|' && header !== '|-') throw beyondSubset;
    const text = this.#text;
    const lines: string[] = [];
    let blockIndent = 0;
    let blank = 0;
    for (let start = this.#next; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      let from = start;
      while (from < end && text.charCodeAt(from) === space) from++;
      if (from === end) {
        if (from > start || lines.length === 0) throw beyondSubset;
        blank++;
      } else {
        if (lines.length === 0) blockIndent = from - start;
        if (blockIndent <= indent || from - start < blockIndent) break;
        for (; blank > 0; blank--) lines.push('');
        lines.push(text.slice(start + blockIndent, end));
      }
      start = end + 1;
      this.#next = Math.min(start, text.length);
    }
    if (lines.length === 0) throw beyondSubset;
    const value = lines.join('\n');
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if ((code < space && code !== 10) || code > 126) throw beyondSubset;
    }
    this.#advance();
    if (this.#indent > indent) throw beyondSubset;
    return header === '|' ? `${value}\n` : value;
  }

  #isFlow(from: number): boolean {
    const first = this.#text.charCodeAt(from);
    return first === openMap || first === openList;
  }

  /** Index of the colon that ends a key at `from`; −1 when there is none. */
  #keyEnd(from: number): number {
    const text = this.#text;
    const mark = text.charCodeAt(from);
    if (mark === quote || mark === apostrophe) {
      const end = text.indexOf(mark === quote ? '"' : "'", from + 1);
      return end > 0 && end + 1 < this.#to && this.#isKeyColon(end + 1) ? end + 1 : -1;
    }
    for (let index = from; index < this.#to; index++) {
      if (text.charCodeAt(index) === colon && this.#isKeyColon(index)) return index;
    }
    return -1;
  }

  #isKeyColon(index: number): boolean {
    const text = this.#text;
    if (text.charCodeAt(index) !== colon) return false;
    return index + 1 === this.#to || text.charCodeAt(index + 1) === space;
  }

  #key(from: number, to: number): string {
    const first = this.#text.charCodeAt(from);
    const quoted = first === quote || first === apostrophe;
    return quoted ? quotedText(this.#text, from, to) : plainKey(this.#text, from, to, true);
  }

  /** Whether the current line is an entry of a sequence. */
  #isEntry(): boolean {
    const from = this.#from;
    if (this.#indent < 0 || this.#text.charCodeAt(from) !== dash) return false;
    return from + 1 === this.#to || this.#text.charCodeAt(from + 1) === space;
  }

  /** Goes to the next line that is neither blank nor comment. */
  #advance(): void {
    const text = this.#text;
    let start = this.#next;
    while (start < text.length) {
      let from = start;
      while (text.charCodeAt(from) === space) from++;
      let to = text.indexOf('\n', from);
      if (to < 0) to = text.length;
      const next = to + 1;
      if (from < to && text.charCodeAt(from) !== hash) {
        while (text.charCodeAt(to - 1) === space) to--;
        this.#start = start;
        this.#from = from;
        this.#to = to;
        this.#indent = from - start;
        this.#next = next;
        return;
      }
      start = next;
    }
    this.#next = start;
    this.#indent = -1;
  }
}
