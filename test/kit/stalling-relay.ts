import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A TCP port on loopback that hands everything on to another one, until it is told to swallow it without a word. */
export class StallingRelay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stalled = false;

  constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      const far = connect(target, '127.0.0.1');
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  /** `127.0.0.1:port`. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** From now on nothing gets through, on connections that are and on new ones; none is closed. */
  stall(): void {
    this.#stalled = true;
  }

  /** New connections get through again. */
  resume(): void {
    this.#stalled = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      if (!this.#stalled) to.write(bytes);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#stalled) to.destroy();
    });
  }
}

/** Relays to a port on loopback. */
export async function startStallingRelay(target: number): Promise<StallingRelay> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new StallingRelay(server, target);
}
