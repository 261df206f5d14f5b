import { CorefileError, type Position } from './error.ts';

/** A word of a Corefile. */
export interface Token extends Position {
  /** Without its quotes; environment variables are not yet substituted. */
  readonly text: string;
  /** Quoted words are text only: `"{"` opens nothing. */
  readonly quoted: boolean;
  /** Whether a statement may begin here: the first word of a line, or the first one after an opening brace. */
  readonly startsLine: boolean;
}

/**
 * Splits a Corefile into its words.
 * @throws CorefileError at the opening quote of a quoted word that never ends.
 */
export function tokenise(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let startsLine = true;
  let index = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;

  const push = (word: string, wordLine: number, quoted: boolean): void => {
    tokens.push({ file, line: wordLine, text: word, quoted, startsLine });
    startsLine = !quoted && word === '{';
  };

  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === LINE_FEED) {
      line++;
      startsLine = true;
      index++;
    } else if (isSpace(code)) {
      index++;
    } else if (code === HASH) {
      index = endOfLine(text, index);
    } else if (code === QUOTE) {
      const end = closingQuote(text, index + 1);
      if (end < 0) throw new CorefileError({ file, line }, `unexpected end of file: expected a closing '"'`);
      const raw = text.slice(index + 1, end);
      push(raw.replaceAll('\\"', '"'), line, true);
      line += countLineFeeds(raw);
      index = end + 1;
    } else {
      const end = endOfWord(text, index);
      push(withoutCarriageReturns(text.slice(index, end)), line, false);
      index = end;
    }
  }
  return tokens;
}

const BYTE_ORDER_MARK = 0xfeff;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const HASH = 0x23;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** White space as Unicode's property has it (and Go's `unicode.IsSpace`): unlike `\s`, with U+0085, without U+FEFF. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x80) return false;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** A quote inside a word is an ordinary character, `#` ends it, a carriage return is as if it were not there. */
function endOfWord(text: string, start: number): number {
  let index = start;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === HASH || (isSpace(code) && code !== CARRIAGE_RETURN)) break;
  }
  return index;
}

/** A backslash shields exactly the next character, so `\\"` ends the word: Caddy keeps both backslashes. */
function closingQuote(text: string, start: number): number {
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) return index;
  }
  return -1;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function withoutCarriageReturns(word: string): string {
  return word.includes('\r') ? word.replaceAll('\r', '') : word;
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) count++;
  return count;
}
