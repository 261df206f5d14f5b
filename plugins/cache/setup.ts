import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { CacheHandler } from './handler.ts';
import { CacheMetrics } from './metrics.ts';
import type { CacheOptions } from './options.ts';

/** Makes an empty cache. */
export function setup(options: CacheOptions, controller: Controller): Handler {
  const { clock, cells } = controller;
  const metrics = new CacheMetrics(controller.metrics, options.zones);
  const handler = new CacheHandler(options, metrics, clock, cells);
  const collector = controller.metrics.onCollect(() => metrics.showEntries(handler.sizes));
  controller.onStop(() => collector.remove());
  return handler;
}
