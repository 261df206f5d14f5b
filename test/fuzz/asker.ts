import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends packets to a server and takes what it sends back. */
export interface Asker {
  readonly protocol: 'udp' | 'tcp';
  send(packet: Uint8Array): void;
  close(): void;
}

/** By UDP, from a port of its own. */
export async function askByUdp(port: number, receive: (reply: Buffer) => void): Promise<Asker> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
  socket.on('message', receive);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return { protocol: 'udp', send: (packet) => socket.send(packet), close: () => socket.close() };
}

/** By TCP, all on one connection. */
export async function askByTcp(port: number, receive: (reply: Buffer) => void): Promise<Asker> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length > 1 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      const reply = rest.subarray(2, end);
      rest = rest.subarray(end);
      receive(reply);
    }
  });
  await once(socket, 'connect');
  return { protocol: 'tcp', send: (packet) => socket.write(framed(packet)), close: () => socket.destroy() };
}

/** A packet with the two length bytes of TCP (RFC 1035, section 4.2.2). */
export function framed(packet: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 255), packet]);
}
