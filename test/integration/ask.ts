import { decode, encode, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import type { DecodedPacket, Packet } from 'dns-packet';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** How a client asks. */
export interface Manner {
  readonly protocol: 'udp' | 'tcp';
  /** Bytes that it says it can receive; undefined: no EDNS. */
  readonly receiveSize: number | undefined;
}

/** What came back. */
export interface Answer {
  /** Bytes on the wire. */
  readonly size: number;
  readonly truncated: boolean;
  readonly rcode: string;
  readonly hasOpt: boolean;
  /** The texts of the TXT records, sorted. */
  readonly texts: readonly string[];
  readonly owners: ReadonlySet<string>;
}

/** Milliseconds for one answer. */
const PATIENCE = 5000;

/** Asks 127.0.0.1 for TXT records, on a socket of its own. */
export function ask(port: number, name: string, { protocol, receiveSize }: Manner): Promise<Answer> {
  const query: Packet = {
    type: 'query',
    id: Math.floor(Math.random() * 65_536),
    flags: RECURSION_DESIRED,
    questions: [{ type: 'TXT', name }],
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
        const answer = read(packet, decode(packet), query);
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
    let received = Buffer.alloc(0);
    socket.setTimeout(PATIENCE, () => finish(() => reject(silence(query))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('end', () => finish(() => reject(silence(query))));
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      try {
        const answer = read(received.subarray(2), streamDecode(received) as DecodedPacket, query);
        finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(unreadable(error)));
      }
    });
    socket.write(streamEncode(query));
  });
}

function read(packet: Uint8Array, message: DecodedPacket, query: Packet): Answer {
  if (message.id !== query.id) throw new Error(`asked with id ${query.id}, answered with ${message.id}`);
  const [asked, echoed] = [query.questions![0]!, message.questions![0]];
  if (echoed?.name !== asked.name || echoed.type !== asked.type)
    throw new Error('another question came back');
  const texts: string[] = [];
  const owners = new Set<string>();
  for (const record of message.answers ?? []) {
    owners.add(record.name);
    if (record.type === 'TXT') texts.push(Buffer.concat(record.data as Buffer[]).toString('latin1'));
  }
  return {
    size: packet.length,
    truncated: message.flag_tc,
    rcode: (message as DecodedPacket & { rcode: string }).rcode,
    hasOpt: (message.additionals ?? []).some(({ type }) => type === 'OPT'),
    texts: texts.sort(),
    owners,
  };
}

function silence(query: Packet): Error {
  return new Error(`no answer for ${query.questions![0]!.name} within ${PATIENCE} ms`);
}

function unreadable(cause: unknown): Error {
  return new Error('the answer cannot be read', { cause });
}
