import type { Socket } from 'node:net';
import type { Client } from '../server/query.ts';
import { FrameReader } from './frame-reader.ts';
import type { HandlerFailures } from './handler-failures.ts';
import { plainAddress } from './local-addresses.ts';
import { RecencyLink } from './recency-list.ts';
import type { PacketHandler } from './transport.ts';

/** Why a connection ended; metric label. */
export type CloseReason =
  'client' | 'idle' | 'read_timeout' | 'write_timeout' | 'limit' | 'client_limit' | 'shutdown';

/** What a connection needs of its transport. */
export interface TcpOwner {
  readonly handler: PacketHandler;
  readonly failures: HandlerFailures;
  /** Most queries that are being answered for one connection at a time; more wait in its socket. */
  readonly maximumOutstanding: number;
  /** A whole message has come, or an answer has gone. */
  active(connection: TcpConnection): void;
  /** The client has not taken all that was written. */
  stalled(connection: TcpConnection): void;
  /** The client takes what is written again; `empty`: all of it is taken. */
  flowing(connection: TcpConnection, empty: boolean): void;
  /** The connection is over. Called once. */
  closed(connection: TcpConnection, reason: CloseReason): void;
}

/** Bytes written but not taken by the client beyond which no more of its queries are answered. */
const MAXIMUM_UNSENT = 128 * 1024;

/** One client's connection: reads messages, answers each as soon as its answer is there. */
export class TcpConnection {
  readonly client: Client;
  /** Place among all connections, and among those of the same client. */
  readonly age: RecencyLink<TcpConnection> = new RecencyLink<TcpConnection>(this);
  readonly ageForClient: RecencyLink<TcpConnection> = new RecencyLink<TcpConnection>(this);
  /** The clock's milliseconds when it was last active, and since when its client takes nothing; the owner's. */
  lastActive = 0;
  stalledSince = 0;
  /** Queries that are being answered. */
  outstanding = 0;
  readonly #owner: TcpOwner;
  readonly #socket: Socket;
  readonly #frames: FrameReader = new FrameReader();
  readonly #written: () => void;
  /** Answers with their lengths that the next write sends together. */
  #replies: Uint8Array[] = [];
  #replyBytes = 0;
  #working = false;
  #workIsDue = false;
  #paused = false;
  /** No more queries will come, or none are wanted: closes after the last answer. */
  #ending: CloseReason | undefined;
  #over = false;

  constructor(socket: Socket, owner: TcpOwner) {
    this.#owner = owner;
    this.#socket = socket;
    const address = plainAddress(socket.remoteAddress ?? '');
    this.client = {
      protocol: 'tcp',
      address,
      port: socket.remotePort ?? 0,
      family: address.includes(':') ? 6 : 4,
      localAddress: plainAddress(socket.localAddress ?? ''),
      localPort: socket.localPort ?? 0,
    };
    this.#written = () => this.#sent();
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      this.#work();
    });
    socket.on('end', () => this.end('client'));
    socket.on('error', () => this.close('client'));
    socket.on('close', () => this.close(this.#ending ?? 'client'));
  }

  /** Some of a message has come, and the rest is waited for. */
  get halfRead(): boolean {
    return this.#frames.partial;
  }

  /** Answers what has come, then closes. */
  end(reason: CloseReason): void {
    this.#ending ??= reason;
    this.#socket.pause();
    this.#work();
  }

  /** Closes at once; answers that are still being made are thrown away. */
  close(reason: CloseReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#replies = [];
    this.#socket.destroy();
    this.#owner.closed(this, reason);
  }

  /** Takes as many messages as there is room for, sends the answers that are there. */
  #work(): void {
    if (this.#working || this.#over) return;
    this.#working = true;
    for (let more = true; ;) {
      this.#flush();
      if (!more || this.#isFull()) break;
      more = this.#takeMessages();
    }
    this.#working = false;
    this.#regulate();
  }

  /** Hands messages over while there is room. Returns whether there may be more. */
  #takeMessages(): boolean {
    while (!this.#isFull()) {
      const message = this.#frames.next();
      if (message === undefined) return false;
      this.#owner.active(this);
      this.#answer(message);
    }
    return true;
  }

  #isFull(): boolean {
    return (
      this.#over ||
      this.outstanding >= this.#owner.maximumOutstanding ||
      this.#replyBytes + this.#socket.writableLength > MAXIMUM_UNSENT
    );
  }

  /** Reads on, or leaves further queries in the socket, where the client's own system holds them back. */
  #regulate(): void {
    if (this.#over) return;
    const full = this.#isFull();
    if (this.#ending !== undefined) {
      if (!full && this.outstanding === 0) this.#socket.destroySoon();
    } else if (full !== this.#paused) {
      this.#paused = full;
      if (full) this.#socket.pause();
      else this.#socket.resume();
    }
  }

  #answer(message: Uint8Array): void {
    try {
      const reply = this.#owner.handler(message, this.client);
      if (reply === undefined) return;
      if (reply instanceof Uint8Array) this.#add(reply);
      else this.#answerLater(reply);
    } catch (error) {
      this.#owner.failures.report(error);
    }
  }

  #answerLater(reply: Promise<Uint8Array | undefined>): void {
    this.outstanding++;
    reply.then(
      (bytes) => {
        if (bytes !== undefined && !this.#over) this.#add(bytes);
        this.#settled();
      },
      (error: unknown) => {
        this.#owner.failures.report(error);
        this.#settled();
      },
    );
  }

  #settled(): void {
    this.outstanding--;
    if (this.#over) return;
    this.#owner.active(this);
    // Put off: answers that come in the same turn leave in one write.
    if (this.#workIsDue) return;
    this.#workIsDue = true;
    process.nextTick(TcpConnection.#workNow, this);
  }

  static #workNow(this: void, connection: TcpConnection): void {
    connection.#workIsDue = false;
    connection.#work();
  }

  #add(reply: Uint8Array): void {
    const framed = Buffer.allocUnsafe(2 + reply.length);
    framed[0] = reply.length >> 8;
    framed[1] = reply.length & 0xff;
    framed.set(reply, 2);
    this.#replies.push(framed);
    this.#replyBytes += framed.length;
  }

  #flush(): void {
    const replies = this.#replies;
    if (replies.length === 0) return;
    const bytes = replies.length === 1 ? replies[0]! : Buffer.concat(replies, this.#replyBytes);
    this.#replies = [];
    this.#replyBytes = 0;
    this.#socket.write(bytes, this.#written);
    if (this.#socket.writableLength > 0) this.#owner.stalled(this);
  }

  #sent(): void {
    if (this.#over) return;
    const empty = this.#socket.writableLength === 0;
    this.#owner.flowing(this, empty);
    if (this.#paused || this.#ending !== undefined) this.#work();
  }
}
