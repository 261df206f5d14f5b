import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse } from './parse.ts';
import type { Rule } from './rule.ts';
import { setup } from './setup.ts';

/** Answers with records made from the query by templates. */
export const template: Plugin<readonly Rule[]> = { name: 'template', parse, setup };
