import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, type Options } from './parse.ts';
import { hostsMetrics } from './metrics.ts';
import { setup } from './setup.ts';

/** Serves names and addresses from a file like /etc/hosts. */
export const hosts: Plugin<Options> = { name: 'hosts', parse, setup, showMetrics: hostsMetrics };
