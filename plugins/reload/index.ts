import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Follows the Corefile: a change is taken over without a restart. */
export const reload: Plugin<Options> = { name: 'reload', parse, setup };
