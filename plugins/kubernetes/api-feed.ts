import { ApiSource } from '../../src/cluster/api-server/api-source.ts';
import { clusterSetKinds, watchedKinds } from '../../src/cluster/api-server/watched-kinds.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import { ChangeLatencies } from './change-latencies.ts';
import type { ClusterSource, FeedOptions, FeedStores, Sources } from './cluster-feed.ts';

/** What is watched over one connection. */
interface OpenSources {
  readonly cluster: ApiSource;
  readonly clusterSet: ApiSource | undefined;
}

/** A cluster's objects from its API server, and those of its ClusterSet where they are wanted. */
export class ApiFeed implements ClusterSource {
  readonly #store: ClusterStore;
  readonly #open: () => Promise<OpenSources>;
  #opening: Promise<OpenSources> | undefined;
  #sources: OpenSources | undefined;
  #closed = false;

  /** @param malformed told of each object that could not be read */
  constructor(
    options: FeedOptions,
    { cluster, clusterSet }: FeedStores,
    controller: Controller,
    sources: Sources,
    malformed: () => void,
  ) {
    const { clock, random, log } = controller;
    this.#store = cluster;
    const latencies = new ChangeLatencies(cluster, controller);
    const selection = {
      labels: options.labels,
      namespaceLabels: options.namespaceLabels,
      endpoints: options.watchEndpoints,
      pods: options.watchPods,
    };
    this.#open = async () => {
      const connection = await sources.connect(options.apiServer, controller);
      const common = { connection, clock, random, log };
      return {
        cluster: new ApiSource({
          ...common,
          stores: [cluster],
          kinds: watchedKinds(selection, cluster, () => undefined),
          optional: false,
          listener: {
            propagated: (kind, object, seconds) => latencies.observe(kind, object, seconds),
            malformed,
          },
        }),
        clusterSet:
          clusterSet &&
          new ApiSource({
            ...common,
            stores: [clusterSet],
            kinds: clusterSetKinds(selection, clusterSet),
            optional: true,
            listener: {
              propagated: (kind, _object, seconds) => latencies.observePropagation(kind, seconds),
              malformed,
            },
          }),
      };
    };
  }

  async start(): Promise<void> {
    this.#opening ??= this.#open();
    const sources = await this.#opening;
    this.#sources = sources;
    if (this.#closed) this.close();
    else await Promise.all([sources.cluster.start(), sources.clusterSet?.start()]);
  }

  close(): void {
    this.#closed = true;
    this.#sources?.clusterSet?.close();
    this.#sources?.cluster.close();
  }

  get ready(): boolean {
    if (this.#sources === undefined) return false;
    const { cluster, clusterSet } = this.#sources;
    return cluster.ready && clusterSet?.ready !== false;
  }

  get unreachable(): boolean {
    return this.#sources?.cluster.unreachable ?? false;
  }

  get age(): number {
    return this.#sources?.cluster.age ?? 0;
  }

  get clusterSetAge(): number {
    return this.#sources?.clusterSet?.age ?? 0;
  }

  /** Counts, and since when and why changes are not seen. */
  get details(): readonly string[] {
    const { namespace, service, endpointslice, pod } = this.#store.inventory.counts();
    const lines = [
      `api server: ${namespace} namespaces, ${service} services, ${endpointslice} endpoint slices, ${pod} pods`,
    ];
    const { cluster, clusterSet } = this.#sources ?? {};
    if (this.age > 0) lines.push(ageLine('no changes seen', this.age, cluster));
    if (this.clusterSetAge > 0) {
      lines.push(ageLine('no changes of the cluster set seen', this.clusterSetAge, clusterSet));
    }
    return lines;
  }
}

function ageLine(text: string, age: number, source: ApiSource | undefined): string {
  const reason = source?.failure ?? '';
  return `${text} for ${Math.round(age)} s${reason === '' ? '' : `: ${reason}`}`;
}
