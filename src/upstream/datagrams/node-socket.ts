import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { endpointName } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import type { DatagramListener, DatagramSocket } from './datagram-socket.ts';

/** Opens a socket by node:dgram, which every machine has. */
export function openNodeSocket(endpoint: Endpoint, listener: DatagramListener): DatagramSocket {
  return new NodeSocket(endpoint, listener);
}

class NodeSocket implements DatagramSocket {
  readonly #socket: Socket;
  readonly #listener: DatagramListener;
  /** Packets that wait until the socket is connected. */
  #unsent: Uint8Array[] | undefined = [];
  #closed = false;

  constructor({ address, port, sourceAddress }: Endpoint, listener: DatagramListener) {
    this.#listener = listener;
    const family = isIPv6(address) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: (host, _options, found) => process.nextTick(found, null, host, family),
    });
    this.#socket = socket;
    socket.on('error', (error) => listener.failed(error));
    socket.on('message', (bytes) => listener.received(bytes));
    socket.on('connect', () => this.#connected());
    if (sourceAddress === undefined) socket.connect(port, address);
    else socket.bind({ address: sourceAddress, port: 0 }, () => socket.connect(port, address));
    socket.unref();
  }

  get localName(): string {
    try {
      const { address, port } = this.#socket.address();
      return endpointName(address, port);
    } catch {
      return ''; // not bound yet
    }
  }

  send(packet: Uint8Array): void {
    // Packets are made for one query, and not written to again: node:dgram needs no copy.
    if (this.#unsent === undefined) this.#socket.send(packet, this.#sent);
    else this.#unsent.push(packet);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #connected(): void {
    if (this.#closed) return;
    const unsent = this.#unsent ?? [];
    this.#unsent = undefined;
    for (const packet of unsent) this.#socket.send(packet, this.#sent);
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null && !this.#closed) this.#listener.failed(error);
  };
}
