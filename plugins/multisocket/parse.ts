import { expectArguments, expectNoBlock, integer, once } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';

/** How many sockets; undefined: as many as the machine is good for. */
export type Options = number | undefined;

/** Most sockets, as CoreDNS has it. */
const MOST = 1024;

/** Reads `multisocket [NUMBER]`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  expectNoBlock(directive);
  const [number] = expectArguments(directive, 0, 1, 'multisocket [NUMBER]');
  return number === undefined ? undefined : integer(directive, number, { min: 1, max: MOST });
}
