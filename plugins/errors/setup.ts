import { didYouMean } from '../../src/corefile/nearest.ts';
import { duration, expectArguments, once, unknownProperty } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { StackTraces } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { Consolidation, LEVELS, type ConsolidationRule, type Level } from './consolidation.ts';
import { ErrorsHandler } from './handler.ts';
import { RegularExpression } from '../../src/regex/regular-expression.ts';

export interface Options {
  readonly stackTraces: boolean;
  readonly rules: readonly ConsolidationRule[];
}

const PROPERTIES = ['stacktrace', 'consolidate'];
const CONSOLIDATE = 'consolidate DURATION REGEX [warning|error|info|debug] [show_first]';

/** Reads `errors [stdout] { stacktrace | consolidate DURATION REGEX [LEVEL] [show_first] }`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  const [output] = expectArguments(directive, 0, 1, 'errors [stdout]');
  if (output !== undefined && output !== 'stdout') {
    throw new CorefileError(directive, `invalid log file '${output}'; errors go to stdout only`);
  }
  let stackTraces = false;
  const rules: ConsolidationRule[] = [];
  for (const property of directive.block ?? []) {
    if (property.name === 'consolidate') rules.push(readRule(property));
    else if (property.name === 'stacktrace') {
      expectArguments(property, 0, 0);
      stackTraces = true;
    } else unknownProperty(property, PROPERTIES);
  }
  return { stackTraces, rules };
}

/** The handler of a block's errors. What was counted and not yet told is told when the configuration ends. */
export function setup(options: Options, controller: Controller): ErrorsHandler {
  if (options.stackTraces) controller.offer(StackTraces, true);
  const consolidations = options.rules.map((rule) => new Consolidation(rule, controller));
  controller.onStop(() => {
    for (const consolidation of consolidations) consolidation.stop();
  });
  return new ErrorsHandler(consolidations, controller.log);
}

function readRule(property: Directive): ConsolidationRule {
  const [period, pattern, ...words] = expectArguments(property, 2, 4, CONSOLIDATE);
  const level = words.find(isLevel) ?? 'error';
  const showFirst = words.includes('show_first');
  const allowed = [...(words.some(isLevel) ? [level] : []), ...(showFirst ? ['show_first'] : [])];
  if (words.length !== allowed.length || words.some((word, index) => word !== allowed[index])) {
    throw new CorefileError(property, badWords(words));
  }
  return {
    period: duration(property, period!, { min: 0 }),
    pattern: readPattern(property, pattern!),
    level,
    showFirst,
  };
}

function readPattern(property: Directive, text: string): RegularExpression {
  try {
    return new RegularExpression(text);
  } catch (cause) {
    const { message } = cause as Error;
    throw new CorefileError(property, `invalid regular expression: ${message}`, { cause });
  }
}

function isLevel(word: string): word is Level {
  return (LEVELS as readonly string[]).includes(word);
}

function badWords(words: readonly string[]): string {
  const known = [...LEVELS, 'show_first'];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    return `unknown word '${unknown}'${didYouMean(unknown, known)}; expected ${CONSOLIDATE}`;
  }
  return `'${words.join(' ')}' is not in order; expected at most one level, then show_first`;
}
