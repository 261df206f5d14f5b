import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup, type Options } from './setup.ts';

/** Finds out whether queries that are forwarded come back, and leaves out the upstreams by way of which they do. */
export const loop: Plugin<Options> = {
  name: 'loop',
  parse,
  setup: (options, controller) => setup(options, controller),
};
