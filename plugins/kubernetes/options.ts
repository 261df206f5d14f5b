/** What a `kubernetes` directive says. */
export interface KubernetesOptions {
  /** Lower case, fully qualified. */
  readonly zones: readonly string[];
  /** The first zone that is no reverse zone: PTR records point into it. */
  readonly primaryZone: string;
  /** Zones that hold the Services of a ClusterSet; each one of `zones`. */
  readonly multicluster: readonly string[];
  /** Files and directories with the cluster's objects, as written. Empty: they come from the API server. */
  readonly manifests: readonly string[];
  /**
   * Networks that Services without a cluster IP are given one from, when they come from manifests. For a family
   * that none is of: 10.96.0.0/16 and fd00:10:96::/112.
   */
  readonly serviceNetworks: readonly string[];
  readonly apiServer: ApiServerOptions;
  /** File that keeps the API server's objects for a start without it, as written; undefined: none does. */
  readonly snapshot: string | undefined;
  /** Only these namespaces are answered for, in the letter case of the Corefile; undefined: all. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Label selector for namespaces; '' takes all. */
  readonly namespaceLabels: string;
  /** Label selector for Services, EndpointSlices and Pods; '' takes all. */
  readonly labels: string;
  readonly pods: PodMode;
  /** An endpoint without a hostname goes by its pod's name. */
  readonly endpointPodNames: boolean;
  /** Whether EndpointSlices are read at all (`noendpoints`). */
  readonly endpoints: boolean;
  /** A Service with a cluster IP but without ready endpoints does not exist. */
  readonly ignoreEmptyService: boolean;
  /** Names such as `zone-a.pin._zone.service.namespace.svc`. */
  readonly zonal: boolean;
  /** TTL of the answers, in seconds. */
  readonly ttl: number;
  /** Names below these that do not exist go to the next plugin; undefined: none does. */
  readonly fallthrough: readonly string[] | undefined;
  /** How long serving waits for the objects, in milliseconds. */
  readonly startupTimeout: number;
}

export const podModes = ['disabled', 'insecure', 'verified'] as const;

/** `insecure` answers every name that spells an address; `verified` only those of pods that are there. */
export type PodMode = (typeof podModes)[number];

/** How the API server is reached. */
export interface ApiServerOptions {
  readonly endpoints: readonly string[];
  readonly tls:
    { readonly certificate: string; readonly key: string; readonly authority: string } | undefined;
  readonly kubeconfig: { readonly file: string; readonly context: string } | undefined;
  /** Requests a second; undefined: the client's default. */
  readonly qps: number | undefined;
  /** Requests at once above `qps`; undefined: the client's default. */
  readonly burst: number | undefined;
  /** Requests under way at once; undefined: no limit. */
  readonly maximumInFlight: number | undefined;
}
