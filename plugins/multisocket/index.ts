import type { Plugin } from '../../src/plugin/plugin.ts';
import { systemMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { parse } from './parse.ts';
import type { Options } from './parse.ts';
import { setup } from './setup.ts';

/** The plugin on a given machine, for tests. */
export function multisocketWith(machine: () => Machine): Plugin<Options> {
  return {
    name: 'multisocket',
    parse,
    setup: (options, controller) => setup(options, controller, machine()),
  };
}

/** Several sockets for UDP on each address, each read by a thread of its own. */
export const multisocket: Plugin<Options> = multisocketWith(systemMachine);
