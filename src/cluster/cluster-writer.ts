/**
 * What a source (manifests, the API server) tells the cluster store. Objects arrive already cut down to what DNS
 * needs; a later object of the same kind, namespace and name replaces the earlier one. Selectors and `namespaces`
 * lists are applied by the source or by the `kubernetes` plugin, never here.
 *
 * Texts are kept as they come, and none may be a piece cut out of a larger text, which would stay with it: those that
 * are made of bytes, parsed from JSON, or sent by a worker are none.
 */
export interface ClusterWriter {
  putNamespace(name: string): void;
  removeNamespace(name: string): void;
  putService(service: ServiceInput): void;
  removeService(namespace: string, name: string): void;
  putEndpointSlice(slice: EndpointSliceInput): void;
  removeEndpointSlice(namespace: string, name: string): void;
  putPod(pod: PodInput): void;
  removePod(namespace: string, name: string): void;
  setState(state: 'syncing' | 'fresh' | 'stale' | 'lost'): void;
}

export interface PortInput {
  readonly name: string;
  readonly protocol: string;
  /** −1 when there is none. */
  readonly number: number;
}

export interface ServiceInput {
  readonly namespace: string;
  readonly name: string;
  /** `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`; `ClusterSetIP`: a ServiceImport without address. */
  readonly type: string;
  /** As written; `['None']` or `[]` with type ClusterIP: headless. */
  readonly clusterIPs: readonly string[];
  readonly externalName: string;
  readonly ports: readonly PortInput[];
  readonly externalAddresses: readonly string[];
  /** Only of Services that are to be announced on links. */
  readonly announcement?: AnnouncementInput;
}

/** How a Service is to be announced by multicast DNS: its annotations, as written, and what nobody else asks for. */
export interface AnnouncementInput {
  /** `signpost.dev/mdns`: `_http._tcp`. Never ''. */
  readonly type: string;
  /** `signpost.dev/mdns-name`; '' where there is none. */
  readonly instance: string;
  /** `signpost.dev/mdns-txt`; '' where there is none. */
  readonly txt: string;
  /** Of each port its number on the nodes; 0 where there is none. */
  readonly nodePorts: readonly number[];
  /** externalTrafficPolicy is Local. */
  readonly isLocal: boolean;
}

export interface EndpointSliceInput {
  readonly namespace: string;
  /** metadata.name of the slice. */
  readonly name: string;
  /** Label kubernetes.io/service-name; '' when there is none. */
  readonly service: string;
  /** Of slices from other clusters: label multicluster.kubernetes.io/source-cluster; '' when there is none. */
  readonly cluster?: string;
  readonly ports: readonly PortInput[];
  readonly endpoints: readonly EndpointInput[];
}

export interface EndpointInput {
  readonly addresses: readonly string[];
  /** condition `ready`, true when unset. */
  readonly ready: boolean;
  readonly hostname: string;
  readonly targetName: string;
  readonly node: string;
  readonly zone: string;
}

export interface PodInput {
  readonly namespace: string;
  readonly name: string;
  /** status.podIP. */
  readonly address: string;
}
