import { decode, encode, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import type { DecodedPacket, Packet, RecordType } from 'dns-packet';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { answerOf } from './answer.ts';
import type { Answer } from './answer.ts';

/** How a client asks. */
export interface Manner {
  readonly protocol: 'udp' | 'tcp';
  /** Bytes that it says it can receive; undefined: no EDNS. */
  readonly receiveSize: number | undefined;
}

/** Milliseconds for one answer. */
const PATIENCE = 6000;

/** Asks 127.0.0.1, on a socket of its own. */
export function ask(
  port: number,
  name: string,
  type: RecordType,
  { protocol, receiveSize }: Manner,
): Promise<Answer> {
  const query: Packet = {
    type: 'query',
    id: Math.floor(Math.random() * 65_536),
    flags: RECURSION_DESIRED,
    questions: [{ type, name }],
  };
  if (receiveSize !== undefined) {
    query.additionals = [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: receiveSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ];
  }
  return protocol === 'udp' ? askByUdp(port, query) : askByTcp(port, query);
}

function askByUdp(port: number, query: Packet): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => finish(() => reject(silence(query))), PATIENCE);
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (packet) => {
      try {
        const answer = answerOf(packet, decode(packet), query);
        finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(unreadable(error)));
      }
    });
    socket.send(encode(query), port, '127.0.0.1');
  });
}

function askByTcp(port: number, query: Packet): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    const received: Buffer[] = [];
    let size = 0;
    socket.setTimeout(PATIENCE, () => finish(() => reject(silence(query))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(silence(query))));
    socket.on('data', (bytes: Buffer) => {
      received.push(bytes);
      size += bytes.length;
      const all = Buffer.concat(received);
      if (size < 2 || size < 2 + all.readUInt16BE(0)) return;
      try {
        const answer = answerOf(all.subarray(2), streamDecode(all) as DecodedPacket, query);
        finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(unreadable(error)));
      }
    });
    socket.write(streamEncode(query));
  });
}

function silence(query: Packet): Error {
  return new Error(`no answer for ${query.questions![0]!.name} within ${PATIENCE} ms`);
}

function unreadable(cause: unknown): Error {
  return new Error('the answer cannot be read', { cause });
}
