import { readCredentials } from '../../src/cluster/api-server/credentials.ts';
import { openApiConnection } from '../../src/cluster/api-server/open-connection.ts';
import { ManifestSource } from '../../src/cluster/manifests/manifest-source.ts';
import { version } from '../../src/version.ts';
import type { Sources } from './cluster-feed.ts';

/** Files of this machine, and API servers that it reaches. */
export const machineSources: Sources = {
  openManifests: (options) => new ManifestSource(options),
  async connect(options, { clock, log, metrics }) {
    const [first, second] = options.endpoints;
    if (second !== undefined)
      log.warning(`multiple endpoints have been given, only the first is used: ${first}`);
    const credentials = await readCredentials(options, clock);
    return openApiConnection(credentials, { clock, version, metrics, limits: options });
  },
};
