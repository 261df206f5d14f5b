import type { Clock, Timer } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import type { Message } from '../wire/message.ts';
import { send } from './connection.ts';
import type { Connection, ConnectionOwner, ReplyListener } from './connection.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { UpstreamError } from './upstream-error.ts';

/** How long connections are kept, and how many. */
export interface PoolLimits {
  /** Milliseconds after which an idle connection is closed. */
  readonly expire: number;
  /** Milliseconds after which a connection is not used again; 0: no limit. */
  readonly maximumAge: number;
  /** Idle connections that are kept; 0: all. */
  readonly maximumIdle: number;
  /** Connections open at once; beyond it they are shared. */
  readonly maximumOpen: number;
}

/** The connections to one upstream by one protocol. */
export class ConnectionPool implements ConnectionOwner {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #connect: (owner: ConnectionOwner) => Connection;
  readonly #used: ((reused: boolean) => void) | undefined;
  readonly #open = new Map<Connection, OpenConnection>();
  #idle: OpenConnection[] = [];
  #sweep: Timer | undefined;
  #closed = false;

  /** @param used told at every query whether an open connection serves */
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
  }

  /** How many connections are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Sends a query. A kept connection that turns out to be closed is replaced by a new one. */
  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    const kept = this.reuse();
    if (kept === undefined) this.exchangeAnew(query, timeout, listener);
    else {
      this.#used?.(true);
      send(kept, query, timeout, new SecondChance(this, query, timeout, listener));
    }
  }

  /** Sends a query by a new connection. */
  exchangeAnew(query: UpstreamQuery, timeout: number, listener: ReplyListener): void {
    this.#used?.(false);
    send(this.open(), query, timeout, listener);
  }

  /** An open connection to send a query on: an idle one, or a busy one when no more may be opened. */
  reuse(): Connection | undefined {
    const now = this.#clock.monotonic();
    while (this.#idle.length > 0) {
      const place = this.#random.below(this.#idle.length);
      const entry = this.#idle[place]!;
      this.#idle[place] = this.#idle[this.#idle.length - 1]!;
      this.#idle.pop();
      if (!this.#isOver(entry, now)) {
        entry.idle = false;
        return entry.connection;
      }
      entry.connection.close();
    }
    return this.#open.size < this.#limits.maximumOpen ? undefined : this.#leastBusy();
  }

  /** A new connection. */
  open(): Connection {
    const connection = this.#connect(this);
    const now = this.#clock.monotonic();
    this.#open.set(connection, { connection, opened: now, idle: false, idleSince: now });
    this.#sweep ??= this.#clock.every(Math.max(this.#limits.expire, SHORTEST_SWEEP), () => this.#closeIdle());
    return connection;
  }

  /** Connections close as soon as nothing is in flight on them. */
  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    const idle = this.#idle;
    this.#idle = [];
    for (const { connection } of idle) connection.close();
  }

  /** Closes all connections at once. */
  abort(): void {
    this.close();
    for (const connection of [...this.#open.keys()]) connection.close();
  }

  idle(connection: Connection): void {
    const entry = this.#open.get(connection);
    if (entry === undefined || entry.idle) return;
    const { maximumIdle } = this.#limits;
    if (this.#closed || (maximumIdle > 0 && this.#idle.length >= maximumIdle)) {
      connection.close();
      return;
    }
    entry.idle = true;
    entry.idleSince = this.#clock.monotonic();
    this.#idle.push(entry);
  }

  gone(connection: Connection): void {
    const entry = this.#open.get(connection);
    this.#open.delete(connection);
    if (entry?.idle === true) this.#idle = this.#idle.filter((other) => other !== entry);
    if (this.#open.size === 0) {
      this.#sweep?.cancel();
      this.#sweep = undefined;
    }
  }

  #isOver(entry: OpenConnection, now: number): boolean {
    const { expire, maximumAge } = this.#limits;
    return (
      !entry.connection.usable ||
      now - entry.idleSince >= expire ||
      (maximumAge > 0 && now - entry.opened > maximumAge)
    );
  }

  #closeIdle(): void {
    const now = this.#clock.monotonic();
    const over = this.#idle.filter((entry) => this.#isOver(entry, now));
    for (const { connection } of over) connection.close();
  }

  #leastBusy(): Connection | undefined {
    let best: Connection | undefined;
    for (const connection of this.#open.keys()) {
      if (connection.usable && (best === undefined || connection.inFlight < best.inFlight)) best = connection;
    }
    return best;
  }
}

/** Milliseconds; `expire 0s` must not sweep all the time. */
const SHORTEST_SWEEP = 1000;

interface OpenConnection {
  readonly connection: Connection;
  /** Milliseconds of the monotonic clock. */
  readonly opened: number;
  idle: boolean;
  idleSince: number;
}

/** A query on a kept connection. */
class SecondChance implements ReplyListener {
  readonly #pool: ConnectionPool;
  readonly #query: UpstreamQuery;
  readonly #timeout: number;
  readonly #listener: ReplyListener;

  constructor(pool: ConnectionPool, query: UpstreamQuery, timeout: number, listener: ReplyListener) {
    this.#pool = pool;
    this.#query = query;
    this.#timeout = timeout;
    this.#listener = listener;
  }

  replied(message: Message): void {
    this.#listener.replied(message);
  }

  failed(error: Error): void {
    const isClosed = error instanceof UpstreamError && error.kind === 'closed';
    if (isClosed) this.#pool.exchangeAnew(this.#query, this.#timeout, this.#listener);
    else this.#listener.failed(error);
  }
}
