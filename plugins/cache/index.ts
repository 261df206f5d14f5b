import type { Plugin } from '../../src/plugin/plugin.ts';
import type { CacheOptions } from './options.ts';
import { parse } from './parse.ts';
import { setup } from './setup.ts';

/** Keeps answers for as long as they are true. */
export const cache: Plugin<CacheOptions> = { name: 'cache', parse, setup };
