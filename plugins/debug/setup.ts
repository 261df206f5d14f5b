import { expectArguments, expectNoBlock } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { Debug } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';

/** Reads `debug`. */
export function parse(directives: readonly Directive[]): undefined {
  for (const directive of directives) {
    expectArguments(directive, 0, 0);
    expectNoBlock(directive);
  }
}

/** Only says so; the server does the rest. */
export function setup(_options: undefined, controller: Controller): undefined {
  controller.offer(Debug, true);
}
