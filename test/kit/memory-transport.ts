import type { PacketHandler, Transport } from '../../src/transport/transport.ts';

/** A transport without a socket: tests call its handler. */
export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly port: number;
  handler: PacketHandler = () => undefined;
  closed = false;

  constructor(port: number) {
    this.port = port;
  }

  async listen(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
  }
}
