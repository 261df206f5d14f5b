import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse } from './parse.ts';
import type { Options } from './parse.ts';
import { setup } from './setup.ts';

/** Answers with what is on links that speak multicast DNS. */
export const mdns: Plugin<Options> = { name: 'mdns', parse, setup };
