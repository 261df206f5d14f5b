import { expectArguments } from '../../src/corefile/arguments.ts';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive } from '../../src/corefile/corefile.ts';

/** What of a link is seen on others as well. Everything else is not. */
export interface SharingRule {
  /** `_raop._tcp`, or with a subtype in front, `_universal._sub._ipp._tcp`: only those that are of it. */
  readonly type: string;
  /** Which instances, by what people see, in any letter case: `*` stands for any characters. */
  readonly instance: string;
  /** Which hosts, by the first label of their names, in the same way. */
  readonly host: string;
  /** Interfaces of the other links. */
  readonly to: readonly string[];
}

const USAGE = 'share TYPE [INSTANCE] [from HOST] to INTERFACE...';
const TYPE = /^([a-z0-9_-]{1,63}\._sub\.)?_[a-z0-9-]+\._(tcp|udp)$/i;

/** Reads `share TYPE [INSTANCE] [from HOST] to INTERFACE...`. */
export function parseSharing(property: Directive): SharingRule {
  const words = expectArguments(property, 3, Infinity, USAGE);
  const [what, to] = splitAt(words, 'to');
  const [[type, instance = '*', ...others], hosts] = splitAt(what, 'from');
  const isWhole = type !== undefined && others.length === 0 && to !== undefined && to.length > 0;
  if (!isWhole || (hosts !== undefined && hosts.length !== 1)) {
    throw new CorefileError(property, `invalid share '${words.join(' ')}'; expected ${USAGE}`);
  }
  if (!TYPE.test(type)) {
    throw new CorefileError(property, `'${type}' is no type of services; expected one such as _ipp._tcp`);
  }
  return { type, instance, host: hosts?.[0] ?? '*', to };
}

/** The words in front of a word, and those behind it; undefined where it is not there. */
function splitAt(words: readonly string[], word: string): [string[], string[] | undefined] {
  const at = words.indexOf(word);
  return at < 0 ? [[...words], undefined] : [words.slice(0, at), words.slice(at + 1)];
}

/** Whether a text is what a pattern with `*` says, in any letter case. */
export function fits(pattern: string, text: string): boolean {
  const pieces = pattern.toLowerCase().split('*');
  const value = text.toLowerCase();
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (pieces.length === 1) return value === first;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
    return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
