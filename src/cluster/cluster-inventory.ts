import type { AnnouncedServices } from './announced-services.ts';
import type { CellChanges } from './cell-changes.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { NamespaceTable } from './namespace-table.ts';
import type { PodTable } from './pod-table.ts';
import type { PortLists } from './port-lists.ts';
import type { ServiceTable } from './service-table.ts';
import type { SliceTable } from './slice-table.ts';
import { storedInputs, type StoredInput } from './stored-inputs.ts';
import type { StringPool } from './string-pool.ts';

/** Kinds of things that the store counts. */
export type ClusterKind = ObjectKind | 'endpoint';

/** Kinds of objects that a source puts to the store. */
export type ObjectKind = 'namespace' | 'service' | 'endpointslice' | 'pod';

/** The tables of a store. */
export interface ClusterTables {
  readonly namespaces: NamespaceTable;
  readonly services: ServiceTable;
  readonly slices: SliceTable;
  readonly endpoints: EndpointTable;
  readonly pods: PodTable;
  readonly strings: StringPool;
  readonly ports: PortLists;
  readonly changes: CellChanges;
  readonly announced: AnnouncedServices;
}

/** What a cluster store holds: how much of it, and which objects. */
export class ClusterInventory {
  readonly #tables: ClusterTables;

  constructor(tables: ClusterTables) {
    this.#tables = tables;
  }

  /** How many objects of each kind are held (endpoints: one for each ready address). */
  counts(): Record<ClusterKind, number> {
    const { namespaces, services, slices, endpoints, pods } = this.#tables;
    return {
      namespace: namespaces.count,
      service: services.count,
      endpointslice: slices.count,
      endpoint: endpoints.count,
      pod: pods.count,
    };
  }

  /** Estimated bytes by what they hold. */
  bytes(): Record<ClusterKind | 'string' | 'port', number> {
    const { namespaces, services, slices, endpoints, pods, strings, ports } = this.#tables;
    return {
      namespace: namespaces.bytes,
      service: services.bytes,
      endpointslice: slices.bytes,
      endpoint: endpoints.bytes,
      pod: pods.bytes,
      string: strings.bytes,
      port: ports.bytes,
    };
  }

  /** `namespace/name` of every object of a kind, in lower case; that of a Namespace is `/name`. */
  keys(kind: ObjectKind): Iterable<string> {
    const { namespaces, services, slices, pods } = this.#tables;
    if (kind === 'namespace') return namespaces.keys();
    if (kind === 'service') return services.keys();
    return kind === 'pod' ? pods.keys() : slices.keys();
  }

  /** Whether an object is held. @param namespace in lower case, as `name`; '' for a Namespace's own */
  holds(kind: ObjectKind, namespace: string, name: string): boolean {
    const { namespaces, services, slices, pods } = this.#tables;
    if (kind === 'namespace') return namespaces.exists(name);
    if (kind === 'service') return services.get(`${name}.${namespace}`) !== undefined;
    return kind === 'pod' ? pods.has(namespace, name) : slices.get(`${namespace}/${name}`) !== undefined;
  }

  /** All objects as a source would put them, those of a kind oldest first. The store may change between two. */
  inputs(): Iterable<StoredInput> {
    return storedInputs(this.#tables);
  }

  /** How many changes there were so far: who sees the same number twice need not look again. */
  get changes(): number {
    return this.#tables.changes.count;
  }
}
