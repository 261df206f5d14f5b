import { ClusterStore } from '../../src/cluster/cluster-store.ts';
import { parseLabelSelector } from '../../src/cluster/label-selector.ts';
import type { LabelSelector } from '../../src/cluster/label-selector.ts';
import { ManifestSource } from '../../src/cluster/manifests/manifest-source.ts';
import type { ManifestSourceOptions, ManifestStatus } from '../../src/cluster/manifests/manifest-source.ts';
import type { Collector } from '../../src/metrics/registry.ts';
import type { Controller, Shared } from '../../src/plugin/controller.ts';

/** What a feed reads, and what of it: feeds that agree in all of this are one. */
export interface FeedOptions {
  /** Absolute, or relative to the working directory. */
  readonly manifests: readonly string[];
  readonly serviceNetworks: readonly string[];
  /** Label selectors; '' selects all. */
  readonly labels: string;
  readonly namespaceLabels: string;
  readonly watchPods: boolean;
}

/** Where a store's objects come from. */
export interface ClusterSource {
  /** Resolves when all objects were seen once. Twice is harmless. */
  start(): Promise<void>;
  close(): void | Promise<void>;
  readonly status: ManifestStatus;
}

/** Opens a source; tests have another one. */
export type OpenSource = (options: ManifestSourceOptions) => ClusterSource;

/** A cluster's objects and the source that keeps them true. Configurations hand it over to each other. */
export class ClusterFeed implements Shared {
  readonly store: ClusterStore;
  readonly source: ClusterSource;
  readonly #collector: Collector;
  readonly #brokenCell: { value: number };
  /** This feed's share of the gauge, which all feeds add to. */
  #broken = 0;

  constructor(options: FeedOptions, controller: Controller, openSource: OpenSource) {
    const { cells, clock, random, log, metrics } = controller;
    const faults = metrics.counter({
      name: 'signpost_kubernetes_faults_total',
      help: 'Objects or parts of them that were left out because DNS cannot serve them.',
      labels: ['reason'],
    });
    this.store = new ClusterStore({
      cells,
      clock,
      random,
      onFault: ({ kind, object, reason, value }) => {
        faults.cell(reason).value++;
        log.warning(`${kind} ${object}: ${reason} ${JSON.stringify(value)}: left out`);
      },
    });
    this.source = openSource({
      paths: options.manifests,
      writer: this.store,
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
    this.#brokenCell = broken.cell();
    this.#collector = metrics.onCollect(() => this.#showBroken(this.source.status.broken.length));
  }

  /** What feeds with the same key may share. */
  static key(options: FeedOptions): string {
    return `kubernetes ${JSON.stringify(options)}`;
  }

  /** All objects were seen once, and a good version of every file. */
  get ready(): boolean {
    return this.store.state !== 'syncing' && this.source.status.ready;
  }

  /** For `/ready?verbose`: state, counts, and a line for each file that does not parse. */
  get detail(): string {
    const { files, objects, broken } = this.source.status;
    const { namespaces, services, endpointSlices, pods } = objects;
    const lines = [
      `state: ${this.store.state}`,
      `manifests: ${files} files, ${namespaces} namespaces, ${services} services, ` +
        `${endpointSlices} endpoint slices, ${pods} pods`,
    ];
    for (const { file, line, message, held } of broken) {
      const place = line === 0 ? file : `${file}:${line}`;
      lines.push(`broken: ${place}: ${message}${held ? ' (what it held before still counts)' : ''}`);
    }
    return lines.join('\n');
  }

  async close(): Promise<void> {
    this.#collector.remove();
    this.#showBroken(0);
    await this.source.close();
    this.store.close();
  }

  #showBroken(count: number): void {
    this.#brokenCell.value += count - this.#broken;
    this.#broken = count;
  }
}

/** Opens the files of a `manifests` property. */
export function openManifests(options: ManifestSourceOptions): ClusterSource {
  return new ManifestSource(options);
}

function selector(text: string): LabelSelector | undefined {
  return text === '' ? undefined : parseLabelSelector(text);
}
