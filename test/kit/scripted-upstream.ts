import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Protocol } from '../../src/server/query.ts';
import { FrameReader } from '../../src/transport/frame-reader.ts';
import { HeaderFlag } from '../../src/wire/codes.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { readMessage } from '../../src/wire/message.ts';
import type { Message, Question } from '../../src/wire/message.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { MAXIMUM_MESSAGE_BYTES, MessageWriter } from '../../src/wire/writer.ts';

/** A query that an upstream got. */
export interface ReceivedQuery {
  readonly message: Message;
  readonly packet: Buffer;
  readonly protocol: Protocol;
  /** The port it came from. */
  readonly port: number;
  /** Sends a packet to whoever asked. */
  answer(packet: Uint8Array): void;
  /** Closes the TCP connection it came by. */
  hangUp(): void;
}

/** The packets to answer a query with, in order; none: silence. */
export type Script = (query: ReceivedQuery) => readonly Uint8Array[];

/** A DNS server on a loopback port, UDP and TCP, that does as a test tells it. */
export class ScriptedUpstream {
  readonly address: string;
  readonly port: number;
  readonly received: ReceivedQuery[] = [];
  script: Script;
  /** TCP connections accepted so far. */
  connections = 0;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #sockets = new Set<Socket>();
  readonly #expected: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(udp: UdpSocket, tcp: Server, script: Script) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.script = script;
    this.address = udp.address().address;
    this.port = udp.address().port;
    udp.on('message', (packet, { port, address }) => {
      const answer = (reply: Uint8Array): void => udp.send(reply, port, address);
      this.#receive({
        message: readMessage(packet),
        packet,
        protocol: 'udp',
        port,
        answer,
        hangUp: () => {},
      });
    });
    tcp.on('connection', (socket) => this.#connected(socket));
  }

  /** `127.0.0.1:port`. */
  get name(): string {
    return `${this.address}:${this.port}`;
  }

  /** Resolves once so many queries have come in, counted from the start. */
  queries(count: number): Promise<void> {
    if (this.received.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#expected.push({ count, resolve }));
  }

  /** Sends a datagram from this upstream's own port, asked for or not; resolves once it has left. */
  sendDatagram(packet: Uint8Array, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#udp.send(packet, port, this.address, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = Promise.all([once(this.#udp, 'close'), once(this.#tcp, 'close')]);
    this.#udp.close();
    this.#tcp.close();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive(query: ReceivedQuery): void {
    this.received.push(query);
    for (const { count, resolve } of this.#expected) if (this.received.length >= count) resolve();
    for (const reply of this.script(query)) query.answer(reply);
  }

  #connected(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readStream(socket, (packet, answer) => {
      const port = socket.remotePort ?? 0;
      const hangUp = (): void => void socket.end();
      this.#receive({ message: readMessage(packet), packet, protocol: 'tcp', port, answer, hangUp });
    });
  }
}

/** Takes the messages that come by a stream, each with the way to answer it (RFC 1035, section 4.2.2). */
export function readStream(
  socket: Socket,
  take: (packet: Buffer, answer: (reply: Uint8Array) => void) => void,
): void {
  const frames = new FrameReader();
  const answer = (reply: Uint8Array): void => {
    socket.write(Buffer.concat([Buffer.of(reply.length >> 8, reply.length & 0xff), reply]));
  };
  socket.on('data', (bytes: Buffer) => {
    frames.push(bytes);
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      take(Buffer.from(frame.buffer, frame.byteOffset, frame.length), answer);
    }
  });
}

/**
 * Starts an upstream on a free port; `await using` closes it.
 * @param address another one of the loopback's
 * @param wanted a port to use
 */
export async function startUpstream(
  script: Script,
  address = '127.0.0.1',
  wanted = 0,
): Promise<ScriptedUpstream> {
  for (;;) {
    const tcp = createServer().listen(wanted, address);
    await once(tcp, 'listening');
    const udp = createSocket('udp4');
    try {
      udp.bind((tcp.address() as AddressInfo).port, address);
      await once(udp, 'listening');
      return new ScriptedUpstream(udp, tcp, script);
    } catch {
      tcp.close(); // somebody else has the UDP port of that number: another try
    }
  }
}

/** What a reply says; what is left out is as in the query, NOERROR or empty. */
export interface ReplyParts {
  readonly id?: number;
  /** Flags besides QR and RD. */
  readonly flags?: number;
  readonly rcode?: number;
  readonly question?: Question;
  readonly answer?: readonly ResourceRecord[];
  readonly authority?: readonly ResourceRecord[];
  readonly additional?: readonly ResourceRecord[];
  readonly edns?: Edns;
}

/** The bytes of a reply to a query. */
export function replyTo(query: ReceivedQuery, parts: ReplyParts = {}): Buffer {
  const { message } = query;
  const writer = new MessageWriter();
  const rcode = parts.rcode ?? 0;
  const flags = HeaderFlag.QR | (message.flags & HeaderFlag.RD) | (parts.flags ?? 0) | (rcode & 15);
  writer.begin(parts.id ?? message.id, flags, parts.question ?? message.question, false);
  writer.section(parts.answer ?? [], 6, MAXIMUM_MESSAGE_BYTES);
  writer.section(parts.authority ?? [], 8, MAXIMUM_MESSAGE_BYTES);
  writer.section(parts.additional ?? [], 10, MAXIMUM_MESSAGE_BYTES);
  if (parts.edns !== undefined) writer.opt(parts.edns, rcode);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

/** An A record. */
export function addressRecord(
  name: string,
  ttl: number,
  ...octets: [number, number, number, number]
): ResourceRecord {
  return { name, type: 1, class: 1, ttl, data: Uint8Array.of(...octets) };
}
