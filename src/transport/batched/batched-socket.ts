import { refusal, admit } from '../../server/admission.ts';
import type { Client } from '../../server/query.ts';
import { Rcode } from '../../wire/codes.ts';
import type { Clock } from '../../plugin/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { HandlerFailures } from '../handler-failures.ts';
import { plainAddress } from '../local-addresses.ts';
import type { PacketHandler } from '../transport.ts';
import type { AddressTexts } from './address-texts.ts';
import { isMapped } from './address-texts.ts';
import type { HotAnswersSource, HotAnswersTeacher } from './hot-answers.ts';
import type { LibC } from './libc.ts';
import { AF_INET } from './linux.ts';
import { portOf } from './message-ring.ts';
import {
  MISS_ASKED,
  MISS_CLIENT,
  MISS_CUT,
  MISS_FLAGS,
  MISS_HEADER_BYTES,
  MISS_WANTED,
  MissReader,
  missWords,
  newMissRing,
} from './miss-ring.ts';
import { PendingMisses } from './pending-misses.ts';
import { ReadingThread } from './reading-thread.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { UdpDescriptor } from './udp-descriptor.ts';
import { newWorkerState, WorkerWord } from './worker-state.ts';

/** Misses that are taken at a time. */
const MOST_TAKEN = 256;
/** Milliseconds after which the event loop gets its turn, while there are misses. */
const LONGEST_TURN = 5;

/** What a socket needs of its transport. */
export interface BatchedOwner {
  readonly handler: PacketHandler;
  readonly failures: HandlerFailures;
  readonly texts: AddressTexts;
  readonly clock: Clock;
  readonly log: Logger;
  /** Queries whose answer is still being made. */
  pending: number;
  /** An answer that was being made is done with; `pending` is already less by one. */
  settled(): void;
  /** Another worker is about to go on in place of one that was lost. */
  restarted(): void;
}

/** Counts of a socket since they were last asked for. */
export interface SocketCounts {
  readonly refused: number;
  readonly dropped: number;
  readonly kernelDrops: number;
}

/** One socket with its worker, or several with one: answers what the worker could not. */
export class BatchedSocket {
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly #owner: BatchedOwner;
  /** Replies leave by the first. */
  readonly #descriptor: UdpDescriptor;
  readonly #descriptors: readonly UdpDescriptor[];
  readonly #state = newWorkerState();
  readonly #misses: MissReader;
  readonly #thread: ReadingThread;
  readonly #replies: ReplyQueue;
  readonly #pending = new PendingMisses();
  readonly #teacher: HotAnswersTeacher | undefined;
  /** Where it is bound to one address: that. */
  readonly #localAddress: string;
  #flushing = false;
  /** Misses are taken again in the next turn of the event loop. */
  #goingOn = false;
  #closed = false;
  #counted = { refused: 0, refusedByWorker: 0, dropped: 0 };

  constructor(
    libc: LibC,
    descriptors: readonly UdpDescriptor[],
    address: string,
    hot: HotAnswersTeacher | HotAnswersSource | undefined,
    owner: BatchedOwner,
  ) {
    this.#owner = owner;
    this.clock = owner.clock;
    this.log = owner.log;
    const [descriptor] = descriptors as [UdpDescriptor];
    this.#descriptor = descriptor;
    this.#descriptors = descriptors;
    this.port = descriptor.port;
    this.#localAddress = plainAddress(address);
    this.#replies = new ReplyQueue(libc, descriptor);
    const { wildcard } = descriptor;
    const numbers = descriptors.map(({ number }) => number);
    const state = this.#state;
    const misses = newMissRing();
    this.#misses = new MissReader(state, misses);
    this.#teacher = hot !== undefined && 'source' in hot ? hot : undefined;
    const hotAnswers = hot !== undefined && 'source' in hot ? hot.source : hot;
    this.#thread = new ReadingThread({ descriptors: numbers, state, misses, wildcard, hotAnswers }, this);
    this.#teacher?.begin((message) => this.teach(message));
  }

  /** Resolves once it is read. */
  start(): Promise<void> {
    return this.#thread.start();
  }

  /** Posts something for the worker's hot answers. */
  teach(message: unknown): void {
    this.#thread.teach(message);
  }

  /** From now on the system turns new clients away, where it can. */
  refuseNewcomers(): void {
    for (const descriptor of this.#descriptors) descriptor.refuseNewcomers();
  }

  /** Resolves when what had arrived was handed to the handler, or `giveUp` has. */
  stopReading(giveUp: Promise<void>): Promise<void> {
    return this.#thread.end(giveUp);
  }

  /** Sends what there is to send. */
  flush(): void {
    this.#replies.flush();
  }

  /** Only once nobody reads it any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#teacher?.closed();
    for (const descriptor of this.#descriptors) descriptor.close();
  }

  wakeReader(): void {
    for (const descriptor of this.#descriptors) descriptor.wakeReader();
  }

  restarted(): void {
    this.#teacher?.lost();
    this.#owner.restarted();
  }

  /** Answers the misses that there are, until others should have their turn. */
  take(): void {
    const end = performance.now() + LONGEST_TURN;
    for (;;) {
      const batch = this.#misses.take(MOST_TAKEN);
      if (batch !== undefined) this.#answerAll(batch);
      else if (this.#misses.sleep()) return;
      if (performance.now() >= end) break;
    }
    if (this.#goingOn) return;
    this.#goingOn = true;
    setImmediate(() => {
      this.#goingOn = false;
      if (!this.#closed) this.take();
    });
  }

  takeLast(): void {
    for (let batch; (batch = this.#misses.take(MOST_TAKEN)) !== undefined;) this.#answerAll(batch);
    // Should it have died with its message.
    this.#misses.sleep();
  }

  newCounts(): SocketCounts {
    const { refused } = this.#replies;
    const refusedByWorker = Atomics.load(this.#state, WorkerWord.Refused);
    const dropped = Atomics.load(this.#state, WorkerWord.Dropped);
    const before = this.#counted;
    this.#counted = { refused, refusedByWorker, dropped };
    return {
      refused: refused - before.refused + ((refusedByWorker - before.refusedByWorker) >>> 0),
      dropped: (dropped - before.dropped) >>> 0,
      kernelDrops: this.#descriptors.reduce((sum, descriptor) => sum + descriptor.newDrops(), 0),
    };
  }

  /** With one call for all replies that are at hand. */
  #answerAll(batch: Int32Array<ArrayBuffer>): void {
    for (let at = 0; at < batch.length;) {
      const length = batch[at]! & ~MISS_FLAGS;
      const packet = Buffer.from(batch.buffer, at * 4 + MISS_HEADER_BYTES, length);
      this.#answer(packet, batch, at);
      at += missWords(length);
    }
    this.#replies.flush();
  }

  #answer(packet: Buffer, batch: Int32Array, at: number): void {
    let reply: ReturnType<PacketHandler>;
    try {
      reply =
        (batch[at]! & MISS_CUT) === 0
          ? this.#owner.handler(packet, this.#client(batch, at))
          : refuseCut(packet);
    } catch (error) {
      this.#owner.failures.report(error);
      return;
    }
    if (reply === undefined) return;
    if (reply instanceof Uint8Array) this.#replies.add(reply, batch, at);
    else this.#answerLater(reply, batch, at);
  }

  #answerLater(reply: Promise<Uint8Array | undefined>, batch: Int32Array, at: number): void {
    this.#owner.pending++;
    // Its head alone: one slow answer must not hold the memory of 64 datagrams.
    const place = this.#pending.add(batch, at);
    reply.then(
      (bytes) => {
        // Once it is closed, its number may be another file's.
        if (bytes !== undefined && !this.#closed) {
          this.#replies.add(bytes, this.#pending.words, place);
          this.#flushSoon();
        }
        this.#settle(place);
      },
      (error: unknown) => {
        this.#owner.failures.report(error);
        this.#settle(place);
      },
    );
  }

  #settle(place: number): void {
    this.#pending.delete(place);
    this.#owner.pending--;
    this.#owner.settled();
  }

  /** After all that is at hand in this turn of the event loop. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (!this.#closed) this.#replies.flush();
    });
  }

  #client(batch: Int32Array, at: number): Client {
    const { texts } = this.#owner;
    const name = at + MISS_CLIENT;
    const asked = at + MISS_ASKED;
    const port = portOf(batch, name);
    const { family, wildcard } = this.#descriptor;
    const wanted = (batch[at]! & MISS_WANTED) !== 0;
    if (family === AF_INET) {
      const local = wildcard ? texts.ipv4(batch[asked]!) : this.#localAddress;
      const address = texts.ipv4(batch[name + 1]!);
      return wanted
        ? new LearningClient(address, port, 4, local, this.port, this.#teacher)
        : new BatchedClient(address, port, 4, local, this.port);
    }
    const local = wildcard ? texts.ipv6(batch, asked) : this.#localAddress;
    const address = texts.ipv6(batch, name + 2);
    const clientFamily = isMapped(batch, name + 2) ? 4 : 6;
    return wanted
      ? new LearningClient(address, port, clientFamily, local, this.port, this.#teacher)
      : new BatchedClient(address, port, clientFamily, local, this.port);
  }
}

/** A query longer than the worker takes: FORMERR, by its header. What is no query is ignored as ever. */
function refuseCut(header: Buffer): Uint8Array | undefined {
  return admit(header) === 'ignore' ? undefined : refusal(header, Rcode.FormatError);
}

/** A class and not a literal, so that the many of them share one shape wherever they are made. */
class BatchedClient implements Client {
  readonly protocol = 'udp';
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly localAddress: string;
  readonly localPort: number;

  constructor(address: string, port: number, family: 4 | 6, localAddress: string, localPort: number) {
    this.address = address;
    this.port = port;
    this.family = family;
    this.localAddress = localAddress;
    this.localPort = localPort;
  }
}

/** A client whose query the worker has met before. */
class LearningClient extends BatchedClient {
  readonly wantsRepeat = true;
  readonly reader: object | undefined;

  constructor(
    address: string,
    port: number,
    family: 4 | 6,
    localAddress: string,
    localPort: number,
    reader: object | undefined,
  ) {
    super(address, port, family, localAddress, localPort);
    this.reader = reader;
  }
}
