import type { Random } from '../plugin/random.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES, readMessage } from '../wire/message.ts';
import type { Message, Question } from '../wire/message.ts';
import { writeQuery } from '../wire/write-query.ts';
import type { QueryParts } from '../wire/write-query.ts';
import type { ReplyListener } from './connection.ts';
import type { Deadline, DeadlineQueue } from '../plugin/deadline-queue.ts';
import type { Surroundings } from './endpoint.ts';
import type { LetterCase } from './letter-case.ts';
import { matchQuestion, readDatagram, restoreQuestion } from './udp-reply.ts';
import type { DropReason } from './udp-reply.ts';
import { UpstreamError } from './upstream-error.ts';

/** What is asked of an upstream; the id is drawn anew each time. */
export type UpstreamQuery = Omit<QueryParts, 'id'>;

/**
 * The queries that wait for a reply on one connection. A reply must have the id of one of them; by UDP also its
 * question, since anyone can send datagrams (RFC 5452, section 9).
 */
export class InFlight {
  readonly #random: Random;
  readonly #deadlines: DeadlineQueue;
  readonly #letterCase: LetterCase | undefined;
  readonly #dropped: (reason: DropReason) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** Called when the last query has got its reply or its error. */
  readonly #whenEmpty: () => void;
  /** Called when a query has waited too long, before it fails. Returns what the log is to say. */
  readonly #whenLate: () => string;

  constructor(surroundings: Surroundings, whenEmpty: () => void, whenLate: () => string) {
    this.#random = surroundings.random;
    this.#deadlines = surroundings.deadlines;
    this.#letterCase = surroundings.letterCase;
    this.#dropped = surroundings.replyDropped ?? (() => undefined);
    this.#whenEmpty = whenEmpty;
    this.#whenLate = whenLate;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Returns the bytes to send.
   * @param timeout milliseconds for the reply
   */
  add(query: UpstreamQuery, timeout: number, listener: ReplyListener): Buffer {
    const id = this.#freeId();
    const { question, flags, edns } = query;
    const name = this.#letterCase?.of(question.name) ?? question.name;
    const sent = name === question.name ? question : { ...question, name };
    const packet = writeQuery({ id, flags, edns, question: sent });
    const largest = edns === undefined ? 512 : Math.max(512, edns.udpSize);
    const waiting = new Waiting(this, id, question, name, largest, listener);
    this.#waiting.set(id, waiting);
    this.#deadlines.add(waiting, timeout);
    return packet;
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
    this.#end(waiting);
    waiting.listener.replied(message);
  }

  /** What a datagram with the right id says; undefined when it is not for this query. */
  #believed(bytes: Uint8Array, waiting: Waiting): Message | undefined {
    const match = matchQuestion(bytes, waiting.question, waiting.sentName);
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
    const isRestored = match !== 'missing' && waiting.isRecased;
    if (isRestored) restoreQuestion(bytes, waiting.question.name);
    const isRepeated = isRestored || match === 'same';
    return readDatagram(bytes, waiting.question, isRepeated, waiting.largest, this.#dropped);
  }

  /** Fails all that wait. */
  fail(error: UpstreamError): void {
    const all = [...this.#waiting.values()];
    for (const waiting of all) this.#end(waiting);
    for (const { listener } of all) listener.failed(error);
  }

  /** The time of one is up. */
  late(waiting: Waiting): void {
    if (waiting.wrongCase) this.#letterCase?.doubt();
    const text = this.#whenLate();
    this.#end(waiting);
    // Somebody answered, but something else: the caller judges that.
    if (waiting.mismatch !== undefined) waiting.listener.replied(waiting.mismatch);
    else waiting.listener.failed(new UpstreamError('timeout', text));
  }

  /** One waits no more. To be told is the last thing that happens to it: the listener may ask again at once. */
  #end(waiting: Waiting): void {
    this.#waiting.delete(waiting.id);
    this.#deadlines.remove(waiting);
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

class Waiting implements Deadline {
  deadline = 0;
  place = -1;
  readonly id: number;
  readonly question: Question;
  /** The question's name in the letter case in which it was asked. */
  readonly sentName: string;
  /** Bytes of the largest datagram that the query allowed. */
  readonly largest: number;
  readonly listener: ReplyListener;
  /** A datagram with the right id and another question. */
  mismatch: Message | undefined;
  /** A datagram with the right id and question came in another letter case. */
  wrongCase = false;
  readonly #inFlight: InFlight;

  constructor(
    inFlight: InFlight,
    id: number,
    question: Question,
    sentName: string,
    largest: number,
    listener: ReplyListener,
  ) {
    this.#inFlight = inFlight;
    this.id = id;
    this.question = question;
    this.sentName = sentName;
    this.largest = largest;
    this.listener = listener;
  }

  get isRecased(): boolean {
    return this.sentName !== this.question.name;
  }

  expire(): void {
    this.#inFlight.late(this);
  }
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
