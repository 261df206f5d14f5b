import { parseLabelSelector } from '../../src/cluster/label-selector.ts';
import type { LabelSelector } from '../../src/cluster/label-selector.ts';
import type { Collector } from '../../src/metrics/registry.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { ClusterSource, FeedOptions, FeedStores, ManifestReading, Sources } from './cluster-feed.ts';
import { sharesOf } from './gauge-shares.ts';

/** A cluster's objects from the files of a `manifests` property. */
export class ManifestFeed implements ClusterSource {
  /** Files are read again all the time; there is no connection to lose. */
  readonly age = 0;
  readonly clusterSetAge = 0;
  readonly unreachable = false;
  readonly silent = false;
  readonly #source: ManifestReading;
  readonly #showBroken: (shares: Readonly<Record<string, number>>) => void;
  readonly #collector: Collector;

  constructor(options: FeedOptions, stores: FeedStores, controller: Controller, sources: Sources) {
    const { log, clock, metrics } = controller;
    this.#source = sources.openManifests({
      paths: options.manifests,
      writer: stores.cluster,
      clusterSet: stores.clusterSet,
      log,
      clock,
      labels: selector(options.labels),
      namespaceLabels: selector(options.namespaceLabels),
      serviceCidrs: options.serviceNetworks,
      watchPods: options.watchPods,
    });
    const broken = metrics.gauge({
      name: 'signpost_manifests_broken',
      help: 'Manifest files that do not parse now.',
    });
    this.#showBroken = sharesOf(() => broken.cell());
    this.#collector = metrics.onCollect(() => {
      this.#showBroken({ broken: this.#source.status.broken.length });
    });
  }

  start(): Promise<void> {
    return this.#source.start();
  }

  async close(): Promise<void> {
    this.#collector.remove();
    this.#showBroken({});
    await this.#source.close();
  }

  get ready(): boolean {
    return this.#source.status.ready;
  }

  /** Counts, and a line for each file that does not parse. */
  get details(): readonly string[] {
    const { files, objects, broken } = this.#source.status;
    const { namespaces, services, endpointSlices, pods } = objects;
    const lines = [
      `manifests: ${files} files, ${namespaces} namespaces, ${services} services, ` +
        `${endpointSlices} endpoint slices, ${pods} pods`,
    ];
    for (const { file, line, message, held } of broken) {
      const place = line === 0 ? file : `${file}:${line}`;
      lines.push(`broken: ${place}: ${message}${held ? ' (what it held before still counts)' : ''}`);
    }
    return lines;
  }
}

function selector(text: string): LabelSelector | undefined {
  return text === '' ? undefined : parseLabelSelector(text);
}
