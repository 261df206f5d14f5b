export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'symbol';
  /** Of strings without quotes, escapes resolved. */
  readonly text: string;
  readonly value?: number;
  /** Where it begins, counted from 1. */
  readonly column: number;
}

const WORD = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?/y;
const SYMBOLS = ['**', '==', '!=', '<=', '>=', '&&', '||', '??', '?.', '..'];
const SINGLES = '()[]{}<>+-*/%^!?:,.|#=;';
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * The words of an expression.
 * @throws Error naming the column
 */
export function scan(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length;) {
    const character = source[at]!;
    const column = at + 1;
    if (' \t\r\n'.includes(character)) {
      at++;
      continue;
    }
    if (character === '"' || character === "'" || character === '`') {
      const end = closing(source, at);
      tokens.push({ kind: 'string', text: content(source.slice(at + 1, end), character, column), column });
      at = end + 1;
      continue;
    }
    const word = matchAt(WORD, source, at);
    const number = matchAt(NUMBER, source, at);
    if (word !== undefined) tokens.push({ kind: 'word', text: word, column });
    else if (number !== undefined) {
      tokens.push({ kind: 'number', text: number, value: Number(number.replaceAll('_', '')), column });
    } else {
      const symbol = SYMBOLS.find((candidate) => source.startsWith(candidate, at)) ?? character;
      if (symbol.length === 1 && !SINGLES.includes(symbol)) {
        throw new Error(`unexpected '${symbol}' in column ${column}`);
      }
      tokens.push({ kind: 'symbol', text: symbol, column });
    }
    at += tokens.at(-1)!.text.length;
  }
  return tokens;
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function closing(source: string, start: number): number {
  const quote = source[start]!;
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === quote) return at;
    if (source[at] === '\\' && quote !== '`') at++;
  }
  throw new Error(`the string in column ${start + 1} is not closed`);
}

function content(text: string, quote: string, column: number): string {
  if (quote === '`') return text;
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([^]))/g,
    (escape, byte?: string, code?: string, letter = '') => {
      if (byte !== undefined || code !== undefined) return String.fromCharCode(Number(`0x${byte ?? code}`));
      const simple = ESCAPES[letter as string];
      if (simple === undefined) throw new Error(`bad escape ${escape} in the string of column ${column}`);
      return simple;
    },
  );
}
