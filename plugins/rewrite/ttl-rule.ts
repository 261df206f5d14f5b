import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { mapRecords } from './answer-rules.ts';
import type { RecordChange } from './answer-rules.ts';
import { matchKinds, namePattern } from './name-pattern.ts';
import type { NamePattern } from './name-pattern.ts';
import type { Outcome, ResponseRule, RewriteRule } from './rule.ts';
import type { RuleWords } from './rule-words.ts';

export const ttlUsage = 'ttl [exact|prefix|suffix|substring|regex] NAME TTL|MIN-MAX|MIN-|-MAX';

/** The longest TTL there is, in seconds (RFC 2181, section 8). */
const MAXIMUM_TTL = 2 ** 31 - 1;

/** `ttl [KIND] NAME RANGE`: the TTLs of all records of the reply are brought within bounds. */
export function parseTtlRule(words: RuleWords): RewriteRule {
  words.expect(2, 3);
  const [range = '', name = '', kind = 'exact'] = words.list.toReversed();
  const pattern = namePattern(words, words.choice('kind of match', kind, matchKinds), name);
  const [minimum, maximum] = parseRange(words, range);
  return new TtlRule(pattern, minimum, maximum);
}

function parseRange(words: RuleWords, range: string): readonly [minimum: number, maximum: number] {
  const [first = '', second, ...more] = range.split('-');
  if (more.length > 0 || (first === '' && (second ?? '') === '')) {
    words.fail(`invalid TTL '${range}'; expected seconds or a range: 30, 10-60, 10- or -60`);
  }
  const minimum = first === '' ? 0 : words.number('TTL', first, MAXIMUM_TTL);
  if (second === undefined) return [minimum, minimum];
  const maximum = second === '' ? MAXIMUM_TTL : words.number('TTL', second, MAXIMUM_TTL);
  if (minimum > maximum) words.fail(`invalid TTL '${range}'; its minimum is above its maximum`);
  return [minimum, maximum];
}

class TtlRule implements RewriteRule {
  readonly pure = true;
  readonly #pattern: NamePattern;
  readonly #responses: readonly ResponseRule[];

  constructor(pattern: NamePattern, minimum: number, maximum: number) {
    this.#pattern = pattern;
    this.#responses = [new Bounds(minimum, maximum)];
  }

  apply(query: Query): Outcome | undefined {
    return this.#pattern.matches(query.name) ? { query, responses: this.#responses } : undefined;
  }
}

class Bounds implements ResponseRule, RecordChange {
  readonly #minimum: number;
  readonly #maximum: number;

  constructor(minimum: number, maximum: number) {
    this.#minimum = minimum;
    this.#maximum = maximum;
  }

  /** TTLs that run down meet the bounds elsewhere each time, so that such a reply is not its own repeat any more. */
  apply(reply: Reply): Reply {
    const changed = mapRecords(reply, this);
    return changed.repeat?.running === undefined ? changed : changed.with({ repeat: undefined });
  }

  change(record: ResourceRecord): ResourceRecord {
    const ttl = Math.min(this.#maximum, Math.max(this.#minimum, record.ttl));
    return ttl === record.ttl ? record : { ...record, ttl };
  }
}
