import type { ClusterReader, SourceState } from '../../src/cluster/cluster-reader.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import type { KubernetesOptions } from './options.ts';

/** What answers in a zone are made from. */
export interface Backend {
  readonly options: KubernetesOptions;
  /** The cluster's own objects: its namespaces and pods, and what its addresses lead to. */
  readonly cluster: ClusterReader;
  /** Where Services and their endpoints are: the cluster's own, or in a multicluster zone those of its ClusterSet. */
  readonly services: ClusterReader;
  readonly cells: VersionCells;
  /** Addresses that clients reach this server at, 4 or 16 bytes each; none of them a loopback address. */
  readonly localAddresses: readonly Uint8Array[];
}

/** Where a state stands among those that say how little is known. */
const ignorance: Readonly<Record<SourceState, number>> = { fresh: 0, stale: 1, lost: 2, syncing: 3 };

/** How much of what a zone is made of is known: in a multicluster zone that is the ClusterSet and the namespaces. */
export function stateOf({ cluster, services }: Backend): SourceState {
  if (services === cluster) return cluster.state;
  return ignorance[services.state] < ignorance[cluster.state] ? cluster.state : services.state;
}

/** Whether answers come from a snapshot that nobody has confirmed. */
export function isFromSnapshot({ cluster, services }: Backend): boolean {
  return cluster.fromSnapshot || services.fromSnapshot;
}

/** Notes that an answer goes by `stateOf` or `isFromSnapshot`. */
export function readState({ cluster, services, cells }: Backend, dependencies: Dependencies): void {
  dependencies.read(cells, cluster.stateCell);
  if (services !== cluster) dependencies.read(cells, services.stateCell);
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
