import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Rcode, rcodeFromName, rcodeName } from '../../src/wire/codes.ts';
import { matchKinds, namePattern } from './name-pattern.ts';
import type { NamePattern } from './name-pattern.ts';
import type { Outcome, ResponseRule, RewriteRule } from './rule.ts';
import type { RuleWords } from './rule-words.ts';

export const rcodeUsage = 'rcode [exact|prefix|suffix|substring|regex] NAME FROM TO';

/** Names that the Go library of CoreDNS knows besides. */
const otherNames: Readonly<Record<string, number>> = {
  NOTIMPL: Rcode.NotImplemented,
  BADSIG: Rcode.BadVersion,
};

/** `rcode [KIND] NAME FROM TO`: another response code is given. */
export function parseRcodeRule(words: RuleWords): RewriteRule {
  words.expect(3, 4);
  const [to = '', from = '', name = '', kind = 'exact'] = words.list.toReversed();
  const pattern = namePattern(words, words.choice('kind of match', kind, matchKinds), name);
  return new RcodeRule(pattern, parseRcode(words, from), parseRcode(words, to));
}

function parseRcode(words: RuleWords, word: string): number {
  if (/^\d/.test(word)) return words.number('rcode', word, Rcode.BadCookie);
  const rcode = rcodeFromName(word) ?? otherNames[word.toUpperCase()];
  if (rcode !== undefined) return rcode;
  const names = Object.values(Rcode).map(rcodeName);
  words.fail(`invalid rcode '${word}'; valid are ${names.join(', ')} and 0 to ${Rcode.BadCookie}`);
}

class RcodeRule implements RewriteRule {
  readonly pure = true;
  readonly #pattern: NamePattern;
  readonly #responses: readonly ResponseRule[];

  constructor(pattern: NamePattern, from: number, to: number) {
    this.#pattern = pattern;
    this.#responses = [
      {
        apply: (reply: Reply) =>
          reply.rcode === from ? reply.with({ rcode: to, repeat: reply.repeat }) : reply,
      },
    ];
  }

  apply(query: Query): Outcome | undefined {
    return this.#pattern.matches(query.name) ? { query, responses: this.#responses } : undefined;
  }
}
