import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Counts queries and serves all metrics over HTTP. */
export const prometheus: Plugin<Options> = { name: 'prometheus', parse, setup };
