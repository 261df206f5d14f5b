import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup } from './setup.ts';

/** Shows debug log lines, and lets an exception end the process. */
export const debug: Plugin<undefined> = { name: 'debug', parse, setup };
