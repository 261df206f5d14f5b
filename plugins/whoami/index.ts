import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup } from './setup.ts';

/** Tells a client its own address, port and transport. */
export const whoami: Plugin<undefined> = { name: 'whoami', parse, setup };
