import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Writes down why queries failed. */
export const errors: Plugin<Options> = { name: 'errors', parse, setup };
