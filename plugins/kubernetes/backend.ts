import type { ClusterReader } from '../../src/cluster/cluster-reader.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import type { KubernetesOptions } from './options.ts';

/** What answers are made from. */
export interface Backend {
  readonly options: KubernetesOptions;
  readonly cluster: ClusterReader;
  readonly cells: VersionCells;
  /** Addresses that clients reach this server at, 4 or 16 bytes each; none of them a loopback address. */
  readonly localAddresses: readonly Uint8Array[];
}

/** Whether a namespace is answered for: it exists, and the directive's `namespaces` do not leave it out. */
export function isExposed(backend: Backend, namespace: string, dependencies: Dependencies): boolean {
  const { options, cluster, cells } = backend;
  if (options.namespaces !== undefined && !options.namespaces.has(namespace)) return false;
  dependencies.read(cells, cluster.namespacesCell);
  return cluster.namespaceExists(namespace);
}
