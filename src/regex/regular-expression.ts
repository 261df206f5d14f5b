import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** CoreDNS's limit for patterns in a Corefile. */
export const MAXIMUM_PATTERN_LENGTH = 10_000;

/**
 * A regular expression of an operator, in RE2's syntax, which is Go's. It takes time linear in the text, whatever
 * the pattern: JavaScript's own could be made to stall the server by a client's choice of name.
 */
export class RegularExpression {
  readonly pattern: string;
  readonly #compiled: RE2JS;

  /** @throws Error telling what is wrong with the pattern */
  constructor(pattern: string) {
    if (pattern.length > MAXIMUM_PATTERN_LENGTH) {
      throw new Error(`regular expression is longer than ${MAXIMUM_PATTERN_LENGTH} characters`);
    }
    this.pattern = pattern;
    this.#compiled = re2js().RE2JS.compile(pattern);
  }

  /** How many groups the pattern has, the whole match not counted. */
  get groupCount(): number {
    return this.#compiled.groupCount();
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** The first match anywhere in the text, by group: the whole first; '' for groups that took no part. */
  match(text: string): readonly string[] | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    return Array.from({ length: this.groupCount + 1 }, (_, index) => matcher.group(index) ?? '');
  }

  /** Numbers of the named groups. */
  get groupNames(): Readonly<Record<string, number>> {
    return this.#compiled.namedGroups();
  }
}

const require = createRequire(import.meta.url);
let loaded: { readonly RE2JS: typeof RE2JS } | undefined;

/** Loaded with the first pattern: it takes 10 ms, and most Corefiles have none. */
function re2js(): { readonly RE2JS: typeof RE2JS } {
  return (loaded ??= require('re2js') as { readonly RE2JS: typeof RE2JS });
}
