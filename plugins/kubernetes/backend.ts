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
  if (!isAllowed(backend, namespace)) return false;
  dependencies.read(backend.cells, backend.cluster.namespacesCell);
  return backend.cluster.namespaceExists(namespace);
}

/** Whether the directive's `namespaces`, if there are any, name this one. */
export function isAllowed(backend: Backend, namespace: string): boolean {
  const { namespaces } = backend.options;
  return namespaces === undefined || namespaces.has(namespace);
}
