import type { Clock, Timer } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import { send } from './connection.ts';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import type { PoolLimits } from './connection-pool.ts';
import type { UpstreamQuery } from './in-flight.ts';

/** Milliseconds after which a port is not used again: one that stays is easier to guess (RFC 5452, section 9.2). */
const PORT_LIFE = 10_000;
/**
 * Queries that share a drawn place when they come in one turn of the event loop: one call sends them. As many are in
 * flight on one port at any load that matters, and each has an id and a letter case of its own to be guessed with it.
 */
const BURST = 8;
/** Milliseconds; `expire 0s` must not sweep all the time. */
const SHORTEST_SWEEP = 1000;

/**
 * UDP sockets to one upstream, each on a random port. A query goes out by any of the places by chance, a few that come
 * together by the same; a place that is empty, or whose socket is used up, gets a new socket. So a few queries come from
 * a new port each, and many share sockets that change all the time, for a quarter of what a socket per query costs.
 */
export class PortPool implements ConnectionOwner {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #connect: (owner: ConnectionOwner) => Connection;
  readonly #used: ((reused: boolean) => void) | undefined;
  readonly #places: (Place | undefined)[];
  /** All open sockets; the oldest first. Those without a place wait for their last replies. */
  readonly #open = new Map<Connection, Place>();
  #next = 0;
  /** Queries that may still share the place that was drawn last. */
  #sharing = 0;
  #idle = 0;
  #sweep: Timer | undefined;
  #closed = false;

  /**
   * @param limits maximumOpen is the number of places; twice as many sockets may be open while old ones end
   * @param used told at every query whether an open socket serves
   */
  constructor(
    limits: PoolLimits,
    clock: Clock,
    random: Random,
    connect: (owner: ConnectionOwner) => Connection,
    used?: (reused: boolean) => void,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
    this.#connect = connect;
    this.#used = used;
    this.#places = new Array<Place | undefined>(limits.maximumOpen).fill(undefined);
  }

  /** Sends a query. */
  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    const kept = this.reuse(this.#draw());
    this.#used?.(kept !== undefined);
    send(kept ?? this.open(), query, timeout, listener);
  }

  /** The place for the next query. */
  #draw(): number {
    if (this.#sharing === 0) {
      this.#sharing = BURST;
      queueMicrotask(this.#endBurst);
      this.#next = this.#random.below(this.#places.length);
    }
    this.#sharing--;
    return this.#next;
  }

  readonly #endBurst = (): void => {
    this.#sharing = 0;
  };

  /** The socket of a place, by chance; undefined when it is to be opened. */
  reuse(number = this.#random.below(this.#places.length)): Connection | undefined {
    this.#next = number;
    const place = this.#places[this.#next];
    if (place === undefined) return undefined;
    if (this.#isOver(place, this.#clock.monotonic())) {
      this.#places[this.#next] = undefined;
      if (place.idle) place.connection.close();
      return undefined;
    }
    this.#setIdle(place, false);
    return place.connection;
  }

  /** A new socket, in the place that was drawn. */
  open(): Connection {
    if (this.#open.size >= 2 * this.#places.length) this.#closeOldest();
    const connection = this.#connect(this);
    const now = this.#clock.monotonic();
    const place: Place = { connection, number: this.#next, opened: now, idle: false, idleSince: now };
    this.#open.set(connection, place);
    this.#places[this.#next] = place;
    this.#sweep ??= this.#clock.every(Math.max(this.#limits.expire, SHORTEST_SWEEP), () => this.#closeIdle());
    return connection;
  }

  /** Sockets close as soon as nothing is in flight on them. */
  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const place of [...this.#open.values()]) if (place.idle) place.connection.close();
  }

  /** Closes all sockets at once. */
  abort(): void {
    this.close();
    for (const connection of [...this.#open.keys()]) connection.close();
  }

  idle(connection: Connection): void {
    const place = this.#open.get(connection);
    if (place === undefined) return;
    const { maximumIdle } = this.#limits;
    const isFull = maximumIdle > 0 && this.#idle >= maximumIdle && !place.idle;
    if (this.#closed || isFull || this.#places[place.number] !== place) {
      connection.close();
      return;
    }
    this.#setIdle(place, true);
    place.idleSince = this.#clock.monotonic();
  }

  gone(connection: Connection): void {
    const place = this.#open.get(connection);
    if (place === undefined) return;
    this.#setIdle(place, false);
    this.#open.delete(connection);
    if (this.#places[place.number] === place) this.#places[place.number] = undefined;
    if (this.#open.size > 0) return;
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #setIdle(place: Place, idle: boolean): void {
    if (place.idle === idle) return;
    place.idle = idle;
    this.#idle += idle ? 1 : -1;
  }

  #isOver(place: Place, now: number): boolean {
    const { expire, maximumAge } = this.#limits;
    const age = now - place.opened;
    return (
      !place.connection.usable ||
      age >= PORT_LIFE ||
      (place.idle && now - place.idleSince >= expire) ||
      (maximumAge > 0 && age > maximumAge)
    );
  }

  #closeIdle(): void {
    const now = this.#clock.monotonic();
    for (const place of [...this.#open.values()]) {
      if (place.idle && this.#isOver(place, now)) place.connection.close();
    }
  }

  #closeOldest(): void {
    for (const place of this.#open.values()) {
      if (this.#places[place.number] === place) continue;
      place.connection.close();
      return;
    }
  }
}

interface Place {
  readonly connection: Connection;
  readonly number: number;
  /** Milliseconds of the monotonic clock. */
  readonly opened: number;
  idle: boolean;
  idleSince: number;
}
