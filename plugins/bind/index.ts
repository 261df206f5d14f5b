import type { Plugin } from '../../src/plugin/plugin.ts';
import { systemInterfaces, type NetworkInterfaces } from '../../src/transport/local-addresses.ts';
import { parse, type Options } from './parse.ts';
import { setup } from './setup.ts';

/** The plugin on given network interfaces, for tests. */
export function bindWith(interfaces: NetworkInterfaces): Plugin<Options> {
  return { name: 'bind', parse, setup: (options, controller) => setup(options, controller, interfaces) };
}

/** The addresses that a server block listens on. */
export const bind: Plugin<Options> = bindWith(systemInterfaces);
