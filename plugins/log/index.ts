import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Writes a line for each query. */
export const log: Plugin<Options> = { name: 'log', parse, setup };
