import type { Plugin } from '../../src/plugin/plugin.ts';
import type { KubernetesOptions } from './options.ts';
import { parse } from './parse.ts';
import { setup } from './setup.ts';

/** Answers for the Services and pods of a Kubernetes cluster. */
export const kubernetes: Plugin<KubernetesOptions> = { name: 'kubernetes', parse, setup };
