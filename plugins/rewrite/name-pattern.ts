import { canonicalName } from '../../src/wire/name.ts';
import type { RegularExpression } from '../../src/regex/regular-expression.ts';
import { GroupTemplate } from './group-template.ts';
import type { RuleWords } from './rule-words.ts';

export const matchKinds = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const;
export type MatchKind = (typeof matchKinds)[number];

/** Which names a rule is about. */
export interface NamePattern {
  /** @param name lower case, fully qualified */
  matches(name: string): boolean;
}

/** Which names a rule is about, and what it makes of them. */
export interface NameSubstitution {
  /** The new name; undefined when the pattern does not match. @param name lower case, fully qualified */
  apply(name: string): string | undefined;
}

/**
 * Reads FROM. But for regular expressions it becomes lower case and fully qualified, also where it is only the
 * beginning or a part of a name: `old` then means the label `old` (CoreDNS).
 */
export function namePattern(words: RuleWords, kind: MatchKind, from: string): NamePattern {
  if (kind !== 'regex') return new TextPattern(kind, canonicalName(from));
  const expression = words.regularExpression(from);
  return { matches: (name) => expression.test(name) };
}

/** Reads FROM and TO. Those that are not regular expressions are made ready by `normalise`. */
export function nameSubstitution(
  words: RuleWords,
  kind: MatchKind,
  [from, to]: readonly [from: string, to: string],
  normalise: (name: string) => string = canonicalName,
): NameSubstitution {
  if (kind !== 'regex') return new TextSubstitution(kind, normalise(from), normalise(to));
  return regexSubstitution(words, from, to);
}

/** A regular expression, and the name to put in the place of names that it matches anywhere. */
export function regexSubstitution(words: RuleWords, from: string, to: string): NameSubstitution {
  const expression = words.regularExpression(from);
  const named = GroupTemplate.groupsNamed(to);
  if (named > expression.groupCount) {
    words.fail(`'${to}' names ${named} groups, but '${from}' has ${expression.groupCount}`);
  }
  return new RegexSubstitution(expression, canonicalName(to));
}

class TextPattern implements NamePattern {
  readonly #kind: MatchKind;
  readonly #from: string;

  constructor(kind: MatchKind, from: string) {
    this.#kind = kind;
    this.#from = from;
  }

  matches(name: string): boolean {
    if (this.#kind === 'exact') return name === this.#from;
    if (this.#kind === 'prefix') return name.startsWith(this.#from);
    return this.#kind === 'suffix' ? name.endsWith(this.#from) : name.includes(this.#from);
  }
}

class TextSubstitution implements NameSubstitution {
  readonly #kind: MatchKind;
  readonly #from: string;
  readonly #to: string;
  readonly #pattern: NamePattern;

  constructor(kind: MatchKind, from: string, to: string) {
    this.#kind = kind;
    this.#from = from;
    this.#to = to;
    this.#pattern = new TextPattern(kind, from);
  }

  apply(name: string): string | undefined {
    if (!this.#pattern.matches(name)) return undefined;
    if (this.#kind === 'exact') return this.#to;
    if (this.#kind === 'prefix') return this.#to + name.slice(this.#from.length);
    if (this.#kind === 'suffix') return name.slice(0, name.length - this.#from.length) + this.#to;
    return name.split(this.#from).join(this.#to);
  }
}

class RegexSubstitution implements NameSubstitution {
  readonly #expression: RegularExpression;
  readonly #to: GroupTemplate;

  constructor(expression: RegularExpression, to: string) {
    this.#expression = expression;
    this.#to = new GroupTemplate(to, expression.groupCount);
  }

  apply(name: string): string | undefined {
    // Most names do not match, and to find that out alone is quick.
    if (!this.#expression.test(name)) return undefined;
    return this.#to.fill(this.#expression.match(name)!);
  }
}
