import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { didYouMean } from '../../src/corefile/nearest.ts';
import { cnameUsage, parseCnameRule } from './cname-rule.ts';
import { nameUsage, parseNameRule } from './name-rule.ts';
import { ednsUsage, parseEdnsRule } from './parse-edns.ts';
import { classUsage, parseClassRule, parseTypeRule, typeUsage } from './question-rules.ts';
import { parseRcodeRule, rcodeUsage } from './rcode-rule.ts';
import type { RewriteRule, Step } from './rule.ts';
import { RuleWords } from './rule-words.ts';
import { parseTtlRule, ttlUsage } from './ttl-rule.ts';

export interface Options {
  /** In the order of the Corefile. */
  readonly steps: readonly Step[];
}

interface Field {
  readonly usage: string;
  readonly parse: (words: RuleWords) => RewriteRule;
}

const fields: Readonly<Record<string, Field>> = {
  name: { usage: nameUsage, parse: parseNameRule },
  type: { usage: typeUsage, parse: parseTypeRule },
  class: { usage: classUsage, parse: parseClassRule },
  ttl: { usage: ttlUsage, parse: parseTtlRule },
  rcode: { usage: rcodeUsage, parse: parseRcodeRule },
  cname: { usage: cnameUsage, parse: parseCnameRule },
  edns0: { usage: ednsUsage, parse: parseEdnsRule },
};

/** Reads the rules; every `rewrite` of a server block is one. */
export function parse(directives: readonly Directive[]): Options {
  return { steps: directives.map((directive) => parseStep(directive, allWords(directive))) };
}

/** The words of the line and those between the braces, which make one rule together. */
function allWords(directive: Directive): string[] {
  const { arguments: words, block } = directive;
  if (block === undefined) return [...words];
  if (words.length > 1) {
    throw new CorefileError(
      directive,
      "unexpected '{': the rule stands on the line or between braces, not both",
    );
  }
  return [...words, ...block.flatMap(lineWords)];
}

function lineWords(line: Directive): string[] {
  if (line.block !== undefined) throw new CorefileError(line, "unexpected '{' within a rule");
  return [line.name, ...line.arguments];
}

function parseStep(directive: Directive, words: readonly string[]): Step {
  const mode = words[0]?.toLowerCase();
  const rest = mode === 'continue' || mode === 'stop' ? words.slice(1) : words;
  const [name, ...list] = rest;
  const names = Object.keys(fields);
  if (name === undefined) {
    throw new CorefileError(directive, `no field to rewrite; expected one of ${names.join(', ')}`);
  }
  const key = name.toLowerCase();
  if (key === 'answer') throw new CorefileError(directive, "'answer' must stand behind a name rule");
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (field === undefined) {
    throw new CorefileError(
      directive,
      `unknown field '${name}'${didYouMean(name, names)}; valid are ${names.join(', ')}`,
    );
  }
  const rule = field.parse(new RuleWords(directive, list, field.usage));
  return { rule, stop: mode !== 'continue' };
}
