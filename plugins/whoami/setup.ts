import { expectArguments, expectNoBlock } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { WhoamiHandler } from './handler.ts';

/** Reads `whoami`. */
export function parse(directives: readonly Directive[]): undefined {
  for (const directive of directives) {
    expectArguments(directive, 0, 0);
    expectNoBlock(directive);
  }
}

/** Nothing is wired: all that it tells stands in the query. */
export function setup(): WhoamiHandler {
  return new WhoamiHandler();
}
