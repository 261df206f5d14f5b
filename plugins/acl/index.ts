import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse } from './parse.ts';
import type { Rule } from './policy.ts';
import { setup } from './setup.ts';

/** Says by name, type and client address which queries are answered. */
export const acl: Plugin<readonly Rule[]> = { name: 'acl', parse, setup };
