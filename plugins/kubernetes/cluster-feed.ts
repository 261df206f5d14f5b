import type { ApiConnection } from '../../src/cluster/api-server/api-connection.ts';
import { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type { ManifestSource, ManifestSourceOptions } from '../../src/cluster/manifests/manifest-source.ts';
import type { Collector, Counter } from '../../src/metrics/registry.ts';
import type { Leases } from '../../src/plugin/capability.ts';
import type { Controller, Shared } from '../../src/plugin/controller.ts';
import { ApiFeed } from './api-feed.ts';
import type { SnapshotOptions } from './feed-snapshot.ts';
import { sharesOf } from './gauge-shares.ts';
import { ManifestFeed } from './manifest-feed.ts';
import type { ApiServerOptions } from './options.ts';

/** What a feed reads, and what of it: feeds that agree in all of this are one. */
export interface FeedOptions {
  /** Absolute, or relative to the working directory. Empty: the objects come from the API server. */
  readonly manifests: readonly string[];
  readonly serviceNetworks: readonly string[];
  readonly apiServer: ApiServerOptions;
  /** Label selectors; '' selects all. */
  readonly labels: string;
  readonly namespaceLabels: string;
  readonly watchEndpoints: boolean;
  readonly watchPods: boolean;
  /** The one namespace whose Pods are wanted from the API server; '' wants all. */
  readonly podNamespace: string;
  /** Whether endpoints go by their pods' names; from manifests those are read in any case. */
  readonly podNames: boolean;
  /** Whether ServiceImports and their EndpointSlices are wanted. */
  readonly watchClusterSet: boolean;
  /** Of objects from the API server. */
  readonly snapshot: SnapshotOptions | undefined;
}

/** Where a store's objects come from. */
export interface ClusterSource {
  /**
   * Resolves when all objects were seen once, or are there from a snapshot; rejects where it can never be. Twice is
   * harmless.
   */
  start(): Promise<void>;
  close(): void | Promise<void>;
  readonly ready: boolean;
  /** There is nobody to have the objects from: to wait for them would be in vain. */
  readonly unreachable: boolean;
  /** Whoever has the objects has not been heard of at all: to wait may be in vain. */
  readonly silent: boolean;
  /** Leases of the cluster; absent where there is no API server to have them from. */
  readonly leases?: Leases;
  /** Lines for `/ready?verbose`. */
  readonly details: readonly string[];
  /** How long changes of the cluster's own objects have not been seen, in seconds; 0 while they are. */
  readonly age: number;
  /** The same of the ClusterSet's objects. */
  readonly clusterSetAge: number;
}

/** The stores that a source fills. */
export interface FeedStores {
  readonly cluster: ClusterStore;
  /** What the clusters of a ClusterSet share; undefined where nobody wants it. */
  readonly clusterSet: ClusterStore | undefined;
}

/** What a `ManifestSource` is to its feed. */
export interface ManifestReading extends Pick<ManifestSource, 'start' | 'status'> {
  close(): void | Promise<void>;
}

/** What opens sources on this machine; tests have others. */
export interface Sources {
  readonly openManifests: (options: ManifestSourceOptions) => ManifestReading;
  /** Rejects where there is no way to the API server (no credentials); one that is silent is no such thing. */
  readonly connect: (options: ApiServerOptions, controller: Controller) => Promise<ApiConnection>;
}

/** A cluster's objects and the source that keeps them true. Configurations hand it over to each other. */
export class ClusterFeed implements Shared {
  readonly store: ClusterStore;
  /** ServiceImports, as Services, and their EndpointSlices; undefined where no zone is made of them. */
  readonly clusterSet: ClusterStore | undefined;
  readonly source: ClusterSource;
  readonly #collector: Collector;
  readonly #showBytes: (shares: Readonly<Record<string, number>>) => void;

  constructor(options: FeedOptions, controller: Controller, sources: Sources) {
    const { metrics } = controller;
    const faults = metrics.counter({
      name: 'signpost_kubernetes_faults_total',
      help: 'Objects or parts of them that were left out because DNS cannot serve them.',
      labels: ['reason'],
    });
    this.store = newStore(controller, faults, 'Service');
    this.clusterSet = options.watchClusterSet ? newStore(controller, faults, 'ServiceImport') : undefined;
    const stores = { cluster: this.store, clusterSet: this.clusterSet };
    this.source =
      options.manifests.length > 0
        ? new ManifestFeed(options, stores, controller, sources)
        : new ApiFeed(options, stores, controller, sources, () => {
            faults.cell('malformed object').value++;
          });
    const bytes = metrics.gauge({
      name: 'signpost_kubernetes_store_bytes',
      help: 'Estimated memory of the objects that answers are made from, in bytes.',
      labels: ['kind'],
    });
    this.#showBytes = sharesOf((kind) => bytes.cell(kind));
    this.#collector = metrics.onCollect(() => this.#showBytes(this.#bytes()));
  }

  /** What feeds with the same key may share. */
  static key(options: FeedOptions): string {
    return `kubernetes ${JSON.stringify(options)}`;
  }

  /** The cluster's own objects were all seen once or came from a snapshot, and each file (manifests) was once good. */
  get ready(): boolean {
    return this.store.state !== 'syncing' && this.source.ready;
  }

  /** For `/ready?verbose`: the state, and what the source tells of itself. */
  get detail(): string {
    const lines = [`state: ${this.store.state}`];
    if (this.clusterSet !== undefined) {
      const { service, endpointslice } = this.clusterSet.inventory.counts();
      const counts = `${service} service imports, ${endpointslice} endpoint slices`;
      lines.push(`cluster set: ${this.clusterSet.state}, ${counts}`);
    }
    return [...lines, ...this.source.details].join('\n');
  }

  async close(): Promise<void> {
    this.#collector.remove();
    this.#showBytes({});
    await this.source.close();
    this.store.close();
    this.clusterSet?.close();
  }

  #bytes(): Record<string, number> {
    const bytes: Record<string, number> = this.store.inventory.bytes();
    for (const [kind, more] of Object.entries(this.clusterSet?.inventory.bytes() ?? {})) bytes[kind]! += more;
    return bytes;
  }
}

/** @param services what its Services are */
function newStore(
  { cells, clock, random, log }: Controller,
  faults: Counter,
  services: 'Service' | 'ServiceImport',
): ClusterStore {
  return new ClusterStore({
    cells,
    clock,
    random,
    onFault: ({ kind, object, reason, value }) => {
      faults.cell(reason).value++;
      const title = kind === 'Service' ? services : kind;
      log.warning(`${title} ${object}: ${reason} ${JSON.stringify(value)}: left out`);
    },
  });
}
