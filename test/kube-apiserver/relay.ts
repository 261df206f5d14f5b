import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { lastingPort } from './server-child.ts';

/** A TCP relay on 127.0.0.1 in front of a server, for the faults of a network. It forwards until told otherwise. */
export class Relay {
  /** Where clients connect; stays the same. */
  readonly port: number;
  /** Connections taken since the start. */
  accepted = 0;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #silent = false;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  /** Starts a relay to a port of 127.0.0.1, where a server need not be yet. */
  static async start(target: number): Promise<Relay> {
    const relay = new Relay(await lastingPort(), target);
    await relay.forward();
    return relay;
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Forwards again. What was swallowed arrives now, as after a network partition that healed. */
  async forward(): Promise<void> {
    this.#silent = false;
    for (const socket of this.#sockets) socket.resume();
    if (this.#server !== undefined) return;
    this.#server = createServer((client) => this.#relay(client)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Nothing gets through any more in either direction, and nobody is told; new connections open and stay silent. */
  swallow(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Resets all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server === undefined ? undefined : once(server.close(), 'close');
    this.cut();
    await closed;
  }

  stop(): Promise<void> {
    return this.refuse();
  }

  #relay(client: Socket): void {
    this.accepted++;
    const server = connect(this.#target, '127.0.0.1');
    this.#join(client, server);
    this.#join(server, client);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => this.#silent || from.resume());
    });
    from.on('end', () => to.end());
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
    if (this.#silent) from.pause();
  }
}
