import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, type Options } from './parse.ts';
import { setup } from './setup.ts';

/** Serves zones from files in the form of RFC 1035. */
export const file: Plugin<Options> = { name: 'file', parse, setup };
