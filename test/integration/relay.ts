import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Hands TCP connections on to a port of 127.0.0.1, and counts them. */
export class Relay {
  /** Connections so far. */
  connections = 0;
  /** What each client said first: of TLS, its ClientHello, which nobody encrypts. */
  readonly openings: Buffer[] = [];
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.#server = server;
    server.on('connection', (client) => {
      this.connections++;
      this.#clients.add(client);
      client.once('data', (bytes: Buffer) => this.openings.push(bytes));
      const upstream = connect(target, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
      client.on('close', () => this.#clients.delete(client));
    });
  }

  static async start(target: number): Promise<Relay> {
    const server = createServer().listen(0, '127.0.0.1');
    const relay = new Relay(server, target);
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#clients.size;
  }

  /** Breaks all connections off. */
  hangUp(): void {
    for (const client of this.#clients) client.destroy();
  }

  close(): void {
    this.hangUp();
    this.#server.close();
  }
}

/** Whether a ClientHello offers one protocol and no other (RFC 7301, section 3.1: extension 16, a list of names). */
export function offersOnly(clientHello: Buffer, protocol: string): boolean {
  const { length } = protocol;
  const list = Buffer.from([0, 16, 0, length + 3, 0, length + 1, length, ...Buffer.from(protocol)]);
  return clientHello.includes(list);
}
