import { ApiSource } from '../../src/cluster/api-server/api-source.ts';
import { watchedKinds } from '../../src/cluster/api-server/watched-kinds.ts';
import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { ChangeLatencies } from './change-latencies.ts';
import type { ClusterSource, FeedOptions, Sources } from './cluster-feed.ts';

/** A cluster's objects from its API server. */
export class ApiFeed implements ClusterSource {
  readonly #store: ClusterStore;
  readonly #open: () => Promise<ApiSource>;
  #opening: Promise<ApiSource> | undefined;
  #source: ApiSource | undefined;
  #closed = false;

  /** @param malformed told of each object that could not be read */
  constructor(
    options: FeedOptions,
    store: ClusterStore,
    controller: Controller,
    sources: Sources,
    malformed: () => void,
  ) {
    const { clock, random, log } = controller;
    this.#store = store;
    const latencies = new ChangeLatencies(store, controller);
    const selection = {
      labels: options.labels,
      namespaceLabels: options.namespaceLabels,
      endpoints: options.watchEndpoints,
      pods: options.watchPods,
    };
    this.#open = async () =>
      new ApiSource({
        connection: await sources.connect(options.apiServer, controller),
        stores: [store],
        kinds: watchedKinds(selection, store),
        clock,
        random,
        log,
        listener: {
          propagated: (kind, object, seconds) => latencies.observe(kind, object, seconds),
          malformed,
        },
      });
  }

  async start(): Promise<void> {
    this.#opening ??= this.#open();
    const source = await this.#opening;
    if (this.#closed) source.close();
    else {
      this.#source = source;
      await source.start();
    }
  }

  close(): void {
    this.#closed = true;
    this.#source?.close();
  }

  get ready(): boolean {
    return this.#source?.ready ?? false;
  }

  get age(): number {
    return this.#source?.age ?? 0;
  }

  /** Counts, and since when and why changes are not seen. */
  get details(): readonly string[] {
    const { namespace, service, endpointslice, pod } = this.#store.inventory.counts();
    const lines = [
      `api server: ${namespace} namespaces, ${service} services, ${endpointslice} endpoint slices, ${pod} pods`,
    ];
    if (this.age > 0) {
      const reason = this.#source?.failure ?? '';
      lines.push(`no changes seen for ${Math.round(this.age)} s${reason === '' ? '' : `: ${reason}`}`);
    }
    return lines;
  }
}
