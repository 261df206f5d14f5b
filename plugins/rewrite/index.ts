import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, type Options } from './parse.ts';
import { setup } from './setup.ts';

/** Changes queries on their way in and replies on their way out. */
export const rewrite: Plugin<Options> = { name: 'rewrite', parse, setup };
