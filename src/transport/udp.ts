import { isIPv6 } from 'node:net';
import { platform } from 'node:os';
import type { CounterCell } from '../metrics/registry.ts';
import type { Timer } from '../plugin/clock.ts';
import { HandlerFailures } from './handler-failures.ts';
import { ListenError } from './listen-error.ts';
import {
  localAddresses,
  systemInterfaces,
  type LocalAddress,
  type NetworkInterfaces,
} from './local-addresses.ts';
import type { PacketHandler, Transport, TransportOptions } from './transport.ts';
import { UdpSocket, type UdpOwner } from './udp-socket.ts';

/** Options of UDP by node:dgram. */
export interface UdpOptions extends TransportOptions {
  /** For tests. */
  readonly interfaces?: NetworkInterfaces;
}

/** Milliseconds between looks at the machine's interfaces, while listening on all of them. */
const REFRESH_INTERVAL = 3000;
/** Ports tried for port 0 until one is free at every address. */
const PORT_ATTEMPTS = 20;
/** Turns of the event loop, at most, that `close` takes for the last datagrams where newcomers cannot be refused. */
const MAXIMUM_LAST_TURNS = 64;

/** UDP by node:dgram. */
export function createUdpTransport(options: UdpOptions): Transport {
  return new UdpTransport(options);
}

/**
 * node:dgram does not tell which local address a datagram was sent to, and the reply must come from that one:
 * so a wildcard is one socket for each address that the machine has, followed as interfaces come and go.
 */
class UdpTransport implements Transport, UdpOwner {
  readonly name = 'udp by node:dgram';
  handler: PacketHandler;
  readonly failures: HandlerFailures;
  received = 0;
  pending = 0;
  #port: number;
  readonly #options: UdpOptions;
  readonly #socketErrors: CounterCell;
  readonly #bindFailures: CounterCell;
  readonly #sockets = new Map<string, UdpSocket>();
  /** Addresses that could not be bound; each is logged once. */
  readonly #failing = new Set<string>();
  #refreshTimer: Timer | undefined;
  #refreshing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: UdpOptions) {
    this.#options = options;
    this.#port = options.port;
    this.handler = options.handler;
    this.failures = new HandlerFailures(options, 'udp');
    const count = (name: string, help: string): CounterCell =>
      options.metrics.counter({ name, help, labels: ['server'] }).cell(options.server);
    this.#socketErrors = count(
      'signpost_udp_socket_errors_total',
      'Datagrams refused and errors of UDP sockets.',
    );
    this.#bindFailures = count(
      'signpost_udp_bind_failures_total',
      'Local addresses that UDP could not be bound to; tried again every few seconds.',
    );
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#bindAll();
        break;
      } catch (error) {
        await this.#closeSockets();
        this.#port = this.#options.port;
        const taken = error instanceof ListenError && error.code === 'EADDRINUSE';
        if (!taken || this.#options.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
    if (isWildcard(this.#options.address)) {
      this.#refreshTimer = this.#options.clock.every(REFRESH_INTERVAL, () => {
        this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
      });
    }
  }

  close(graceMilliseconds: number): Promise<void> {
    return (this.#closing ??= this.#drain(graceMilliseconds));
  }

  settled(): void {
    if (this.pending === 0) this.#wake?.();
  }

  socketError(): void {
    this.#socketErrors.value++;
  }

  #wanted(): LocalAddress[] {
    const { address, interfaces = systemInterfaces } = this.#options;
    if (!isWildcard(address)) return [{ address, family: isIPv6(address) ? 6 : 4 }];
    const all = localAddresses(interfaces);
    return address === '0.0.0.0' ? all.filter((local) => local.family === 4) : all;
  }

  async #bindAll(): Promise<void> {
    const wildcard = isWildcard(this.#options.address);
    for (const local of this.#wanted()) {
      try {
        await this.#bind(local);
      } catch (error) {
        // An address may still be on its way (IPv6 waits for duplicates); in use or forbidden is for the operator.
        if (!wildcard || !isPassing(error as ListenError)) throw error;
        this.#bindFailed(local, error as ListenError);
      }
    }
    if (this.#sockets.size === 0)
      throw new Error(`listen udp :${this.#port}: no local address could be bound`);
  }

  async #bind(local: LocalAddress): Promise<void> {
    const socket = new UdpSocket(local, this);
    try {
      await socket.bind(this.#port);
    } catch (error) {
      throw new ListenError('udp', local.address, this.#port, error as NodeJS.ErrnoException);
    }
    this.#port = socket.port;
    this.#sockets.set(local.address, socket);
    this.#failing.delete(local.address);
  }

  async #refresh(): Promise<void> {
    let wanted: LocalAddress[];
    try {
      wanted = this.#wanted();
    } catch (error) {
      this.#options.log.warning(`cannot list network interfaces: ${(error as Error).message}`);
      return;
    }
    const present = new Set(wanted.map((local) => local.address));
    for (const [address, socket] of this.#sockets) {
      if (present.has(address)) continue;
      this.#sockets.delete(address);
      this.#options.log.info(`address ${address} is gone: no longer listening there by udp`);
      await socket.close();
    }
    for (const local of wanted) {
      if (this.#sockets.has(local.address) || this.#closing !== undefined) continue;
      try {
        await this.#bind(local);
        this.#options.log.info(`address ${local.address} is new: listening there by udp`);
      } catch (error) {
        this.#bindFailed(local, error as ListenError);
      }
    }
    for (const address of this.#failing) if (!present.has(address)) this.#failing.delete(address);
  }

  #bindFailed(local: LocalAddress, error: ListenError): void {
    this.#bindFailures.value++;
    if (this.#failing.has(local.address)) return;
    this.#failing.add(local.address);
    this.#options.log.warning(`${error.message}; trying again every ${REFRESH_INTERVAL / 1000} seconds`);
  }

  async #drain(graceMilliseconds: number): Promise<void> {
    this.#refreshTimer?.cancel();
    await this.#refreshing;
    const grace = { over: false };
    const timer = this.#options.clock.after(graceMilliseconds, () => {
      grace.over = true;
      this.#wake?.();
    });
    const refuses = this.#options.port !== 0 && platform() === 'linux';
    for (const socket of this.#sockets.values()) if (refuses) socket.refuseNewcomers();
    await this.#takeLastDatagrams(refuses ? Infinity : MAXIMUM_LAST_TURNS, grace);
    for (const socket of this.#sockets.values()) if (!refuses) socket.stopReceiving();
    while (this.pending > 0 && !grace.over) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      if (refuses) await this.#takeLastDatagrams(Infinity, grace);
    }
    timer.cancel();
    await this.#closeSockets();
  }

  /** What the system had already taken in our name is answered too: two turns without a datagram end it. */
  async #takeLastDatagrams(turns: number, grace: { readonly over: boolean }): Promise<void> {
    let quiet = 0;
    for (let turn = 0; turn < turns && quiet < 2 && !grace.over; turn++) {
      const before = this.received;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.received === before ? quiet + 1 : 0;
    }
  }

  async #closeSockets(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }
}

function isWildcard(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

function isPassing(error: ListenError): boolean {
  return error.code !== 'EADDRINUSE' && error.code !== 'EACCES';
}
