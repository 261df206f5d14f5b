import { expectArguments, expectNoBlock, integer } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { BufsizeHandler } from './handler.ts';

/** What no network is known to fragment (DNS Flag Day 2020). */
const DEFAULT = 1232;

/** Reads `bufsize [SIZE]` as bytes; of several the last one counts. */
export function parse(directives: readonly Directive[]): number {
  return directives.map(readLine).at(-1)!;
}

/** Nothing is wired. */
export function setup(size: number): BufsizeHandler {
  return new BufsizeHandler(size);
}

function readLine(directive: Directive): number {
  expectNoBlock(directive);
  const [size] = expectArguments(directive, 0, 1, 'bufsize [SIZE]');
  return size === undefined ? DEFAULT : integer(directive, size, { min: 512, max: 4096 });
}
