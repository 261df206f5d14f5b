import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, type Options } from './parse.ts';
import { setup } from './setup.ts';

/** Varies the order of addresses in replies. */
export const loadbalance: Plugin<Options> = { name: 'loadbalance', parse, setup };
