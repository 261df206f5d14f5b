import type { Logger } from '../../log/logger.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { Random } from '../../plugin/random.ts';
import type { ObjectKind } from '../cluster-inventory.ts';
import type { ClusterStore } from '../cluster-store.ts';
import { fillStores } from './fill-stores.ts';
import { OpenSnapshot } from './read-snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SnapshotHeader } from './snapshot-header.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** A store, and what knows how true it is. */
export interface SnapshotPart {
  readonly store: ClusterStore;
  readonly source: SnapshotSource;
}

/** What an `ApiSource` is to a snapshot. */
export interface SnapshotSource {
  /** How long changes have not been seen, in seconds; 0 while they are. */
  readonly age: number;
  /** Whether all objects of a kind were seen once. */
  hasSeen(objects: ObjectKind): boolean;
  /** Takes away what did not come from this source. */
  dropForeign(): void;
}

export interface SnapshotOptions {
  readonly path: string;
  /** Where the cluster is reached (`ApiConnection.cluster`). Throws where that cannot be known now. */
  readonly cluster: () => string;
  /** What says which objects are watched: a snapshot of others is none of these. */
  readonly selection: string;
  /** The cluster's own store first; always the same, in the same order. */
  readonly parts: readonly SnapshotPart[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly listener: SnapshotListener;
}

export interface SnapshotListener {
  written(): void;
  failed(what: 'read' | 'write'): void;
}

/** Milliseconds: how often is looked whether there is something to write first, and then again; half as much more. */
const FIRST_LOOK = 10_000;
const NEXT_LOOK = 4 * 60_000;
/** In place of a number of changes: what is held now is not in the file. */
const NEVER = -1;
/** Milliseconds that the last one may take. */
const LAST_LIMIT = 3000;

/**
 * What a cluster's stores hold, kept in a file for a start at which the API server is silent.
 *
 * Nobody can be asked then whose objects they are: the file says where they came from, and which cluster's they are
 * by the UID of kube-system, which is compared as soon as it is known.
 */
export class Snapshot {
  readonly #options: SnapshotOptions;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #uid = '';
  /** Of what was loaded. */
  #loaded: SnapshotHeader | undefined;
  /** Unix time in milliseconds at which what is in the file was true. */
  #time: number | undefined;
  /** Changes of the stores up to what is in the file. */
  #changes: number | undefined;
  #lastFailure = '';
  #closed = false;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  /** Since when what is answered has not been known to be true, Unix milliseconds; undefined where it is. */
  get servedFrom(): number | undefined {
    return this.#options.parts[0]?.store.fromSnapshot === true ? this.#loaded?.time : undefined;
  }

  /** How old the file's content is, in seconds; undefined while there is none that we know of. */
  get age(): number | undefined {
    return this.#time === undefined ? undefined : (this.#options.clock.now() - this.#time) / 1000;
  }

  /** Writes from now on, now and then. */
  start(): void {
    this.#lookAfter(FIRST_LOOK);
  }

  /** The cluster's UID is known. */
  identified(uid: string): void {
    this.#uid = uid;
    const loaded = this.#loaded;
    if (loaded === undefined || loaded.uid === uid || loaded.uid === '') return;
    const { log, path } = this.#options;
    log.warning(
      `snapshot ${path} is of another cluster (UID ${loaded.uid}, here ${uid}): what it gave is dropped`,
    );
    this.#drop();
  }

  /**
   * Fills what the API server has not told of from the file. Never rejects: a file that cannot be used is a line of
   * the log.
   * @returns whether all of it is there now
   */
  async load(): Promise<boolean> {
    const { path, log, listener, parts, clock } = this.#options;
    let snapshot: OpenSnapshot | undefined;
    try {
      snapshot = await OpenSnapshot.open(path);
      const { header } = snapshot;
      this.#expectOurs(header);
      this.#loaded = header;
      this.#time = header.time;
      const isCurrent = (): boolean => !this.#closed && this.#loaded === header;
      const filled = await fillStores(snapshot, parts, isCurrent);
      if (!isCurrent()) return false;
      const waiting = filled.filter(({ store }) => store.state === 'syncing');
      for (const { store } of waiting) store.setState('stale', true);
      if (waiting.length === 0) return true;
      const age = Math.round((clock.now() - header.time) / 1000);
      log.warning(`the API server is silent: answering from snapshot ${path}, which is ${age} s old`);
      return true;
    } catch (error) {
      if (this.#loaded !== undefined) this.#drop();
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') log.info(`snapshot ${path}: there is none yet`);
      else {
        listener.failed('read');
        log.warning(`snapshot ${path} is ignored: ${message}`);
      }
      return false;
    } finally {
      await snapshot?.close();
    }
  }

  /** Writes for the last time what is known, as far as that is possible within three seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const limit = this.#options.clock.after(LAST_LIMIT, () => {
      this.#stopping.abort(new Error(`not written within ${LAST_LIMIT / 1000} s`));
      resolve();
    });
    await Promise.race([this.#writing.then(() => this.#writeLast()), late]);
    limit.cancel();
  }

  #lookAfter(delay: number): void {
    const { clock, random } = this.#options;
    this.#timer = clock.after(delay + random.below(delay / 2), () => {
      if (this.#isTrue && !this.#isWriting && this.#changes !== this.#changesNow) this.#write();
      this.#lookAfter(this.#changes === undefined ? FIRST_LOOK : NEXT_LOOK);
    });
  }

  /** The time of what is still true is worth writing too. */
  #writeLast(): Promise<void> {
    const isFresh = this.#options.parts[0]?.store.state === 'fresh';
    if (this.#isTrue && (isFresh || this.#changes !== this.#changesNow)) this.#write();
    return this.#writing;
  }

  /** What is held came from the API server, all of it. */
  get #isTrue(): boolean {
    return isTrue(this.#options.parts[0]);
  }

  get #changesNow(): number {
    let changes = 0;
    for (const { store } of this.#options.parts) changes += store.inventory.changes;
    return changes;
  }

  #write(): void {
    this.#changes = this.#changesNow;
    this.#isWriting = true;
    this.#writing = this.#writeNow()
      .catch((error: unknown) => this.#failed((error as Error).message))
      .finally(() => (this.#isWriting = false));
  }

  async #writeNow(): Promise<void> {
    const { path, cluster, selection, parts, clock, listener } = this.#options;
    const time = clock.now() - Math.round((parts[0]?.source.age ?? 0) * 1000);
    const inventories = parts.map((part) => (isTrue(part) ? part.store.inventory : undefined));
    const header = { uid: this.#uid, cluster: cluster(), selection, time };
    await writeSnapshot(path, header, inventories, this.#stopping.signal);
    this.#time = time;
    this.#lastFailure = '';
    listener.written();
  }

  #failed(reason: string): void {
    const { path, log, listener } = this.#options;
    listener.failed('write');
    this.#changes = NEVER;
    if (reason !== this.#lastFailure) log.warning(`snapshot ${path} could not be written: ${reason}`);
    this.#lastFailure = reason;
  }

  #expectOurs(header: SnapshotHeader): void {
    const { selection } = this.#options;
    const cluster = this.#options.cluster();
    const uid = this.#uid;
    if (header.cluster !== cluster) {
      throw new SnapshotError(`it is of another cluster (${header.cluster}, here ${cluster})`);
    }
    if (uid !== '' && header.uid !== '' && header.uid !== uid) {
      throw new SnapshotError(`it is of another cluster (UID ${header.uid}, here ${uid})`);
    }
    if (header.selection !== selection) {
      throw new SnapshotError(
        `it holds other objects than are wanted (${header.selection}, here ${selection})`,
      );
    }
  }

  #drop(): void {
    this.#loaded = undefined;
    this.#time = undefined;
    for (const { source } of this.#options.parts) source.dropForeign();
  }
}

/** Whether a store holds what its source told, and that was all once. */
function isTrue(part: SnapshotPart | undefined): boolean {
  return part !== undefined && part.store.state !== 'syncing' && !part.store.fromSnapshot;
}
