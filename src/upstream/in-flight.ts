import type { Clock, Timer } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES, readMessage } from '../wire/message.ts';
import type { Message, Question } from '../wire/message.ts';
import { writeQuery } from '../wire/write-query.ts';
import type { QueryParts } from '../wire/write-query.ts';
import type { LetterCase } from './letter-case.ts';
import { matchQuestion, readDatagram, restoreQuestion } from './udp-reply.ts';
import type { DropReason } from './udp-reply.ts';
import { UpstreamError } from './upstream-error.ts';

/** What is asked of an upstream; the id is drawn anew each time. */
export type UpstreamQuery = Omit<QueryParts, 'id'>;

/** A query's bytes and the reply to come. */
export interface Departure {
  readonly packet: Buffer;
  readonly reply: Promise<Message>;
}

/** What the queries in flight need of their connection. */
export interface InFlightSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** By UDP: what is known of the upstream's way with letter case. */
  readonly letterCase: LetterCase | undefined;
  /** Told of each reply that is not believed. */
  readonly dropped: ((reason: DropReason) => void) | undefined;
}

/**
 * The queries that wait for a reply on one connection. A reply must have the id of one of them; by UDP also its
 * question, since anyone can send datagrams (RFC 5452, section 9).
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #letterCase: LetterCase | undefined;
  readonly #dropped: (reason: DropReason) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** Called when the last query has got its reply or its error. */
  readonly #whenEmpty: () => void;
  /** Called when a query has waited too long, before it fails. Returns what the log is to say. */
  readonly #whenLate: () => string;

  constructor(surroundings: InFlightSurroundings, whenEmpty: () => void, whenLate: () => string) {
    this.#clock = surroundings.clock;
    this.#random = surroundings.random;
    this.#letterCase = surroundings.letterCase;
    this.#dropped = surroundings.dropped ?? (() => undefined);
    this.#whenEmpty = whenEmpty;
    this.#whenLate = whenLate;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @param timeout milliseconds until the reply's promise is rejected */
  add(query: UpstreamQuery, timeout: number): Departure {
    const id = this.#freeId();
    const { question, flags, edns } = query;
    const name = this.#letterCase?.of(question.name) ?? question.name;
    const isRecased = name !== question.name;
    const packet = writeQuery({ id, flags, edns, question: isRecased ? { ...question, name } : question });
    const reply = new Promise<Message>((resolve, reject) => {
      const timer = this.#clock.after(timeout, () => this.#late(id));
      const largest = edns === undefined ? 512 : Math.max(512, edns.udpSize);
      this.#waiting.set(id, {
        packet,
        question,
        isRecased,
        largest,
        resolve,
        reject,
        timer,
        mismatch: undefined,
        wrongCase: false,
      });
    });
    return { packet, reply };
  }

  /**
   * Hands a reply to whom it is for. A datagram that answers nothing is dropped: the true reply may follow.
   * @throws FormatError when a stream's message is not one
   */
  receive(bytes: Uint8Array, datagram: boolean): void {
    if (bytes.length < HEADER_BYTES || bytes[2]! < 0x80) {
      this.#dropped('header');
      return;
    }
    const id = (bytes[0]! << 8) | bytes[1]!;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      this.#dropped('nobody');
      return;
    }
    const message = datagram ? this.#believed(bytes, waiting) : readMessage(bytes);
    if (message === undefined) return;
    this.#take(id)?.resolve(message);
    this.#settled();
  }

  /** What a datagram with the right id says; undefined when it is not for this query. */
  #believed(bytes: Uint8Array, waiting: Waiting): Message | undefined {
    const match = matchQuestion(bytes, waiting.packet);
    if (match === 'other') {
      this.#dropped('question');
      waiting.mismatch = readMismatch(bytes);
      return undefined;
    }
    if (match === 'case') {
      if (this.#letterCase?.counts === true) {
        this.#dropped('case');
        waiting.wrongCase = true;
        return undefined;
      }
      this.#letterCase?.changed();
    } else if (match === 'same' && waiting.isRecased) {
      this.#letterCase?.repeated();
    }
    if (match !== 'missing' && waiting.isRecased) restoreQuestion(bytes, waiting.question.name);
    return readDatagram(bytes, waiting.question, waiting.largest, this.#dropped);
  }

  /** Fails all that wait. */
  fail(error: UpstreamError): void {
    if (this.#waiting.size === 0) return;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error);
    this.#settled();
  }

  #late(id: number): void {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    if (waiting.wrongCase) this.#letterCase?.doubt();
    const text = this.#whenLate();
    // Somebody answered, but something else: the caller judges that.
    if (waiting.mismatch !== undefined) waiting.resolve(waiting.mismatch);
    else waiting.reject(new UpstreamError('timeout', text));
    this.#settled();
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    return waiting;
  }

  #settled(): void {
    if (this.#waiting.size === 0) this.#whenEmpty();
  }

  #freeId(): number {
    if (this.#waiting.size > MOST_WAITING) throw new UpstreamError('network', 'too many queries in flight');
    let id: number;
    do id = this.#random.below(65_536);
    while (this.#waiting.has(id));
    return id;
  }
}

/** A quarter of the ids: drawing a free one stays quick, and guessing one hard. */
const MOST_WAITING = 16_384;

interface Waiting {
  readonly packet: Buffer;
  /** As it was given; in the packet its letter case may be another one. */
  readonly question: Question;
  readonly isRecased: boolean;
  /** Bytes of the largest datagram that the query allowed. */
  readonly largest: number;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
  /** A datagram with the right id and another question. */
  mismatch: Message | undefined;
  /** A datagram with the right id and question came in another letter case. */
  wrongCase: boolean;
}

/** Whether a message repeats the question, letter case aside. */
export function isFor(message: Message, asked: Question): boolean {
  const { question } = message;
  // Some servers leave the question out when they refuse; that is an answer too.
  if (question === undefined) return message.rcode !== 0;
  return (
    question.type === asked.type &&
    question.class === asked.class &&
    (question.name === asked.name || question.name.toLowerCase() === asked.name.toLowerCase())
  );
}

function readMismatch(bytes: Uint8Array): Message | undefined {
  try {
    return readMessage(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
