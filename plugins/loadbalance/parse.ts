import { duration, expectArguments, once, oneOf, unknownProperty } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive, type Position } from '../../src/corefile/corefile.ts';
import { Network } from '../../src/wire/network.ts';

/** Addresses in random order, those of preferred networks first. */
export interface RoundRobinOptions {
  readonly policy: 'round_robin';
  /** Most preferred first; none: no order among addresses. */
  readonly prefer: readonly Network[];
}

/** One address first, as often as its weight says. */
export interface WeightedOptions {
  readonly policy: 'weighted';
  readonly file: string;
  /** Milliseconds between two looks at the file; 0: only one. */
  readonly reload: number;
  readonly position: Position;
}

export type Options = RoundRobinOptions | WeightedOptions;

const RELOAD = 30_000;
const USAGE = 'loadbalance [round_robin | weighted FILE]';
const policies = ['round_robin', 'weighted'] as const;

/** Reads `loadbalance [round_robin | weighted FILE] { prefer NETWORK... | reload DURATION }`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  const [name, file] = expectArguments(directive, 0, 2, USAGE);
  const policy = name === undefined ? 'round_robin' : oneOf(directive, name, policies);
  expectArguments(directive, 0, policy === 'weighted' ? 2 : 1, USAGE);
  const properties = directive.block ?? [];
  if (policy === 'round_robin') return { policy, prefer: properties.flatMap(readPrefer) };
  if (file === undefined)
    throw new CorefileError(directive, `the file of weights is missing; expected ${USAGE}`);
  return { policy, file, reload: properties.map(readReload).at(-1) ?? RELOAD, position: directive };
}

function readPrefer(property: Directive): Network[] {
  if (property.name !== 'prefer') unknownProperty(property, ['prefer']);
  return expectArguments(property, 1).map((text) => {
    const network = Network.parse(text);
    if (network !== undefined) return network;
    throw new CorefileError(property, `invalid network '${text}'; expected ADDRESS/BITS or ADDRESS`);
  });
}

function readReload(property: Directive): number {
  if (property.name !== 'reload') unknownProperty(property, ['reload']);
  return duration(property, expectArguments(property, 1, 1)[0]!, { min: 0 });
}
