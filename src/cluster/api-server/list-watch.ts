import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../plugin/clock.ts';
import type { Random } from '../../plugin/random.ts';
import type { ApiConnection } from './api-connection.ts';
import { Exchange, type Outcome } from './exchange.ts';
import { NextAttempt } from './next-attempt.ts';
import type { ObjectSink } from './object-sink.ts';
import { listReader, watchReader } from './readers.ts';
import { isDenied, isExpired, refusesStreaming } from './refusal.ts';
import { pagePath, streamPath, watchPath, type WatchedResource } from './resource-paths.ts';
import { isRefused, RetryDelay } from './retry-delay.ts';
import { removeUntold, ToldObjects } from './told-objects.ts';
import type {
  ApiStatus,
  BodyReader,
  ListMetadata,
  ListReader,
  ObjectDecoder,
  ObjectListener,
  WatchedObject,
} from './watched-object.ts';

export interface ListWatchOptions<Input> {
  readonly connection: ApiConnection;
  readonly resource: WatchedResource;
  readonly decoder: ObjectDecoder<Input>;
  readonly sink: ObjectSink<Input>;
  /** Whether nobody else puts objects into the sink. */
  readonly alone: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly listener: ListWatchListener<Input>;
}

export interface ListWatchListener<Input> {
  /** `synced`, `refused` or `lostAt` changed. */
  changed(): void;
  /**
   * An event of a running watch is in the store.
   * @param arrived monotonic milliseconds at which its last bytes were here
   */
  applied(object: WatchedObject<Input>, arrived: number): void;
  /** One object could not be read; it is logged already. */
  malformed(): void;
}

/** A watch that lived this long, in milliseconds, without so much as a bookmark watches nothing (see `#watched`). */
const LONGEST_WITHOUT_BOOKMARK = 150_000;
/** A watch that ends sooner than this, in milliseconds, is not asked for again at once. */
const SHORTEST_WATCH = 1000;
/** Everybody is told to list again at the same time; they are spread over so many milliseconds. */
const RELIST_SPREAD = 300;

/**
 * Keeps the objects of one kind as the API server has them: all of them first, then every change, without end.
 *
 * One request at a time. The first is a watch that begins with all there is (WatchList) or, where the server does not
 * offer that, a list in pages with a watch after it. Whatever ends a watch, the next goes on from the last version
 * seen; only when the server has forgotten that one (410) everything is asked for again, what is held is answered
 * meanwhile, and what was not among it then goes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class ListWatch<Input> {
  readonly #options: ListWatchOptions<Input>;
  readonly #delay: RetryDelay;
  readonly #next: NextAttempt;
  readonly #events: ObjectListener<Input> = {
    put: (object) => this.#put(object),
    remove: (object) => this.#remove(object),
    bookmark: (version, isInitialEnd) => this.#bookmark(version, isInitialEnd),
    failed: (status) => {
      this.#exchange?.cancel();
      this.#ended({ type: 'refused', status });
    },
    malformed: (error) => {
      this.#options.log.warning(`${this.#options.resource.name}: ${error.message}: left out`);
      this.#options.listener.malformed();
    },
  };
  #exchange: Exchange | undefined;
  /** Where the next watch goes on; '' when everything is to be asked for. */
  #resourceVersion = '';
  /** What a list has told so far; undefined while a watch goes on. */
  #seen: ToldObjects | undefined;
  #listsInPages = false;
  #synced = false;
  #isRefused = false;
  #lostAt: number | undefined;
  #lastFailure = '';
  /** What went wrong since changes were seen last; each is told once. */
  readonly #told = new Set<string>();
  #arrived = 0;
  #watchStarted = 0;
  #heard = false;
  #closed = false;

  constructor(options: ListWatchOptions<Input>) {
    this.#options = options;
    this.#delay = new RetryDelay(options.random);
    this.#next = new NextAttempt(options.connection, options.clock, () => this.#attempt());
    this.#lostAt = options.clock.monotonic();
  }

  /** All objects were seen once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The API server said last that there is no such kind, or that it is not for us. */
  get refused(): boolean {
    return this.#isRefused;
  }

  /** Since when changes are not seen, in monotonic milliseconds; undefined while they are. */
  get lostAt(): number | undefined {
    return this.#lostAt;
  }

  /** What went wrong last; '' while changes are seen. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  /** Nobody listened where the API server should be when it was asked last. */
  get unreachable(): boolean {
    return this.#delay.refused;
  }

  start(): void {
    this.#attempt();
  }

  close(): void {
    this.#closed = true;
    this.#next.cancel();
    this.#exchange?.cancel();
  }

  /** Takes away what the list under way has not told of (yet). Not for while a watch goes on. */
  dropUntold(): void {
    removeUntold(this.#options.sink, this.#seen);
  }

  #attempt(): void {
    if (this.#closed) return;
    this.#next.begins();
    if (this.#resourceVersion !== '') this.#watch();
    else if (this.#listsInPages) this.#list('', true);
    else this.#stream();
  }

  /** All there is, then every change, in one request. */
  #stream(): void {
    const { resource, connection, sink, alone } = this.#options;
    this.#seen = new ToldObjects(sink, alone);
    this.#exchangeEvents(streamPath(resource, this.#watchSeconds(connection)));
  }

  #watch(): void {
    const { resource, connection } = this.#options;
    this.#exchangeEvents(watchPath(resource, this.#resourceVersion, this.#watchSeconds(connection)));
  }

  /** Spread, so that the watches of a cluster's servers do not all end at once. */
  #watchSeconds({ longestWatch }: ApiConnection): number {
    return Math.ceil(longestWatch / 2) + this.#options.random.below(Math.ceil(longestWatch / 2));
  }

  #exchangeEvents(path: string): void {
    const { connection, clock, decoder } = this.#options;
    this.#heard = false;
    this.#watchStarted = clock.monotonic();
    this.#exchange = new Exchange({
      connection,
      clock,
      path,
      isWaiting: () => this.#seen !== undefined,
      reader: (contentType) => {
        const reader = watchReader(contentType, decoder, this.#events);
        if (this.#seen === undefined) this.#found();
        return this.#timed(reader);
      },
      finished: (outcome) => this.#ended(outcome),
    });
  }

  /** @param inPages a list whose later pages have expired is asked for once more in one piece */
  #list(continueToken: string, inPages: boolean): void {
    const { connection, clock, decoder, resource, sink, alone } = this.#options;
    if (continueToken === '') this.#seen = new ToldObjects(sink, alone);
    let reader: ListReader | undefined;
    this.#exchange = new Exchange({
      connection,
      clock,
      path: pagePath(resource, continueToken, inPages),
      isWaiting: () => true,
      reader: (contentType) => (reader = listReader(contentType, decoder, this.#events)),
      finished: (outcome) => {
        if (outcome.type === 'whole') this.#listed(reader!, inPages);
        else if (outcome.type === 'refused' && isExpired(outcome.status) && continueToken !== '') {
          this.#list('', false);
        } else this.#ended(outcome);
      },
    });
  }

  #listed(reader: ListReader, inPages: boolean): void {
    let metadata: ListMetadata;
    try {
      metadata = reader.end();
    } catch (error) {
      this.#ended({ type: 'broken', error: error as Error });
      return;
    }
    if (metadata.continueToken !== '') {
      this.#list(metadata.continueToken, inPages);
      return;
    }
    this.#sweep(metadata.resourceVersion);
    this.#watch();
  }

  #put(object: WatchedObject<Input>): void {
    this.#heard = true;
    // Before it is put: its sink may ask for what was told so far (`dropUntold`).
    this.#seen?.add(object);
    this.#options.sink.put(object);
    if (this.#seen === undefined) this.#live(object);
  }

  #remove(object: WatchedObject<Input>): void {
    this.#heard = true;
    this.#options.sink.remove(object.namespace, object.name);
    if (this.#seen !== undefined) this.#seen.delete(object);
    else this.#live(object);
  }

  #live(object: WatchedObject<Input>): void {
    if (object.resourceVersion !== '') this.#resourceVersion = object.resourceVersion;
    this.#options.listener.applied(object, this.#arrived);
  }

  #bookmark(resourceVersion: string, isInitialEnd: boolean): void {
    this.#heard = true;
    if (this.#seen === undefined) this.#resourceVersion = resourceVersion;
    else if (isInitialEnd) this.#sweep(resourceVersion);
  }

  /** A whole list has been told: what it did not name is gone. */
  #sweep(resourceVersion: string): void {
    this.dropUntold();
    this.#seen = undefined;
    this.#resourceVersion = resourceVersion;
    this.#delay.reset();
    this.#synced = true;
    this.#isRefused = false;
    // Also before the watch after a list is open: at this moment everything is known.
    this.#found();
  }

  /** Changes are seen (again). */
  #found(): void {
    if (this.#lostAt === undefined) return;
    this.#lostAt = undefined;
    if (this.#lastFailure !== '') this.#options.log.info(`${this.#options.resource.name}: watching again`);
    this.#lastFailure = '';
    this.#told.clear();
    this.#options.listener.changed();
  }

  #lost(): void {
    if (this.#lostAt !== undefined) return;
    this.#lostAt = this.#options.clock.monotonic();
    this.#options.listener.changed();
  }

  #ended(outcome: Outcome): void {
    if (this.#closed) return;
    const wasListing = this.#seen !== undefined;
    this.#seen = undefined;
    if (outcome.type === 'whole' && !wasListing) this.#watched();
    else if (outcome.type === 'whole') this.#retry('ended before everything was told', false, undefined);
    else if (outcome.type === 'broken') {
      if (this.#watchLived() >= SHORTEST_WATCH) this.#delay.reset();
      this.#retry(outcome.error.message, isRefused(outcome.error), undefined);
    } else this.#refused(outcome.status, wasListing);
  }

  #refused(status: ApiStatus, wasListing: boolean): void {
    const { log, resource, random, listener } = this.#options;
    const reason = `${status.code} ${status.reason}: ${status.message}`;
    if (isExpired(status) && !wasListing) {
      log.info(
        `${resource.name}: the API server has forgotten version ${this.#resourceVersion}: listing again`,
      );
      this.#resourceVersion = '';
      this.#lost();
      this.#next.after(random.below(RELIST_SPREAD));
    } else if (wasListing && !this.#listsInPages && refusesStreaming(status)) {
      log.debug(`${resource.name}: the API server does not stream lists (${reason}): listing in pages`);
      this.#listsInPages = true;
      this.#attempt();
    } else {
      this.#isRefused ||= isDenied(status);
      if (this.#isRefused) listener.changed();
      this.#retry(reason, false, status.retryAfter);
    }
  }

  /**
   * A watch came to its regular end. The server sends a bookmark a minute, and before the end; a watch that never
   * heard anything is one from a version that is yet to come (etcd was restored from a backup), so what is held is
   * of a world that is no more.
   */
  #watched(): void {
    const lived = this.#watchLived();
    if (!this.#heard && lived >= LONGEST_WITHOUT_BOOKMARK) this.#resourceVersion = '';
    if (lived < SHORTEST_WATCH) this.#next.after(this.#delay.next(false));
    else {
      this.#delay.reset();
      this.#attempt();
    }
  }

  #watchLived(): number {
    return this.#options.clock.monotonic() - this.#watchStarted;
  }

  #retry(reason: string, refused: boolean, retryAfter: number | undefined): void {
    const { log, resource } = this.#options;
    if (!this.#told.has(reason)) log.warning(`${resource.name}: ${reason}: trying again`);
    this.#told.add(reason);
    this.#lastFailure = reason;
    this.#lost();
    const delay = Math.max(this.#delay.next(refused), retryAfter ?? 0);
    this.#next.afterOrRenewal(delay, () => this.#delay.reset());
  }

  /** Notes when bytes arrive: what they change is measured from there. */
  #timed(reader: BodyReader): BodyReader {
    const { clock } = this.#options;
    return {
      read: (bytes) => {
        this.#arrived = clock.monotonic();
        reader.read(bytes);
      },
    };
  }
}
