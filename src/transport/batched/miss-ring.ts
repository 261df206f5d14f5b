import { NAME_WORDS, nameAt, readAskedAddress } from './message-ring.ts';
import type { MessageMemory } from './message-ring.ts';
import { WorkerWord } from './worker-state.ts';

/**
 * Datagrams on their way from a worker to the main thread: a ring of words in shared memory, written by the one and read
 * by the other. They lie one after another, each of whole words: its length and marks; when it was received, in
 * milliseconds modulo 2 ** 32; the client's socket address; the address that was asked, as four words of IPv6 or one of
 * IPv4, zeros where it is the socket's own; then the datagram. One may begin at the ring's end and go on at its start.
 */
export const MISS_HEADER_WORDS = 2 + NAME_WORDS + 4;
export const MISS_HEADER_BYTES = MISS_HEADER_WORDS * 4;
const MISS_TIME = 1;
/** Word of a miss, counted from its first, at which the client's socket address begins. */
export const MISS_CLIENT = 2;
/** Word of a miss at which the address that was asked begins. */
export const MISS_ASKED = MISS_CLIENT + NAME_WORDS;
/** In the first word: the datagram was longer than a slot, and only its first bytes are here. */
export const MISS_CUT = 1 << 30;
/** In the first word: the worker would learn the reply. */
export const MISS_WANTED = 1 << 29;
/** The bits of the first word that are no length. */
export const MISS_FLAGS: number = MISS_CUT | MISS_WANTED;
/** What is kept of a datagram that was cut: a DNS header, to refuse it by. */
export const CUT_BYTES = 12;

/** Words of a ring, a power of two: 512 KiB, some 5,000 queries of ordinary size. */
const RING_WORDS = 1 << 17;
const MASK = RING_WORDS - 1;

/** Words that a datagram takes in a ring. */
export function missWords(length: number): number {
  return MISS_HEADER_WORDS + ((length + 3) >> 2);
}

/** Memory of a ring. */
export function newMissRing(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(RING_WORDS * 4));
}

/** The worker's end. Of one that was lost, what it had not published is written over. */
export class MissWriter {
  readonly #state: Int32Array;
  readonly #ring: Int32Array;
  #next: number;

  /** @param state see WorkerWord */
  constructor(state: Int32Array, ring: Int32Array) {
    this.#state = state;
    this.#ring = ring;
    this.#next = Atomics.load(state, WorkerWord.Written);
  }

  /** Words that are free. */
  get room(): number {
    return RING_WORDS - ((this.#next - Atomics.load(this.#state, WorkerWord.Read)) >>> 0);
  }

  /** Whether the main thread has taken all that was published. */
  get isEmpty(): boolean {
    return Atomics.load(this.#state, WorkerWord.Read) === Atomics.load(this.#state, WorkerWord.Written);
  }

  /** Milliseconds since the first of those that wait was received; 0 when none does. */
  age(now: number): number {
    const read = Atomics.load(this.#state, WorkerWord.Read);
    if (read === Atomics.load(this.#state, WorkerWord.Written)) return 0;
    return (now - this.#ring[(read + MISS_TIME) & MASK]!) | 0;
  }

  /**
   * Adds the datagram with an index in `memory`, which lies at `offset` of the payload. There must be room for it.
   * @param marks MISS_CUT, MISS_WANTED
   * @param now milliseconds from any point that all workers share
   */
  add(
    memory: MessageMemory,
    index: number,
    offset: number,
    length: number,
    marks: number,
    now: number,
    asked: Int32Array | undefined,
  ): void {
    const ring = this.#ring;
    let to = this.#next;
    ring[to++ & MASK] = length | marks;
    ring[to++ & MASK] = now | 0;
    const names = memory.names.words;
    const name = nameAt(index);
    for (let word = 0; word < NAME_WORDS; word++) ring[to++ & MASK] = names[name + word]!;
    if (asked !== undefined) {
      readAskedAddress(memory.controls.words, index, asked, 0);
      for (let word = 0; word < 4; word++) ring[(to + word) & MASK] = asked[word]!;
    }
    to += 4;
    const payload = memory.payload.words;
    const first = offset >> 2;
    const end = first + ((length + 3) >> 2);
    for (let from = first; from < end; from++) ring[to++ & MASK] = payload[from]!;
    this.#next = to | 0;
  }

  /** Lets the main thread see what was added. True: it sleeps, and must be woken by a message. */
  publish(): boolean {
    Atomics.store(this.#state, WorkerWord.Written, this.#next);
    return Atomics.compareExchange(this.#state, WorkerWord.Awake, 0, 1) === 0;
  }
}

/** The main thread's end. */
export class MissReader {
  readonly #state: Int32Array;
  readonly #ring: Int32Array;
  #read: number;

  /** @param state see WorkerWord */
  constructor(state: Int32Array, ring: Int32Array) {
    this.#state = state;
    this.#ring = ring;
    this.#read = Atomics.load(state, WorkerWord.Read);
  }

  /** Takes some datagrams out, a copy; undefined when there are none. The worker gathers more from then on. */
  take(most: number): Int32Array<ArrayBuffer> | undefined {
    const written = Atomics.load(this.#state, WorkerWord.Written);
    const begin = this.#read;
    if (written === begin) return undefined;
    let end = begin;
    let queries = 0;
    for (; end !== written && queries < most; queries++) {
      end = (end + missWords(this.#ring[end & MASK]! & ~MISS_FLAGS)) | 0;
    }
    const batch = this.#copy(begin & MASK, (end - begin) | 0);
    this.#read = end;
    Atomics.add(this.#state, WorkerWord.Taken, queries);
    Atomics.store(this.#state, WorkerWord.Read, end);
    Atomics.notify(this.#state, WorkerWord.Read);
    return batch;
  }

  /** From now on a message says that there is something to take. False: there is already. */
  sleep(): boolean {
    Atomics.store(this.#state, WorkerWord.Awake, 0);
    if (Atomics.load(this.#state, WorkerWord.Written) === this.#read) return true;
    // Unless the worker was quicker: then its message is on the way.
    return Atomics.compareExchange(this.#state, WorkerWord.Awake, 0, 1) !== 0;
  }

  #copy(from: number, words: number): Int32Array<ArrayBuffer> {
    const batch = new Int32Array(words);
    const first = Math.min(words, RING_WORDS - from);
    batch.set(this.#ring.subarray(from, from + first));
    if (first < words) batch.set(this.#ring.subarray(0, words - first), first);
    return batch;
  }
}
