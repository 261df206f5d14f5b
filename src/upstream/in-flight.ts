import type { Clock, Timer } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import { HeaderFlag } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES, readMessage, RecordReader } from '../wire/message.ts';
import type { Message, Question } from '../wire/message.ts';
import { writeQuery } from '../wire/write-query.ts';
import type { QueryParts } from '../wire/write-query.ts';
import { UpstreamError } from './upstream-error.ts';

/** What is asked of an upstream; the id is drawn anew each time. */
export type UpstreamQuery = Omit<QueryParts, 'id'>;

/** A query's bytes and the reply to come. */
export interface Departure {
  readonly packet: Buffer;
  readonly reply: Promise<Message>;
}

/**
 * The queries that wait for a reply on one connection. A reply must have the id of one of them; by UDP also its
 * question, since anyone can send datagrams (RFC 5452, section 9).
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<number, Waiting>();
  /** Called when the last query has got its reply or its error. */
  readonly #whenEmpty: () => void;
  /** Called when a query has waited too long, before it fails. Returns what the log is to say. */
  readonly #whenLate: () => string;

  constructor(clock: Clock, random: Random, whenEmpty: () => void, whenLate: () => string) {
    this.#clock = clock;
    this.#random = random;
    this.#whenEmpty = whenEmpty;
    this.#whenLate = whenLate;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @param timeout milliseconds until the reply's promise is rejected */
  add(query: UpstreamQuery, timeout: number): Departure {
    const id = this.#freeId();
    const packet = writeQuery({ id, flags: query.flags, question: query.question, edns: query.edns });
    const reply = new Promise<Message>((resolve, reject) => {
      const timer = this.#clock.after(timeout, () => this.#late(id));
      this.#waiting.set(id, { question: query.question, resolve, reject, timer, mismatch: undefined });
    });
    return { packet, reply };
  }

  /**
   * Hands a reply to whom it is for. A datagram that answers nothing is ignored: the true reply may follow.
   * @throws FormatError when a stream's message is not one
   */
  receive(bytes: Uint8Array, datagram: boolean): void {
    if (bytes.length < HEADER_BYTES || bytes[2]! < 0x80) return;
    const id = (bytes[0]! << 8) | bytes[1]!;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    const message = datagram ? readDatagram(bytes) : readMessage(bytes);
    if (message === undefined) return;
    if (datagram && !isFor(message, waiting.question)) {
      waiting.mismatch = message;
      return;
    }
    this.#take(id)?.resolve(message);
    this.#settled();
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
  readonly question: Question;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
  /** A datagram with the right id and another question. */
  mismatch: Message | undefined;
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

/** A datagram that breaks off after its question is a truncated reply without records: TCP will bring them. */
function readDatagram(bytes: Uint8Array): Message | undefined {
  try {
    return readMessage(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return truncatedMessage(bytes);
  }
}

function truncatedMessage(bytes: Uint8Array): Message | undefined {
  try {
    const question = new RecordReader(bytes).question(1);
    const flags = (bytes[2]! << 8) | bytes[3]! | HeaderFlag.TC;
    const id = (bytes[0]! << 8) | bytes[1]!;
    return {
      id,
      flags,
      rcode: flags & 15,
      question,
      answer: [],
      authority: [],
      additional: [],
      edns: undefined,
    };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
