import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Says over HTTP whether all plugins have what they need to answer. */
export const ready: Plugin<Options> = { name: 'ready', parse, setup };
