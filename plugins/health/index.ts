import type { Plugin } from '../../src/plugin/plugin.ts';
import { healthMetrics } from './metrics.ts';
import { parse, setup, type Options } from './setup.ts';

/** Says over HTTP that the process is alive. */
export const health: Plugin<Options> = { name: 'health', parse, setup, showMetrics: healthMetrics };
