import { cluster } from './mutations/cluster.ts';
import { elsewhere } from './mutations/elsewhere.ts';
import { hits } from './mutations/hits.ts';
import type { Mutation } from './mutations/mutation.ts';
import { cache, plugins } from './mutations/plugins.ts';
import { truth } from './mutations/truth.ts';

/** All that keeps the wire cache true, one thing at a time. */
export const mutations: readonly Mutation[] = [
  ...truth,
  ...hits,
  ...cluster,
  ...plugins,
  ...cache,
  ...elsewhere,
];
