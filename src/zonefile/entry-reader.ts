import { FormatError } from '../wire/errors.ts';
import type { Word } from '../wire/words.ts';

/** One entry of a zone file: a line, or several that parentheses join (RFC 1035, section 5.1). */
export interface Entry {
  /** The line that it begins on, counted from 1. */
  readonly line: number;
  /** It begins with a blank: its owner is that of the entry before. */
  readonly indented: boolean;
  readonly words: readonly Word[];
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const BACKSLASH = 92;

/** Longest word that is read: the longest RDATA, each of its bytes as an escape. */
const MAXIMUM_WORD = 65_535 * 4;

/** Cuts the text of a zone file into entries, skipping those without words. */
export class EntryReader {
  /** The line that is being read, counted from 1. */
  line = 1;
  readonly #text: string;
  #at = 0;

  /** @param text each character is a byte */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The next entry; undefined at the end.
   * @throws FormatError when parentheses or quotes are not closed; `line` is then where they were opened
   */
  next(): Entry | undefined {
    while (this.#at < this.#text.length) {
      const entry = this.#entry();
      if (entry.words.length > 0) return entry;
    }
    return undefined;
  }

  #entry(): Entry {
    const text = this.#text;
    const { line } = this;
    const first = text.charCodeAt(this.#at);
    const indented = first === SPACE || first === TAB;
    const words: Word[] = [];
    let depth = 0;
    for (; this.#at < text.length;) {
      switch (text.charCodeAt(this.#at)) {
        case NEWLINE:
          this.#at++;
          this.line++;
          if (depth === 0) return { line, indented, words };
          break;
        case SPACE:
        case TAB:
        case RETURN:
          this.#at++;
          break;
        case SEMICOLON: {
          const end = text.indexOf('\n', this.#at);
          this.#at = end < 0 ? text.length : end;
          break;
        }
        case OPEN:
          this.#at++;
          depth++;
          break;
        case CLOSE:
          this.#at++;
          if (--depth < 0) throw new FormatError("')' without '('");
          break;
        case QUOTE:
          words.push(this.#quoted());
          break;
        default:
          words.push(this.#plain());
      }
    }
    if (depth > 0) {
      this.line = line;
      throw new FormatError("'(' is not closed");
    }
    return { line, indented, words };
  }

  #plain(): Word {
    const start = this.#at;
    const text = this.#text;
    let high = 0;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === BACKSLASH && text.charCodeAt(this.#at + 1) !== NEWLINE)
        high |= text.charCodeAt(++this.#at);
      else if (code <= SEMICOLON && isDelimiter(code)) break;
      high |= code;
    }
    this.#at = Math.min(this.#at, text.length);
    return { text: this.#word(start, this.#at, high), quoted: false };
  }

  /** A quoted string may go over lines, as the newline within it is a byte like any other. */
  #quoted(): Word {
    const text = this.#text;
    const { line } = this;
    const start = ++this.#at;
    let high = 0;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return { text: this.#word(start, this.#at - 1, high), quoted: true };
      }
      high |= code;
      if (code === BACKSLASH) high |= text.charCodeAt(++this.#at);
      if (text.charCodeAt(this.#at) === NEWLINE) this.line++;
    }
    this.line = line;
    throw new FormatError('a quote is not closed');
  }

  #word(start: number, end: number, high: number): string {
    if (end - start > MAXIMUM_WORD) throw new FormatError('a word is longer than any data can be');
    const word = this.#text.slice(start, end);
    return high < 128 ? word : escapeHighBytes(word);
  }
}

function isDelimiter(code: number): boolean {
  return (
    code === SPACE ||
    code === NEWLINE ||
    code === TAB ||
    code === RETURN ||
    code === SEMICOLON ||
    code === QUOTE ||
    code === OPEN ||
    code === CLOSE
  );
}

/** Bytes beyond ASCII as `\DDD`, so that they come through whatever the file's encoding is. */
function escapeHighBytes(word: string): string {
  let escaped = '';
  for (let index = 0; index < word.length; index++) {
    const code = word.charCodeAt(index);
    if (code < 128) escaped += word[index]!;
    else escaped += word[index - 1] === '\\' && isEscape(word, index - 1) ? `${code}` : `\\${code}`;
  }
  return escaped;
}

/** Whether the backslash at `index` is not itself escaped. */
function isEscape(word: string, index: number): boolean {
  let before = 0;
  while (word[index - 1 - before] === '\\') before++;
  return before % 2 === 0;
}
