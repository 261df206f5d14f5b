/**
 * Loaded into a server (`--import`): a plugin that hands every query on and says nothing of whether its answers may be
 * repeated, so that its block has no wire cache. Plugins have to have a place in the order; it takes that of one which
 * this version lacks.
 */
import type { AnyPlugin } from '../src/plugin/plugin.ts';
import { plugins } from '../src/plugin/registry.ts';

const unvouched: AnyPlugin = {
  name: 'trace',
  parse: () => undefined,
  setup: () => ({ handle: (query, next) => next(query) }),
};

(plugins as Map<string, AnyPlugin>).set(unvouched.name, unvouched);
