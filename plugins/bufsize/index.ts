import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup } from './setup.ts';

/** Lowers the UDP size that clients offer, so that replies are not fragmented. */
export const bufsize: Plugin<number> = { name: 'bufsize', parse, setup };
