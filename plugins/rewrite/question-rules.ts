import type { Query } from '../../src/server/query.ts';
import { classFromName, RecordClass, RecordType, typeFromName } from '../../src/wire/codes.ts';
import { NO_RESPONSES } from './rule.ts';
import type { Outcome, RewriteRule } from './rule.ts';
import type { RuleWords } from './rule-words.ts';

export const typeUsage = 'type FROM TO';
export const classUsage = 'class FROM TO';

/** `type FROM TO`: another type is asked for. Records are given as they are. */
export function parseTypeRule(words: RuleWords): RewriteRule {
  words.expect(2);
  const [from, to] = words.list.map((word) => {
    return typeFromName(word) ?? unknown(words, 'type', word, Object.keys(RecordType));
  });
  return new NumberRule('type', from!, to!);
}

/** `class FROM TO`: another class is asked for. */
export function parseClassRule(words: RuleWords): RewriteRule {
  words.expect(2);
  const [from, to] = words.list.map((word) => {
    return classFromName(word) ?? unknown(words, 'class', word, Object.keys(RecordClass));
  });
  return new NumberRule('class', from!, to!);
}

function unknown(words: RuleWords, field: string, word: string, names: readonly string[]): never {
  words.fail(`invalid ${field} '${word}'; valid are ${names.join(', ')} and ${field.toUpperCase()}<number>`);
}

class NumberRule implements RewriteRule {
  readonly pure = true;
  readonly #field: 'type' | 'class';
  readonly #from: number;
  readonly #to: number;

  constructor(field: 'type' | 'class', from: number, to: number) {
    this.#field = field;
    this.#from = from;
    this.#to = to;
  }

  apply(query: Query): Outcome | undefined {
    if (query[this.#field] !== this.#from) return undefined;
    const rewritten =
      this.#field === 'type' ? query.with({ type: this.#to }) : query.with({ class: this.#to });
    return { query: rewritten, responses: NO_RESPONSES };
  }
}
