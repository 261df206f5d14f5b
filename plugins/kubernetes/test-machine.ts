import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import type { Sources } from './cluster-feed.ts';
import { kubernetes } from './index.ts';
import type { KubernetesOptions } from './options.ts';
import { setup } from './setup.ts';

/** The plugin on a machine without interfaces and manifests, whose API servers are the test's. */
export function kubernetesOf(connect: Sources['connect']): AnyPlugin {
  return {
    ...kubernetes,
    setup: (options, controller) =>
      setup(options as KubernetesOptions, controller, {
        localAddresses: () => [],
        openManifests: () => {
          throw new Error('no manifests here');
        },
        connect,
      }),
  };
}
