import { CorefileError, type Directive } from './corefile.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import { normaliseZones, type ZoneKey } from './zone.ts';

/**
 * Says that a directive has too few or too many arguments, in CoreDNS's words and with what is expected.
 * @param usage the right form, such as `forward FROM TO...`
 */
export function argumentError(directive: Directive, usage?: string): never {
  const last = directive.arguments.at(-1) ?? directive.name;
  const expected = usage === undefined ? '' : `; expected ${usage}`;
  throw new CorefileError(
    directive,
    `wrong argument count or unexpected line ending after '${last}'${expected}`,
  );
}

/** Returns the directive's arguments when there are `minimum` to `maximum` of them. */
export function expectArguments(
  directive: Directive,
  minimum: number,
  maximum = Infinity,
  usage?: string,
): readonly string[] {
  const count = directive.arguments.length;
  if (count >= minimum && count <= maximum) return directive.arguments;
  return argumentError(directive, usage ?? `${countRange(minimum, maximum)} after '${directive.name}'`);
}

/** Throws when a directive that has no properties is followed by braces. */
export function expectNoBlock(directive: Directive): void {
  if (directive.block === undefined) return;
  throw new CorefileError(directive, `unexpected '{': ${directive.name} takes no block`);
}

/** Says that a property inside the braces is not known, naming the nearest one and all there are. */
export function unknownProperty(property: Directive, validNames: readonly string[]): never {
  const { name } = property;
  const valid = validNames.length === 0 ? 'no property is valid here' : `valid are ${validNames.join(', ')}`;
  throw new CorefileError(property, `unknown property '${name}'${didYouMean(name, validNames)}; ${valid}`);
}

/** Returns the only one of a server block's directives of a name; a second one is an error at its line. */
export function once(directives: readonly Directive[]): Directive {
  const [first, second] = directives;
  if (first === undefined) throw new TypeError('once() needs the directive it looks at');
  if (second === undefined) return first;
  const place = `${first.file}:${first.line}`;
  throw new CorefileError(
    second,
    `this plugin can only be used once per Server Block, '${second.name}' already stands at ${place}`,
  );
}

/** Bounds of a number, both allowed themselves; milliseconds for durations. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** Reads a decimal whole number within bounds; `text` is one of the directive's arguments. */
export function integer(directive: Directive, text: string, bounds: Bounds = {}): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && isWithin(value, bounds)) return value + 0;
  throw new CorefileError(
    directive,
    `invalid ${directive.name} '${text}'; expected a whole number${boundsText(bounds, String)}`,
  );
}

/** Reads a Go duration within bounds as milliseconds; `text` is one of the directive's arguments. */
export function duration(directive: Directive, text: string, bounds: Bounds = {}): number {
  const value = parseDuration(text);
  if (value !== undefined && isWithin(value, bounds)) return value;
  throw new CorefileError(
    directive,
    `invalid ${directive.name} '${text}'; expected a duration such as 300ms, 1.5h or 2m30s` +
      boundsText(bounds, formatDuration),
  );
}

/** Returns the argument when it is one of the choices; letter case counts. */
export function oneOf<Choice extends string>(
  directive: Directive,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new CorefileError(
    directive,
    `invalid ${directive.name} '${text}'${didYouMean(text, choices)}; expected one of ${choices.join(', ')}`,
  );
}

/** The zones of a plugin's `[ZONES...]`: the given ones, or the server block's when none are given. */
export function zonesOrKeys(names: readonly string[], keys: readonly ZoneKey[]): string[] {
  return names.length === 0 ? keys.map((key) => key.zone) : normaliseZones(names);
}

/** The zones of `fallthrough [ZONES...]`: the given ones, or the root and so everything. */
export function fallthroughZones(property: Directive): string[] {
  return property.arguments.length === 0 ? ['.'] : normaliseZones(property.arguments);
}

function isWithin(value: number, { min = -Infinity, max = Infinity }: Bounds): boolean {
  return value >= min && value <= max;
}

function boundsText({ min, max }: Bounds, format: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return ` of at least ${format(min)}`;
  return max === undefined ? '' : ` of at most ${format(max)}`;
}

function countRange(minimum: number, maximum: number): string {
  const noun = (count: number): string => (count === 1 ? 'argument' : 'arguments');
  if (maximum === 0) return 'no arguments';
  if (minimum === maximum) return `${minimum} ${noun(minimum)}`;
  if (minimum === 0 && maximum !== Infinity) return `at most ${maximum} ${noun(maximum)}`;
  if (maximum === Infinity) return `at least ${minimum} ${noun(minimum)}`;
  return `${minimum} to ${maximum} ${noun(maximum)}`;
}
