import { ApiSource } from '../../src/cluster/api-server/api-source.ts';
import { clusterSetKinds, watchedKinds } from '../../src/cluster/api-server/watched-kinds.ts';
import { ClusterLeases } from '../../src/cluster/leases/cluster-leases.ts';
import { ownNode } from '../../src/cluster/own-node.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import { ChangeLatencies } from './change-latencies.ts';
import type { ClusterSource, FeedOptions, FeedStores, Sources } from './cluster-feed.ts';
import { FeedSnapshot } from './feed-snapshot.ts';

/** What is watched over one connection. */
interface OpenSources {
  readonly cluster: ApiSource;
  readonly clusterSet: ApiSource | undefined;
  readonly snapshot: FeedSnapshot | undefined;
}

/** A cluster's objects from its API server, and those of its ClusterSet where they are wanted. */
export class ApiFeed implements ClusterSource {
  readonly leases: ClusterLeases;
  readonly #store: ClusterStore;
  readonly #clock: Clock;
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
    this.leases = new ClusterLeases({ clock, random, log });
    this.#store = cluster;
    this.#clock = clock;
    const latencies = new ChangeLatencies(cluster, controller);
    const selection = {
      labels: options.labels,
      namespaceLabels: options.namespaceLabels,
      endpoints: options.watchEndpoints,
      pods: options.watchPods,
      podNamespace: options.podNamespace,
      podNames: options.podNames,
    };
    const node = ownNode();
    this.#open = async () => {
      const connection = await sources.connect(options.apiServer, controller);
      if (!this.#closed) this.leases.open(connection);
      const common = { connection, alone: options.snapshot === undefined, clock, random, log };
      const open = {
        cluster: new ApiSource({
          ...common,
          stores: [cluster],
          kinds: watchedKinds({ ...selection, node }, cluster, (uid) =>
            this.#sources?.snapshot?.identified(uid),
          ),
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
            kinds: clusterSetKinds({ ...selection, node }, clusterSet),
            optional: true,
            listener: {
              propagated: (kind, _object, seconds) => latencies.observePropagation(kind, seconds),
              malformed,
            },
          }),
      };
      if (options.snapshot === undefined || this.#closed) return { ...open, snapshot: undefined };
      const parts = [{ store: cluster, source: open.cluster }];
      if (clusterSet && open.clusterSet) parts.push({ store: clusterSet, source: open.clusterSet });
      const snapshot = new FeedSnapshot(
        options.snapshot,
        parts,
        JSON.stringify({ ...selection, clusterSet: clusterSet !== undefined }),
        () => connection.cluster ?? '',
        {
          get ready() {
            return allSeen(open);
          },
          get unreachable() {
            return open.cluster.unreachable;
          },
        },
        controller,
      );
      return { ...open, snapshot };
    };
  }

  async start(): Promise<void> {
    this.#opening ??= this.#open();
    const sources = await this.#opening;
    this.#sources = sources;
    const { cluster, clusterSet, snapshot } = sources;
    if (this.#closed) await this.close();
    else {
      const seen = Promise.all([cluster.start(), clusterSet?.start()]);
      await (snapshot === undefined ? seen : Promise.race([seen, snapshot.loaded]));
    }
  }

  /** Ends with the last words on leases, and the last snapshot. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.leases.close();
    this.#sources?.clusterSet?.close();
    this.#sources?.cluster.close();
    await this.#sources?.snapshot?.close();
  }

  get ready(): boolean {
    const sources = this.#sources;
    return sources !== undefined && (allSeen(sources) || this.#servedFrom !== undefined);
  }

  /** A snapshot that is still to be read is waited for. */
  get unreachable(): boolean {
    if (this.#sources === undefined || this.#sources.snapshot?.pending === true) return false;
    return this.#sources.cluster.unreachable;
  }

  /** The same, and the way to the API server counts: a program may be asked for the credentials. */
  get silent(): boolean {
    if (this.#sources === undefined) return true;
    return this.#sources.snapshot?.pending !== true && this.#sources.cluster.silent;
  }

  get age(): number {
    const from = this.#servedFrom;
    if (from !== undefined) return (this.#clock.now() - from) / 1000;
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
    const from = this.#servedFrom;
    if (from !== undefined) lines.push(`snapshot of ${new Date(from).toISOString()}`);
    if (this.age > 0) lines.push(ageLine('no changes seen', this.age, cluster));
    if (this.clusterSetAge > 0) {
      lines.push(ageLine('no changes of the cluster set seen', this.clusterSetAge, clusterSet));
    }
    return lines;
  }

  /** Unix time in milliseconds of the snapshot that is answered from; undefined where none is. */
  get #servedFrom(): number | undefined {
    return this.#sources?.snapshot?.servedFrom;
  }
}

/** Nothing is left to wait for. */
function allSeen({ cluster, clusterSet }: Omit<OpenSources, 'snapshot'>): boolean {
  return cluster.ready && clusterSet?.ready !== false;
}

function ageLine(text: string, age: number, source: ApiSource | undefined): string {
  const reason = source?.failure ?? '';
  return `${text} for ${Math.round(age)} s${reason === '' ? '' : `: ${reason}`}`;
}
