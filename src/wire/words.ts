import { FormatError } from './errors.ts';

/** A word of a line in a zone file (RFC 1035, section 5.1). */
export interface Word {
  /** Without quotes; escapes stay as they are. */
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * The words of one line, up to a comment. Quotes keep spaces and semicolons together, a backslash keeps the
 * character behind it from meaning anything.
 * @throws FormatError when a quote is not closed
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < line.length;) {
    const character = line[at]!;
    if (character === ';') break;
    if (isSpace(character)) at++;
    else if (character === '"') {
      const end = endOf(line, at + 1, (next) => next === '"');
      if (end >= line.length) throw new FormatError('a quote is not closed');
      words.push({ text: line.slice(at + 1, end), quoted: true });
      at = end + 1;
    } else {
      const end = endOf(line, at, (next) => isSpace(next) || next === ';' || next === '"');
      words.push({ text: line.slice(at, end), quoted: false });
      at = end;
    }
  }
  return words;
}

function endOf(line: string, start: number, ends: (character: string) => boolean): number {
  let at = start;
  while (at < line.length && !ends(line[at]!)) at += line[at] === '\\' ? 2 : 1;
  return Math.min(at, line.length);
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}
