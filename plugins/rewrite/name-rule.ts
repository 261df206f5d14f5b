import type { Query } from '../../src/server/query.ts';
import { canonicalName } from '../../src/wire/name.ts';
import { OwnerRule, TargetRule } from './answer-rules.ts';
import { matchKinds, nameSubstitution, regexSubstitution } from './name-pattern.ts';
import type { NameSubstitution } from './name-pattern.ts';
import { Restoring, Substituting } from './renaming.ts';
import { NO_RESPONSES } from './rule.ts';
import type { Outcome, ResponseRule, RewriteRule } from './rule.ts';
import type { RuleWords } from './rule-words.ts';
import { isValidName } from './valid-name.ts';

/** The right form, for messages. */
export const nameUsage =
  'name [exact|prefix|suffix|substring|regex] FROM TO [answer auto|answer name|value REGEX TO...]';

/** `name [KIND] FROM TO [answer ...]`: another name is asked for. */
export function parseNameRule(words: RuleWords): RewriteRule {
  words.expect(2, Infinity);
  const [first = '', second = '', to = '', ...answerWords] = words.list;
  if (words.list.length === 2) return exactRule(words, first, second, NO_RESPONSES);
  const kind = words.choice('kind of match', first, matchKinds);
  const { auto, rules } = parseAnswer(words, answerWords);
  if (kind === 'exact') return exactRule(words, second, to, rules);
  const substitution = nameSubstitution(words, kind, [second, to]);
  if (!auto) return new NameRule(substitution, rules, false);
  if (kind !== 'suffix') return new NameRule(substitution, rules, true);
  // The ends are exchanged in the other direction, whatever name was asked for.
  const back = new Substituting(nameSubstitution(words, kind, [to, second]));
  return new NameRule(substitution, [new OwnerRule(back), new TargetRule(back), ...rules], false);
}

/** The name asked for always comes back in the reply, for both names are known. */
function exactRule(words: RuleWords, from: string, to: string, rules: readonly ResponseRule[]): RewriteRule {
  for (const name of [from, to]) if (!isValidName(name)) words.fail(`'${name}' is not a domain name`);
  const back = new Restoring(canonicalName(to), canonicalName(from));
  const responses = [new OwnerRule(back), new TargetRule(back), ...rules];
  return new NameRule(nameSubstitution(words, 'exact', [from, to]), responses, false);
}

/** What stands behind TO; the word `answer` may be left out after the first. */
function parseAnswer(
  words: RuleWords,
  list: readonly string[],
): { readonly auto: boolean; readonly rules: readonly ResponseRule[] } {
  let auto = false;
  let names = false;
  const rules: ResponseRule[] = [];
  for (let at = 0; at < list.length;) {
    if (list[at]!.toLowerCase() === 'answer') at++;
    else if (at === 0)
      words.fail(`unexpected '${list[0]}'; expected answer auto, answer name or answer value`);
    const type = words.choice('answer', list[at] ?? '', ['auto', 'name', 'value']);
    if (type === 'auto') {
      auto = true;
      at++;
      continue;
    }
    const [from, to] = list.slice(at + 1, at + 3);
    if (from === undefined || to === undefined)
      words.fail(`answer ${type} needs a regular expression and a name`);
    const renaming = new Substituting(regexSubstitution(words, from, to));
    rules.push(type === 'name' ? new OwnerRule(renaming) : new TargetRule(renaming));
    names ||= type === 'name';
    at += 3;
  }
  if (auto && names) words.fail("'answer auto' cannot be combined with 'answer name'");
  return { auto, rules };
}

class NameRule implements RewriteRule {
  readonly pure = true;
  readonly #substitution: NameSubstitution;
  readonly #responses: readonly ResponseRule[];
  /** The name asked for is put back in the place of the one that the rule made of it. */
  readonly #restores: boolean;

  constructor(substitution: NameSubstitution, responses: readonly ResponseRule[], restores: boolean) {
    this.#substitution = substitution;
    this.#responses = responses;
    this.#restores = restores;
  }

  apply(query: Query): Outcome | undefined {
    const name = this.#substitution.apply(query.name);
    if (name === undefined) return undefined;
    const rewritten = query.with({ name, originalName: name });
    if (!this.#restores) return { query: rewritten, responses: this.#responses };
    const back = new Restoring(name, query.name);
    return { query: rewritten, responses: [new OwnerRule(back), new TargetRule(back), ...this.#responses] };
  }
}
