import type { VersionCell } from '../truth/version-cells.ts';

/**
 * What can be read of a Kubernetes cluster's objects: the `kubernetes` plugin's side of the cluster store. What a
 * ClusterSet shares is in a store of its own, its ServiceImports as Services and without Namespaces.
 *
 * Truth: before reading, note the version cell that covers what is read (`query.dependencies.read(cells, cell)`).
 * A Service's own cell covers the Service, its EndpointSlices and whether its namespace exists; that there is no such
 * Service is covered by its namespace's membership cell; whether a namespace exists, by that cell too, and by
 * `namespacesCell`; whether all is synced, by `stateCell`; addresses (reverse names with the endpoints' columns and
 * the Services they belong to, pods), by `addressCell`.
 *
 * Names are in lower case everywhere. Strings are interned: equal ones are identical.
 */
export interface ClusterReader {
  readonly state: SourceState;
  readonly stateCell: VersionCell;
  /** What is held came from a snapshot, and its source has not confirmed it yet. Covered by `stateCell`. */
  readonly fromSnapshot: boolean;
  /** Unix time in seconds of the last change that matters to DNS; 0 before any. Serial of made-up SOA records. */
  readonly lastChange: number;
  /** Changes with `lastChange`. Read it only for answers that *contain* the serial as their very subject (SOA). */
  readonly lastChangeCell: VersionCell;
  /** Its value is `lastChange`, for threads that give an answer again with the serial of now; undefined: there is none. */
  readonly serialCell: VersionCell | undefined;

  namespaceExists(namespace: string): boolean;
  readonly namespacesCell: VersionCell;

  /** Covers which Services a namespace has and whether it exists; that of an unknown one is `namespacesCell`. */
  membershipCell(namespace: string): VersionCell;
  /** @param key `service.namespace`, as it stands in a query name, in lower case */
  service(key: string): ServiceRecord | undefined;
  /** All Services, in no order (zone transfers). */
  services(): Iterable<ServiceRecord>;

  /** Services that have this cluster IP (4 or 16 bytes), oldest first; usually one. */
  servicesAt(address: Uint8Array): readonly ServiceRecord[];
  /** Ready endpoints that have this address: indexes for `endpoint…`, with `sliceOf` for their slice. */
  endpointsAt(address: Uint8Array): readonly EndpointIndex[];
  /** Covers `servicesAt`, `endpointsAt` and `podsAt` of this address (and of others that share its bucket). */
  addressCell(address: Uint8Array): VersionCell;

  /** Pods whose status.podIP is exactly this text. Empty unless pods are watched. */
  podsAt(address: string): readonly PodRecord[];

  /** Columns of the endpoint table. */
  endpointAddress(endpoint: EndpointIndex): Uint8Array;
  /** The address exactly as the slice wrote it (IPv6 names need it). */
  endpointAddressText(endpoint: EndpointIndex): string;
  /** `hostname` of the endpoint, or ''. */
  endpointHostname(endpoint: EndpointIndex): string;
  /** Name of the endpoint's targetRef if shorter than 64 characters, or ''. */
  endpointTargetName(endpoint: EndpointIndex): string;
  endpointZone(endpoint: EndpointIndex): string;
  endpointNode(endpoint: EndpointIndex): string;
  sliceOf(endpoint: EndpointIndex): EndpointSliceRecord;
}

/** Row of the endpoint table. */
export type EndpointIndex = number;

/** `syncing`: not all objects seen yet; `fresh`; `stale`: the source is silent; `lost`: silent for too long. */
export type SourceState = 'syncing' | 'fresh' | 'stale' | 'lost';

export interface ServiceRecord {
  readonly name: string;
  readonly namespace: string;
  readonly cell: VersionCell;
  readonly kind: 'cluster' | 'headless' | 'external';
  /** Cluster IPs, 4 or 16 bytes each, in the object's order; empty for `headless` and `external`. */
  readonly clusterAddresses: readonly Uint8Array[];
  /** As the object has it (letter case kept, no last dot added); '' unless `external`. */
  readonly externalName: string;
  /** A Service without ports has the one port `{ name: '', protocol: '', number: -1 }`. */
  readonly ports: readonly PortRecord[];
  /** externalIPs, then load balancer ingress addresses or host names, as written (for k8s_external). */
  readonly externalAddresses: readonly string[];
  readonly labels?: undefined;
  /** EndpointSlices that name this Service, oldest first. */
  readonly slices: readonly EndpointSliceRecord[];
}

export interface EndpointSliceRecord {
  readonly service: ServiceRecord | undefined;
  /** `service.namespace` of the Service that it names, whether or not there is one; '' when it names none. */
  readonly serviceKey: string;
  /** Which cluster of a ClusterSet it comes from, one label or several; '' in a cluster's own store. */
  readonly cluster: string;
  /** Its endpoints are the rows from `first` up to, but without, `first + count`; only ready ones, slice order. */
  readonly first: EndpointIndex;
  readonly count: number;
  /** As for Services; −1 where the slice gives no number. Equal lists are shared between slices. */
  readonly ports: readonly PortRecord[];
}

export interface PortRecord {
  /** Lower case; '' when unnamed. */
  readonly name: string;
  /** Lower case (`tcp`). */
  readonly protocol: string;
  readonly number: number;
}

export interface PodRecord {
  readonly name: string;
  readonly namespace: string;
}
