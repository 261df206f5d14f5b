import { expectArguments, oneOf, unknownProperty } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { normaliseZones } from '../../src/corefile/zone.ts';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { responseClasses, type ResponseClass } from '../../src/server/response-type.ts';
import { COMMON_FORMAT, compileFormat, type LineFormat } from './line-format.ts';
import { LogHandler } from './handler.ts';

/** Queries at or below `zone` are logged in `format`, if their reply is of one of the classes. */
export interface Rule {
  readonly zone: string;
  readonly format: LineFormat;
  readonly classes: ReadonlySet<ResponseClass>;
}

export interface Options {
  readonly rules: readonly Rule[];
}

/** Addresses that stand for all of the machine. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
const PROPERTIES = ['class'];
const CLASS_NAMES = [...responseClasses, 'all'] as const;

/** Reads `log [NAME...] [FORMAT] { class CLASS... }`; each line adds rules. */
export function parse(directives: readonly Directive[]): Options {
  return { rules: directives.flatMap(readRules) };
}

/** The handler of a block's log lines. */
export function setup(options: Options, controller: Controller): LogHandler {
  const bound = controller.ask(ListenAddresses) ?? WILDCARDS;
  const isBound = !bound.some((address) => WILDCARDS.includes(address));
  return new LogHandler(options.rules, isBound, controller.clock, controller.output);
}

function readRules(directive: Directive): Rule[] {
  const words = directive.arguments;
  const last = words.at(-1);
  // A single word is a name, whatever it looks like: as CoreDNS reads it.
  const hasFormat = words.length > 1 && last?.includes('{') === true;
  const names = hasFormat ? words.slice(0, -1) : words;
  const zones = names.length === 0 ? ['.'] : normaliseZones(names);
  const format = compileFormat(hasFormat ? last : COMMON_FORMAT);
  const classes = readClasses(directive.block ?? []);
  return zones.map((zone) => ({ zone, format, classes }));
}

function readClasses(block: readonly Directive[]): ReadonlySet<ResponseClass> {
  const classes = new Set<ResponseClass>();
  for (const property of block) {
    if (property.name !== 'class') unknownProperty(property, PROPERTIES);
    for (const word of expectArguments(property, 1, Infinity, `class ${CLASS_NAMES.join('|')}...`)) {
      const name = oneOf(property, word, CLASS_NAMES);
      if (name === 'all') for (const every of responseClasses) classes.add(every);
      else classes.add(name);
    }
  }
  return classes.size === 0 ? new Set(responseClasses) : classes;
}
