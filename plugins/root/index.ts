import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** The directory that relative file names in a server block start from. */
export const root: Plugin<Options> = { name: 'root', parse, setup };
