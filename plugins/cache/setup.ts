import { CacheFlush } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { CacheBudget } from './budget.ts';
import { CacheHandler } from './handler.ts';
import { CacheMetrics } from './metrics.ts';
import type { CacheOptions } from './options.ts';
import { Store } from './store.ts';

/** Makes an empty cache, or takes over that of the same server block in the configuration before. */
export function setup(options: CacheOptions, controller: Controller): Handler {
  const capacities = { success: options.success.capacity, denial: options.denial.capacity };
  const budget = CacheBudget.of(controller);
  const { maximumBytes } = options;
  const { clock, cells } = controller;
  const store = controller.share(
    `plugin/cache: ${controller.block.fingerprint}`,
    () => new Store({ capacities, maximumBytes }, budget, cells),
  );
  controller.offerToAll(CacheFlush, { zones: options.zones, flush: (scope) => store.flush(scope) });
  const metrics = new CacheMetrics(controller.metrics, options.zones);
  const collector = controller.metrics.onCollect(() => metrics.show(store, budget));
  controller.onStop(() => collector.remove());
  return new CacheHandler({ options, store, metrics, clock, cells });
}
