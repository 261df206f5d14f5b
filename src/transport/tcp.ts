import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Counter, CounterCell } from '../metrics/registry.ts';
import type { Timer } from '../plugin/clock.ts';
import { HandlerFailures } from './handler-failures.ts';
import { ListenError } from './listen-error.ts';
import { RecencyList } from './recency-list.ts';
import { TcpConnection, type CloseReason, type TcpOwner } from './tcp-connection.ts';
import type { PacketHandler, Transport, TransportOptions } from './transport.ts';

/** Limits of a TCP listener; times in milliseconds. */
export interface TcpLimits {
  /** How long a new connection may take for its first message. */
  readonly firstMessage: number;
  /** How long a connection may take from one message to the end of the next. */
  readonly idle: number;
  /** How long a client may leave an answer untaken. */
  readonly write: number;
  readonly connections: number;
  readonly connectionsPerClient: number;
  /** Queries of one connection that are being answered at a time. */
  readonly outstanding: number;
  /** Connections whose clients are slow to take their answers; bounds the memory that these hold. */
  readonly stalledConnections: number;
}

/** CoreDNS's times (`timeouts`), and bounds that it has not. */
export const DEFAULT_TCP_LIMITS: TcpLimits = {
  firstMessage: 3000,
  idle: 10_000,
  write: 5000,
  connections: 4096,
  connectionsPerClient: 128,
  outstanding: 128,
  stalledConnections: 256,
};

/** Options of TCP. */
export interface TcpOptions extends TransportOptions {
  /** What is left out is as in DEFAULT_TCP_LIMITS. */
  readonly limits?: Partial<TcpLimits>;
}

/** Milliseconds between looks for connections whose time is over: one timer for all of them. */
const SWEEP_INTERVAL = 500;
/** Connections that wait in the kernel to be accepted. */
const BACKLOG = 1024;

/** DNS over TCP (RFC 7766). */
export function createTcpTransport(options: TcpOptions): Transport {
  return new TcpTransport(options);
}

class TcpTransport implements Transport, TcpOwner {
  readonly name = 'tcp by node:net';
  handler: PacketHandler;
  readonly failures: HandlerFailures;
  readonly #options: TcpOptions;
  readonly #limits: TcpLimits;
  readonly #server: Server;
  readonly #connections = new Set<TcpConnection>();
  /** Connections without a message yet, and those with; a time limit of its own for each. */
  readonly #silent = new RecencyList<TcpConnection>();
  readonly #spoken = new RecencyList<TcpConnection>();
  readonly #clients = new Map<string, RecencyList<TcpConnection>>();
  /** In the order in which they stalled. */
  readonly #stalled = new Set<TcpConnection>();
  readonly #open: CounterCell;
  readonly #closed: Counter;
  readonly #acceptErrors: CounterCell;
  #port: number;
  #sweepTimer: Timer | undefined;
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: TcpOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_TCP_LIMITS, ...options.limits };
    this.#port = options.port;
    this.handler = options.handler;
    this.failures = new HandlerFailures(options, 'tcp');
    const { metrics, server } = options;
    this.#open = metrics
      .gauge({ name: 'signpost_tcp_connections', help: 'Open TCP connections.', labels: ['server'] })
      .cell(server);
    this.#closed = metrics.counter({
      name: 'signpost_tcp_connections_closed_total',
      help: 'TCP connections that ended, by reason.',
      labels: ['server', 'reason'],
    });
    this.#acceptErrors = metrics
      .counter({
        name: 'signpost_tcp_accept_errors_total',
        help: 'TCP connections that could not be accepted.',
        labels: ['server'],
      })
      .cell(server);
    // Half-open: a client may close its side after its last query and still wait for the answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return this.#port;
  }

  get maximumOutstanding(): number {
    return this.#limits.outstanding;
  }

  listen(): Promise<void> {
    const { address, port, clock } = this.#options;
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(new ListenError('tcp', address, port, error)));
      const host = address === '' || address === '::' ? {} : { host: address };
      server.listen({ ...host, port, backlog: BACKLOG, exclusive: true }, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => this.#acceptFailed(error));
        this.#port = (server.address() as AddressInfo).port;
        this.#sweepTimer = clock.every(SWEEP_INTERVAL, () => this.#sweep());
        resolve();
      });
    });
  }

  close(graceMilliseconds: number): Promise<void> {
    return (this.#closing ??= this.#drain(graceMilliseconds));
  }

  active(connection: TcpConnection): void {
    connection.lastActive = this.#options.clock.monotonic();
    this.#spoken.add(connection.age);
    this.#clients.get(connection.client.address)?.add(connection.ageForClient);
  }

  stalled(connection: TcpConnection): void {
    if (this.#stalled.has(connection)) return;
    connection.stalledSince = this.#options.clock.monotonic();
    this.#stalled.add(connection);
    if (this.#stalled.size > this.#limits.stalledConnections) first(this.#stalled)?.close('write_timeout');
  }

  flowing(connection: TcpConnection, empty: boolean): void {
    if (!this.#stalled.delete(connection) || empty) return;
    this.stalled(connection);
  }

  closed(connection: TcpConnection, reason: CloseReason): void {
    const { address } = connection.client;
    this.#connections.delete(connection);
    this.#stalled.delete(connection);
    connection.age.list?.remove(connection.age);
    const ofClient = this.#clients.get(address);
    ofClient?.remove(connection.ageForClient);
    if (ofClient?.size === 0) this.#clients.delete(address);
    this.#open.value--;
    this.#closed.cell(this.#options.server, reason).value++;
    if (this.#connections.size === 0) this.#wake?.();
  }

  #accept(socket: Socket): void {
    if (socket.remoteAddress === undefined) {
      // The client has gone again before its connection was looked at.
      socket.destroy();
      return;
    }
    const connection = new TcpConnection(socket, this);
    const { address } = connection.client;
    let ofClient = this.#clients.get(address);
    if (ofClient === undefined) this.#clients.set(address, (ofClient = new RecencyList()));
    if (ofClient.size >= this.#limits.connectionsPerClient) ofClient.oldest?.close('client_limit');
    else if (this.#connections.size >= this.#limits.connections) this.#longestIdle()?.close('limit');
    connection.lastActive = this.#options.clock.monotonic();
    this.#connections.add(connection);
    this.#silent.add(connection.age);
    // Making room may have closed the client's only other connection, and its list with it.
    if (!this.#clients.has(address)) this.#clients.set(address, ofClient);
    ofClient.add(connection.ageForClient);
    this.#open.value++;
  }

  #longestIdle(): TcpConnection | undefined {
    const silent = this.#silent.oldest;
    const spoken = this.#spoken.oldest;
    if (silent === undefined || spoken === undefined) return silent ?? spoken;
    return silent.lastActive <= spoken.lastActive ? silent : spoken;
  }

  #sweep(): void {
    const now = this.#options.clock.monotonic();
    this.#sweepList(this.#silent, now, this.#limits.firstMessage);
    this.#sweepList(this.#spoken, now, this.#limits.idle);
    for (;;) {
      const connection = first(this.#stalled);
      if (connection === undefined || now - connection.stalledSince < this.#limits.write) return;
      connection.close('write_timeout');
    }
  }

  #sweepList(list: RecencyList<TcpConnection>, now: number, limit: number): void {
    for (;;) {
      const connection = list.oldest;
      if (connection === undefined || now - connection.lastActive < limit) return;
      // Waiting for us is not being idle; for the client to take its answer there is a limit of its own.
      if (connection.outstanding > 0 || this.#stalled.has(connection)) this.active(connection);
      else connection.close(list === this.#silent || connection.halfRead ? 'read_timeout' : 'idle');
    }
  }

  #acceptFailed(error: Error): void {
    if (this.#acceptErrors.value++ === 0) {
      this.#options.log.warning(`cannot accept tcp connections, counted from now on: ${error.message}`);
    }
  }

  async #drain(graceMilliseconds: number): Promise<void> {
    const grace = { over: false };
    const timer = this.#options.clock.after(graceMilliseconds, () => {
      grace.over = true;
      this.#wake?.();
    });
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Two turns of the event loop: what the clients had already sent is answered too.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of [...this.#connections]) connection.end('shutdown');
    while (this.#connections.size > 0 && !grace.over) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    for (const connection of [...this.#connections]) connection.close('shutdown');
    timer.cancel();
    this.#sweepTimer?.cancel();
    await closed;
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  const { value } = set.values().next() as { value: T | undefined };
  return value;
}
