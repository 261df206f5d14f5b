import type { Plugin } from '../../src/plugin/plugin.ts';
import { ForwardMetrics } from './metrics.ts';
import type { LineOptions } from './options.ts';
import { parse } from './parse.ts';
import { setup } from './setup.ts';

/** Hands queries on to other DNS servers. */
export const forward: Plugin<readonly LineOptions[]> = {
  name: 'forward',
  parse,
  setup,
  showMetrics: (registry) => new ForwardMetrics(registry),
};
