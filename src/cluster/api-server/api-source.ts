import type { Logger } from '../../log/logger.ts';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { Random } from '../../plugin/random.ts';
import type { ObjectKind } from '../cluster-inventory.ts';
import type { SourceState } from '../cluster-reader.ts';
import type { ClusterStore } from '../cluster-store.ts';
import type { ApiConnection } from './api-connection.ts';
import { ListWatch } from './list-watch.ts';
import type { WatchedObject } from './watched-object.ts';
import type { WatchedKind } from './watched-kinds.ts';

export interface ApiSourceOptions {
  /** Closed with the source. */
  readonly connection: ApiConnection;
  readonly kinds: readonly WatchedKind<unknown>[];
  /** Those that the kinds' objects go to; the source says how true they are. */
  readonly stores: readonly ClusterStore[];
  /** Whether nobody else puts objects into the stores: no snapshot does. */
  readonly alone: boolean;
  /** Whether nothing waits for kinds that the API server refuses: they are not defined there, or not for us. */
  readonly optional: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly listener: ApiSourceListener;
}

export interface ApiSourceListener {
  /**
   * An event is in the store, and the next answer knows of it.
   * @param seconds since its bytes arrived
   */
  propagated(kind: string, object: WatchedObject<unknown>, seconds: number): void;
  /** An object could not be read and was left out. */
  malformed(kind: string): void;
}

/** Silent for so long, in milliseconds, the API server counts as lost; answers go on all the same. */
const LOST_AFTER = 10 * 60_000;

/** Kubernetes objects from the API server, as they are now: a source of the cluster store. */
export class ApiSource {
  readonly #options: ApiSourceOptions;
  readonly #watches: readonly ListWatch<unknown>[];
  readonly #ready = Promise.withResolvers<void>();
  #lostTimer: Timer | undefined;
  #started = false;

  constructor(options: ApiSourceOptions) {
    this.#options = options;
    this.#watches = options.kinds.map((kind) => this.#listWatch(kind));
  }

  /** Resolves when it is ready; not before, however long the API server is silent. */
  start(): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      for (const watch of this.#watches) watch.start();
    }
    return this.#ready.promise;
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#lostTimer?.cancel();
    this.#options.connection.close();
  }

  /** All objects were seen once; those of optional kinds, or that there are none to see. */
  get ready(): boolean {
    const { optional } = this.#options;
    return this.#watches.every((watch) => watch.synced || (optional && watch.refused));
  }

  /** Whether all objects of a kind were seen once. */
  hasSeen(objects: ObjectKind): boolean {
    const index = this.#options.kinds.findIndex((kind) => kind.objects === objects);
    return this.#watches[index]?.synced === true;
  }

  /** Takes away what others have put into the stores: what the API server has not told of until now. */
  dropForeign(): void {
    for (const watch of this.#watches) if (!watch.synced) watch.dropUntold();
    if (!this.ready) for (const store of this.#options.stores) store.setState('syncing');
  }

  /** Nobody listens where the API server should be. */
  get unreachable(): boolean {
    return this.#watches.some((watch) => watch.unreachable);
  }

  /** Nobody has been heard of at all. */
  get silent(): boolean {
    return !this.#options.connection.reached;
  }

  /** How long changes have not been seen, in seconds; 0 while they are. */
  get age(): number {
    const lostAt = this.#lostAt();
    return lostAt === undefined ? 0 : (this.#options.clock.monotonic() - lostAt) / 1000;
  }

  /** What keeps changes from being seen; '' while nothing does. */
  get failure(): string {
    return this.#watches.find((watch) => watch.lastFailure !== '')?.lastFailure ?? '';
  }

  #listWatch(kind: WatchedKind<unknown>): ListWatch<unknown> {
    const { connection, alone, clock, random, log, listener } = this.#options;
    return new ListWatch({
      connection,
      clock,
      random,
      log,
      resource: kind.resource,
      decoder: kind.decoder,
      sink: kind.sink,
      alone,
      listener: {
        changed: () => this.#settle(),
        applied: (object, arrived) =>
          listener.propagated(kind.decoder.kind, object, (clock.monotonic() - arrived) / 1000),
        malformed: () => listener.malformed(kind.decoder.kind),
      },
    });
  }

  /** Since when one of the watches has been down, in monotonic milliseconds. */
  #lostAt(): number | undefined {
    let first: number | undefined;
    for (const { lostAt } of this.#watches) {
      if (lostAt !== undefined && (first === undefined || lostAt < first)) first = lostAt;
    }
    return first;
  }

  #settle(): void {
    const { stores, clock } = this.#options;
    const isSynced = this.#watches.every((watch) => watch.synced);
    const state = this.#state(isSynced);
    for (const store of stores) store.setState(state, isSynced ? false : undefined);
    if (state === 'stale') {
      this.#lostTimer ??= clock.after(LOST_AFTER, () => {
        this.#lostTimer = undefined;
        this.#settle();
      });
    } else {
      this.#lostTimer?.cancel();
      this.#lostTimer = undefined;
    }
    if (this.ready) this.#ready.resolve();
  }

  #state(isSynced: boolean): SourceState {
    // What a snapshot gave is stale, and better than nothing.
    if (!isSynced) return this.#options.stores[0]?.state === 'stale' ? 'stale' : 'syncing';
    if (this.#lostAt() === undefined) return 'fresh';
    return this.age * 1000 < LOST_AFTER ? 'stale' : 'lost';
  }
}
