import { Snapshot } from '../../src/cluster/snapshot/snapshot.ts';
import type { SnapshotListener, SnapshotPart } from '../../src/cluster/snapshot/snapshot.ts';
import type { Controller } from '../../src/plugin/controller.ts';

/** What a feed keeps on disk, and when it is wanted. */
export interface SnapshotOptions {
  /** Absolute, or relative to the working directory. */
  readonly file: string;
  /** Milliseconds that the API server may be silent at a start before the file is read; less if nobody listens. */
  readonly after: number;
}

/** What is to be expected of the API server. */
export interface ApiHope {
  /** It has told everything. */
  readonly ready: boolean;
  /** Nobody listens. */
  readonly unreachable: boolean;
}

/** Milliseconds. */
const LOOK_EVERY = 100;

/** The objects of a feed, kept in a file for a start at which the API server is silent. */
export class FeedSnapshot {
  readonly #snapshot: Snapshot;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #end: () => void;
  #pending = true;

  /**
   * @param selection what says which objects are watched
   * @param cluster see `Snapshot`
   * @param hope what is known of the API server meanwhile
   */
  constructor(
    { file, after }: SnapshotOptions,
    parts: readonly SnapshotPart[],
    selection: string,
    cluster: () => string,
    hope: ApiHope,
    { clock, random, log, metrics }: Controller,
  ) {
    const written = metrics.counter({
      name: 'signpost_kubernetes_snapshot_written_total',
      help: 'Times that the snapshot of the cluster was written.',
    });
    const failures = metrics.counter({
      name: 'signpost_kubernetes_snapshot_failures_total',
      help: 'Snapshots of the cluster that could not be written, or were there and could not be used.',
      labels: ['operation'],
    });
    const ages = metrics.gauge({
      name: 'signpost_kubernetes_snapshot_age_seconds',
      help: 'Time since the content of the snapshot file was true.',
      labels: ['file'],
    });
    const listener: SnapshotListener = {
      written: () => {
        written.cell().value++;
      },
      failed: (operation) => {
        failures.cell(operation).value++;
      },
    };
    this.#snapshot = new Snapshot({ path: file, cluster, selection, parts, clock, random, log, listener });
    const collector = metrics.onCollect(() => {
      const { age } = this.#snapshot;
      if (age !== undefined) ages.cell(file).value = age;
    });
    const began = clock.monotonic();
    const looks = clock.every(LOOK_EVERY, () => {
      const isTime = hope.unreachable || clock.monotonic() - began >= after;
      if (!hope.ready && !isTime) return;
      looks.cancel();
      if (hope.ready) this.#pending = false;
      else void this.#load();
    });
    this.#end = () => {
      collector.remove();
      ages.remove(file);
      looks.cancel();
    };
    this.#snapshot.start();
  }

  /** The file may yet be read, or is being read. */
  get pending(): boolean {
    return this.#pending;
  }

  /** Resolves once answers come from the file; maybe never. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Unix time in milliseconds of what is answered from the file; undefined where nothing is. */
  get servedFrom(): number | undefined {
    return this.#snapshot.servedFrom;
  }

  /** The UID of kube-system was heard. */
  identified(uid: string): void {
    this.#snapshot.identified(uid);
  }

  /** Writes for the last time. The sources are closed already. */
  async close(): Promise<void> {
    this.#end();
    await this.#snapshot.close();
  }

  async #load(): Promise<void> {
    if (await this.#snapshot.load()) this.#loaded.resolve();
    this.#pending = false;
  }
}
