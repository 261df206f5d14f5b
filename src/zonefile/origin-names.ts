import { FormatError } from '../wire/errors.ts';
import { MAXIMUM_NAME_BYTES, readName, writeName } from '../wire/name.ts';

const scratch = new Uint8Array(MAXIMUM_NAME_BYTES + 2);

/** A name as a zone file has it, in full: `@` is the origin, and a name without a last dot is below it. */
export function absoluteName(text: string, origin: string): string {
  if (text === '@') return origin;
  if (text === '') throw new FormatError('expected a name');
  if (endsInDot(text)) return text;
  return origin === '.' ? `${text}.` : `${text}.${origin}`;
}

/**
 * A name as queries spell it: in lower case, each escape in its one form.
 * @throws FormatError when it is no name
 */
export function storedName(text: string, origin: string): string {
  return spelled(absoluteName(text, origin), true);
}

/** The same in its own letter case. */
export function ownName(text: string, origin: string): string {
  return spelled(absoluteName(text, origin), false);
}

function spelled(name: string, lower: boolean): string {
  writeName(name, scratch, 0);
  return readName(scratch, 0, lower);
}

/** A dot behind an odd number of backslashes belongs to its label. */
function endsInDot(text: string): boolean {
  let at = text.length - 1;
  if (text.charCodeAt(at) !== 46) return false;
  let backslashes = 0;
  while (text.charCodeAt(--at) === 92) backslashes++;
  return backslashes % 2 === 0;
}
