import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { canonicalName, nameToWire } from '../../src/wire/name.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import { matchKinds, nameSubstitution } from './name-pattern.ts';
import type { NameSubstitution } from './name-pattern.ts';
import type { Outcome, ResponseRule, RewriteRule } from './rule.ts';
import type { RuleWords } from './rule-words.ts';
import { isValidName } from './valid-name.ts';

export const cnameUsage = 'cname [exact|prefix|suffix|substring|regex] FROM TO';

/** `cname [KIND] FROM TO`: a CNAME that leads to one name leads to another, which is looked up. */
export function parseCnameRule(words: RuleWords): RewriteRule {
  words.expect(2, 3);
  const [to = '', from = '', word = 'exact'] = words.list.toReversed();
  const kind = words.choice('kind of match', word, matchKinds);
  // The end of a name has its dot, a beginning or middle is taken as it is written.
  const normalise = kind === 'exact' || kind === 'suffix' ? canonicalName : lowerCase;
  return new CnameRule(nameSubstitution(words, kind, [from, to], normalise));
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}

/** Looks at every reply, so it matches every query (CoreDNS). */
class CnameRule implements RewriteRule {
  /** What is looked up may come from anywhere. */
  readonly pure = false;
  readonly #target: NameSubstitution;
  readonly #responses: readonly ResponseRule[];

  constructor(target: NameSubstitution) {
    this.#target = target;
    this.#responses = [{ apply: (reply, query) => this.#follow(reply, query) }];
  }

  apply(query: Query): Outcome {
    return { query, responses: this.#responses };
  }

  #follow(reply: Reply, query: Query): Reply | Promise<Reply> {
    for (let index = 0; index < reply.answer.length; index++) {
      const record = reply.answer[index]!;
      if (record.type !== RecordType.CNAME) continue;
      const name = this.#target.apply(nameInData(record.data, 0).toLowerCase());
      if (name === undefined) continue;
      const target = canonicalName(name);
      if (!isValidName(target)) return reply;
      const found = query.lookup(target, query.type);
      return found instanceof Promise
        ? found.then((late) => redirected(reply, index, target, late))
        : redirected(reply, index, target, found);
    }
    return reply;
  }
}

/** The CNAMEs up to the one at `index`, which leads to `target`, and what was found there. A failure changes nothing. */
function redirected(reply: Reply, index: number, target: string, found: Reply): Reply {
  const isAnswer = found.rcode === Rcode.NoError || found.rcode === Rcode.NameError;
  if (found.bare || !isAnswer) return reply;
  const aliases = reply.answer.slice(0, index + 1).filter(({ type }) => type === RecordType.CNAME);
  aliases[aliases.length - 1] = { ...reply.answer[index]!, data: nameToWire(target) };
  return reply.with({ answer: [...aliases, ...found.answer], truncated: found.truncated });
}
