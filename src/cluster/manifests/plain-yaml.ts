/** What `readPlainYaml` returns for text beyond its subset; the `yaml` package must read that. */
export const refused = Symbol('beyond the plain subset');

/**
 * Reads the plain block style that kubectl and controllers print: maps, sequences, plain and simply quoted scalars
 * of one line, literal blocks, `{}` and `[]`. It is some thirty times as fast as the `yaml` package. Whatever it
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

/** One for all: nobody asks where it came from, and to make one a document would cost more than the reading. */
const beyondSubset = new Error('beyond the plain subset');
const deepest = 60;
const space = 32;
const quote = 34;
const hash = 35;
const apostrophe = 39;
const dash = 45;
const colon = 58;

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

  constructor(text: string) {
    this.#text = text;
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
    if (from < this.#to) return this.#inline(from, indent);
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
      entries.push(this.#keyEnd(from) < 0 ? this.#inline(from, indent) : this.#node());
      if (this.#indent > indent) throw beyondSubset;
    } while (this.#indent === indent && this.#isEntry());
    return entries;
  }

  /** A scalar or an empty collection in the rest of the line; `indent` is that of the collection around it. */
  #inline(from: number, indent: number): unknown {
    const text = this.#text;
    const to = this.#to;
    const first = text.charCodeAt(from);
    let value: unknown;
    if (first === quote || first === apostrophe) value = this.#quoted(from, to);
    else if (first === 123 && to === from + 2 && text.charCodeAt(from + 1) === 125) value = {};
    else if (first === 91 && to === from + 2 && text.charCodeAt(from + 1) === 93) value = [];
    else if (first === 124) return this.#literal(text.slice(from, to), indent);
    else {
      this.#checkPlain(from, to);
      value = plainValue(text.slice(from, to));
    }
    this.#advance();
    // Text of several lines is left to others.
    if (this.#indent > indent) throw beyondSubset;
    return value;
  }

  #quoted(from: number, to: number): string {
    const text = this.#text;
    const mark = text.charCodeAt(from);
    for (let index = from + 1; index < to; index++) {
      const code = text.charCodeAt(index);
      if (code === mark && index === to - 1) return text.slice(from + 1, index);
      if (code === mark || code === 92 || code < space || code > 126) break;
    }
    throw beyondSubset;
  }

  /** Throws unless the text is a plain scalar for certain. */
  #checkPlain(from: number, to: number): void {
    const text = this.#text;
    const first = text.charCodeAt(from);
    if (first === dash ? text.charCodeAt(from + 1) === space || to === from + 1 : !startsPlain(first))
      throw beyondSubset;
    for (let index = from; index < to; index++) {
      const code = text.charCodeAt(index);
      if (code < space || code > 126) throw beyondSubset;
      if (code === colon && (index + 1 === to || text.charCodeAt(index + 1) === space)) throw beyondSubset;
      if (code === hash && text.charCodeAt(index - 1) === space) throw beyondSubset;
    }
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
    const text = this.#text;
    const first = text.charCodeAt(from);
    if (to - from > 500) throw beyondSubset;
    if (first === quote || first === apostrophe) return this.#quoted(from, to);
    if (!isLetter(first)) throw beyondSubset;
    for (let index = from; index < to; index++) {
      const code = text.charCodeAt(index);
      if (!isLetter(code) && !(code >= dash && code <= colon) && code !== 95) throw beyondSubset;
    }
    const key = text.slice(from, to);
    if (key.length === 4 && key.toLowerCase() === 'null') throw beyondSubset;
    return key;
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

/** The value of a plain scalar in the core schema (YAML 1.2, section 10.3.2). */
function plainValue(text: string): unknown {
  const first = text.charCodeAt(0);
  if (isLetter(first)) {
    if (text.length > 5) return text;
    if (text === 'true' || text === 'True' || text === 'TRUE') return true;
    if (text === 'false' || text === 'False' || text === 'FALSE') return false;
    return text === 'null' || text === 'Null' || text === 'NULL' ? null : text;
  }
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^0[ox]|^[-+]?\.(?:inf|nan)$/i.test(text)) {
    throw beyondSubset;
  }
  return text;
}

/** Letters, digits and marks that begin a plain scalar and nothing else. */
function startsPlain(code: number): boolean {
  return (
    isLetter(code) || (code >= 46 && code <= 57) || code === 95 || code === 43 || code === 40 || code === 60
  );
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}
