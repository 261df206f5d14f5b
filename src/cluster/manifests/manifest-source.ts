import type { Logger } from '../../log/logger.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ClusterWriter } from '../cluster-writer.ts';
import type { LabelSelector } from '../label-selector.ts';
import { ChangeApplier } from './change-applier.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { settleTime } from './manifest-set.ts';
import type { BrokenFile, LookReport, ObjectCounts } from './messages.ts';
import { WorkerThread } from './worker-thread.ts';

export interface ManifestSourceOptions {
  /** Files, and directories of *.yaml, *.yml and *.json files. */
  readonly paths: readonly string[];
  readonly writer: ClusterWriter;
  /** Where ServiceImports, as Services, and their EndpointSlices go; undefined where nobody wants them. */
  readonly clusterSet?: ClusterWriter | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** For Services, EndpointSlices and Pods; without it all are taken. */
  readonly labels?: LabelSelector | undefined;
  readonly namespaceLabels?: LabelSelector | undefined;
  /** Where Services without clusterIP get one, at most one prefix a family; see `defaultServiceCidrs`. */
  readonly serviceCidrs?: readonly string[];
  /** Whether Pods are wanted for themselves (`pods verified`). */
  readonly watchPods: boolean;
}

export interface ManifestStatus {
  /** All files were read once, and of each a good version is held. */
  readonly ready: boolean;
  /** Files that do not parse now; their number is `signpost_manifests_broken`. */
  readonly broken: readonly BrokenFile[];
  readonly files: number;
  /** Objects put to the store. */
  readonly objects: ObjectCounts;
  /** Documents parsed since the start; those that did not change are not parsed again. */
  readonly parsedDocuments: number;
}

/** How often the files are looked at, in milliseconds: what the system tells of directories is not relied upon. */
export const pollInterval = 500;

/**
 * Kubernetes objects from manifest files, followed as the files change: a source of the cluster store. Reading and
 * parsing happen in a worker thread; what changed comes back in small batches.
 *
 * A path where there is nothing (yet) counts as read, with a warning. A file that does not parse keeps what it last
 * held. A Service without clusterIP gets one (`allocateAddresses` has the rule), one without EndpointSlices gets its
 * endpoints from Pods (`podSlices`), and an object in a namespace makes the namespace (`resolveObjects`).
 */
export class ManifestSource {
  readonly #options: ManifestSourceOptions;
  readonly #applier: ChangeApplier;
  readonly #watch: DirectoryWatch;
  readonly #thread: WorkerThread;
  readonly #started = Promise.withResolvers<void>();
  #poll: Timer | undefined;
  /** While it runs, no look but those of the poll is taken up: bursts of changes become one. */
  #pause: Timer | undefined;
  #lookAfterPause = false;
  #looking = false;
  #lookAgain = false;
  #closed = false;
  #report: LookReport | undefined;
  #parsedDocuments = 0;

  constructor(options: ManifestSourceOptions) {
    this.#options = options;
    const { writer, clusterSet, clock, log } = options;
    this.#applier = new ChangeApplier(writer, clock, clusterSet);
    this.#watch = new DirectoryWatch(options.paths, () => this.#nudged());
    const workerOptions = {
      paths: options.paths,
      labels: options.labels?.text,
      namespaceLabels: options.namespaceLabels?.text,
      serviceCidrs: options.serviceCidrs ?? [],
      watchPods: options.watchPods,
      watchClusterSet: clusterSet !== undefined,
    };
    this.#thread = new WorkerThread(workerOptions, clock, log, {
      message: (message) => {
        if (message.type === 'warning') log.warning(message.text);
        else if (message.type === 'batch') {
          this.#applier.apply(message.changes, () => this.#thread.post({ type: 'applied' }));
        } else this.#applier.afterwards(() => this.#looked(message.report, message.unsettled));
      },
      lost: () => this.#workerLost(),
      restarted: () => this.#look(),
    });
  }

  /** Resolves when all files were read once and the store is `fresh`. Files that do not parse do not hold it up. */
  start(): Promise<void> {
    if (this.#poll === undefined && !this.#closed) {
      this.#setState('syncing');
      this.#thread.start();
      this.#poll = this.#options.clock.every(pollInterval, () => this.#look());
      this.#look();
    }
    return this.#started.promise;
  }

  get status(): ManifestStatus {
    const broken = this.#report?.broken ?? [];
    return {
      ready: this.#report !== undefined && broken.every((file) => file.held),
      broken,
      files: this.#report?.files ?? 0,
      objects: this.#report?.objects ?? { namespaces: 0, services: 0, endpointSlices: 0, pods: 0 },
      parsedDocuments: this.#parsedDocuments,
    };
  }

  /** Nothing is put to the store after this was called. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#poll?.cancel();
    this.#pause?.cancel();
    this.#watch.close();
    this.#applier.close();
    this.#started.resolve();
    await this.#thread.close();
  }

  #look(): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#thread.post({ type: 'look', time: this.#options.clock.monotonic() });
  }

  #looked(report: LookReport | undefined, unsettled: boolean): void {
    this.#looking = false;
    if (report !== undefined) {
      this.#report = report;
      this.#parsedDocuments += report.parsed;
      this.#watch.follow(report.directories);
      this.#applier.finishRestart(report.broken.every((file) => file.held));
      this.#setState('fresh');
      this.#started.resolve();
    }
    if (unsettled) this.#lookAfterPause = true;
    if (unsettled && this.#pause === undefined) this.#beginPause();
    if (this.#lookAgain) {
      this.#lookAgain = false;
      this.#look();
    }
  }

  #setState(state: 'syncing' | 'fresh' | 'stale'): void {
    this.#options.writer.setState(state);
    this.#options.clusterSet?.setState(state);
  }

  /** The system says that something changed. It may be half written: the look notes it, a second one reads it. */
  #nudged(): void {
    if (this.#pause !== undefined) {
      this.#lookAfterPause = true;
      return;
    }
    this.#look();
    this.#beginPause();
  }

  #beginPause(): void {
    this.#pause = this.#options.clock.after(settleTime + 10, () => {
      this.#pause = undefined;
      if (!this.#lookAfterPause) return;
      this.#lookAfterPause = false;
      this.#nudged();
    });
  }

  /** The worker keeps what files hold; the store keeps serving that, until another worker has read them again. */
  #workerLost(): void {
    this.#looking = false;
    this.#applier.beginRestart();
    if (this.#report !== undefined) this.#setState('stale');
  }
}
