/** Thrown for text beyond the plain subset. One for all: to make one a document would cost more than the reading. */
export const beyondSubset = new Error('beyond the plain subset');

const space = 32;
const colon = 58;
const dash = 45;

/** The text between the quotes at `from` and `to - 1`, without escapes. @throws {beyondSubset} */
export function quotedText(text: string, from: number, to: number): string {
  for (let index = from + 1; index < to - 1; index++) {
    const code = text.charCodeAt(index);
    if (code === 92 || code < space || code > 126) throw beyondSubset;
  }
  return text.slice(from + 1, to - 1);
}

/** The value of a plain scalar in the core schema (YAML 1.2, section 10.3.2). @throws {beyondSubset} */
export function plainValue(text: string): unknown {
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

/**
 * Where the plain scalar at `from` ends: before a comment, or at `to`, without spaces.
 * @param flow inside of `[]` or `{}`, where it also ends before `,`, `]` and `}`
 * @throws {beyondSubset} unless it is a plain scalar for certain
 */
export function plainEnd(text: string, from: number, to: number, flow: boolean): number {
  if (!startsPlain(text, from, to)) throw beyondSubset;
  let end = from;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (code < space || code > 126) throw beyondSubset;
    if (code === 35 && text.charCodeAt(index - 1) === space) return end;
    if (code === colon && (index + 1 === to || endsKey(text.charCodeAt(index + 1), flow))) throw beyondSubset;
    if (flow && (code === 44 || code === 93 || code === 125)) return end;
    if (flow && (code === 91 || code === 123)) throw beyondSubset;
    if (code !== space) end = index + 1;
  }
  return end;
}

function endsKey(code: number, flow: boolean): boolean {
  return (
    code === space || (flow && (code === 44 || code === 91 || code === 93 || code === 123 || code === 125))
  );
}

/** Letters, digits and marks that begin a plain scalar and nothing else; a dash with something after it. */
function startsPlain(text: string, from: number, to: number): boolean {
  const code = text.charCodeAt(from);
  if (code === dash) return from + 1 < to && isWordStart(text.charCodeAt(from + 1));
  return isWordStart(code) || code === 43 || code === 40 || code === 60;
}

function isWordStart(code: number): boolean {
  return isLetter(code) || (code >= 46 && code <= 57) || code === 95 || code === dash;
}

/** An ASCII letter. */
export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** A plain key that is a string for certain: letters, digits and `-./_` after a letter; with `colons`, those too. */
export function plainKey(text: string, from: number, to: number, colons: boolean): string {
  if (to - from > 500 || !isLetter(text.charCodeAt(from))) throw beyondSubset;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (!isLetter(code) && !(code >= dash && code < colon) && code !== 95 && !(colons && code === colon)) {
      throw beyondSubset;
    }
  }
  const key = text.slice(from, to);
  if (key.length === 4 && key.toLowerCase() === 'null') throw beyondSubset;
  return key;
}
