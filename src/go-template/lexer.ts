import { unquote } from './quote.ts';
import { TemplateError } from './template-error.ts';

/** Text that is copied, or an action between `{{` and `}}`. */
export interface Segment {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly text?: string;
  readonly tokens?: readonly Token[];
}

export type TokenKind = 'word' | 'field' | 'variable' | 'literal' | 'dot' | 'symbol';

/** The smallest part of an action. */
export interface Token {
  readonly kind: TokenKind;
  /** Of fields and variables without `.`; of `$` the empty string. */
  readonly text: string;
  /** Of literals. */
  readonly value?: string | number | bigint;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
}

const SPACES = ' \t\r\n';
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y;
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;

/**
 * Cuts a template into its segments. Trim markers and comments are dealt with here.
 * @throws TemplateError
 */
export function scan(text: string): Segment[] {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #segments: Segment[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): Segment[] {
    for (let trim = false; ;) {
      const open = this.#text.indexOf('{{', this.#at);
      const line = this.#line(this.#at);
      let text = this.#text.slice(this.#at, open < 0 ? undefined : open);
      if (trim) text = trimStart(text);
      this.#at = open + 2;
      if (open >= 0 && this.#text[open + 2] === '-' && this.#isSpace(open + 3)) {
        text = trimEnd(text);
        this.#at += 2;
      }
      if (text !== '') this.#segments.push({ line, text });
      if (open < 0) return this.#segments;
      trim = this.#action(this.#line(open));
    }
  }

  /** Reads up to behind the closing delimiter; whether that trims what follows. */
  #action(line: number): boolean {
    if (this.#text.startsWith('/*', this.#at)) return this.#comment(line);
    const tokens: Token[] = [];
    for (;;) {
      const spaced = this.#skipSpaces();
      if (this.#at >= this.#text.length) throw new TemplateError(line, "'{{' is not closed by '}}'");
      const trims = spaced && this.#text.startsWith('-}}', this.#at);
      if (trims || this.#text.startsWith('}}', this.#at)) {
        this.#at += trims ? 3 : 2;
        this.#segments.push({ line, tokens });
        return trims;
      }
      tokens.push(this.#token(spaced));
    }
  }

  #comment(line: number): boolean {
    const end = this.#text.indexOf('*/', this.#at);
    if (end < 0) throw new TemplateError(line, 'a comment is not closed');
    this.#at = end + 2;
    const spaced = this.#skipSpaces();
    const trims = spaced && this.#text.startsWith('-}}', this.#at);
    if (!trims && (spaced || !this.#text.startsWith('}}', this.#at))) {
      throw new TemplateError(line, "expected '}}' right behind a comment");
    }
    this.#at += trims ? 3 : 2;
    return trims;
  }

  #token(spaced: boolean): Token {
    const start = this.#at;
    const character = this.#text[start]!;
    if (character === '"' || character === '`' || character === "'") return this.#quoted(character, spaced);
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'literal', text: number, value: this.#number(number), spaced };
    if (character === '.' || character === '$') {
      this.#at++;
      const text = this.#match(WORD) ?? '';
      if (character === '$') return { kind: 'variable', text, spaced };
      return text === '' ? { kind: 'dot', text: '.', spaced } : { kind: 'field', text, spaced };
    }
    const word = this.#match(WORD);
    if (word !== undefined) return { kind: 'word', text: word, spaced };
    if (this.#text.startsWith(':=', start)) {
      this.#at += 2;
      return { kind: 'symbol', text: ':=', spaced };
    }
    if (!'|(),='.includes(character)) {
      throw new TemplateError(this.#line(start), `unexpected '${character}' in an action`);
    }
    this.#at++;
    return { kind: 'symbol', text: character, spaced };
  }

  #quoted(quote: string, spaced: boolean): Token {
    const start = this.#at;
    const line = this.#line(start);
    let end = start + 1;
    while (
      end < this.#text.length &&
      this.#text[end] !== quote &&
      (quote === '`' || this.#text[end] !== '\n')
    ) {
      end += quote !== '`' && this.#text[end] === '\\' ? 2 : 1;
    }
    if (this.#text[end] !== quote) throw new TemplateError(line, `${quote} is not closed`);
    this.#at = end + 1;
    const text = this.#text.slice(start, this.#at);
    const content = quote === '`' ? text.slice(1, -1) : unquote(text.slice(1, -1));
    if (content === undefined) throw new TemplateError(line, `bad escape in ${text}`);
    if (quote !== "'") return { kind: 'literal', text, value: content, spaced };
    const [character, ...rest] = content;
    if (character === undefined || rest.length > 0)
      throw new TemplateError(line, `${text} is not one character`);
    return { kind: 'literal', text, value: character.codePointAt(0)!, spaced };
  }

  #number(text: string): number | bigint {
    const negative = text.startsWith('-');
    const digits = text.replaceAll('_', '').replace(/^[+-]/, '');
    const fractional = !/^0[xX]/.test(digits) && /[.eE]/.test(digits);
    // 017 is octal, as 0o17 is.
    const literal = !fractional && /^0\d/.test(digits) ? `0o${digits}` : digits;
    const value = Number(literal);
    if (Number.isNaN(value)) throw new TemplateError(this.#line(this.#at), `'${text}' is no number`);
    if (fractional || Number.isSafeInteger(value)) return negative ? -value : value;
    return negative ? -BigInt(literal) : BigInt(literal);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpaces(): boolean {
    const start = this.#at;
    // A closing marker needs the space that stands before it: `x -}}`.
    while (this.#isSpace(this.#at)) this.#at++;
    return this.#at > start;
  }

  #isSpace(at: number): boolean {
    return at < this.#text.length && SPACES.includes(this.#text[at]!);
  }

  #line(at: number): number {
    return this.#text.slice(0, at).split('\n').length;
  }
}

function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && SPACES.includes(text[start]!)) start++;
  return text.slice(start);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACES.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
