import { addressText } from '../wire/address.ts';

/**
 * What a worker saw, for the main thread to look at when it has time: a ring in shared memory that one thread writes
 * and one drains. Writing never waits; what finds the ring full is dropped and counted, so that whoever reads knows
 * that it has not seen everything.
 */

/** One query that a worker answered by itself. Filled anew for each: keep nothing of it. */
export class Observation {
  /** Which entry of the wire cache answered: the number that it was learned under. */
  entry = 0;
  /** Client's address; of an IPv4 one only the first four bytes count. */
  readonly address = new Uint8Array(16);
  /** Of the client: 4 also where it came as an IPv4-mapped address. */
  family: 4 | 6 = 4;
  port = 0;
  /** Message id of the query. */
  id = 0;
  /** Bytes of the reply. */
  replySize = 0;
  /** Milliseconds of the main thread's monotonic clock at which the reply had been sent. */
  time = 0;
  /** Seconds that the answer took. */
  duration = 0;
  readonly #ipv4 = this.address.subarray(0, 4);

  /** The client's address in text, made at each call. */
  get client(): string {
    return addressText(this.family === 4 ? this.#ipv4 : this.address);
  }
}

const HEADER_WORDS = 4;
/** Both count on for ever, modulo 2³²; what lies between them is unread. */
const WRITTEN = 0;
const READ = 1;
const DROPPED = 2;

/** Words of 32 bits: entry, address (4), port with family, id with size, duration, and two for the time. */
const SLOT_WORDS = 10;
const ENTRY = 0;
const ADDRESS = 1;
const SOURCE = 5;
const MESSAGE = 6;
const DURATION = 7;
const TIME = 8;

/** Memory for a ring that holds so many observations, a power of two. */
export function observationMemory(slots: number): SharedArrayBuffer {
  if (slots < 2 || (slots & (slots - 1)) !== 0) throw new RangeError(`${slots} is no power of two`);
  return new SharedArrayBuffer((HEADER_WORDS + slots * SLOT_WORDS) * 4);
}

/** Both ends' view of the memory. */
class RingMemory {
  readonly words: Int32Array;
  readonly durations: Float32Array;
  readonly times: Float64Array;
  readonly bytes: Uint8Array;
  readonly mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.durations = new Float32Array(memory);
    this.times = new Float64Array(memory);
    this.bytes = new Uint8Array(memory);
    this.mask = (this.words.length - HEADER_WORDS) / SLOT_WORDS - 1;
  }

  /** First word of a slot. */
  slot(count: number): number {
    return HEADER_WORDS + (count & this.mask) * SLOT_WORDS;
  }
}

/** The worker's end: notes what it answers, and publishes that when the replies are out. */
export class ObservationWriter {
  readonly #memory: RingMemory;
  #written: number;
  /** Where the next one is noted. */
  #next: number;
  /** As it was when the ring seemed full last; the reader may be further by now. */
  #read: number;
  #dropped = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#memory = new RingMemory(memory);
    this.#written = Atomics.load(this.#memory.words, WRITTEN);
    this.#next = this.#written;
    this.#read = Atomics.load(this.#memory.words, READ);
  }

  /** How many are noted and not published yet. */
  get pending(): number {
    return (this.#next - this.#written) >>> 0;
  }

  /**
   * Notes a query that is being answered; costs no allocation.
   * @param addressWords holds the client's address from `at` on, in network order: one word or four, by `family`
   */
  note(
    entry: number,
    addressWords: Int32Array,
    at: number,
    family: 4 | 6,
    port: number,
    id: number,
    replySize: number,
  ): void {
    const { words, mask } = this.#memory;
    if ((this.#next - this.#read) >>> 0 > mask && this.#isFull()) {
      this.#dropped++;
      return;
    }
    const slot = this.#memory.slot(this.#next);
    words[slot + ENTRY] = entry;
    words[slot + ADDRESS] = addressWords[at]!;
    if (family === 6) {
      words[slot + ADDRESS + 1] = addressWords[at + 1]!;
      words[slot + ADDRESS + 2] = addressWords[at + 2]!;
      words[slot + ADDRESS + 3] = addressWords[at + 3]!;
    }
    words[slot + SOURCE] = (port << 8) | family;
    words[slot + MESSAGE] = (id << 16) | replySize;
    this.#next = (this.#next + 1) | 0;
  }

  /**
   * Lets the reader have all that was noted since the last time: it was answered together.
   * @param duration seconds that each took
   * @param time milliseconds of the main thread's monotonic clock
   */
  publish(duration: number, time: number): void {
    const { words, durations, times } = this.#memory;
    if (this.#dropped > 0) {
      Atomics.add(words, DROPPED, this.#dropped);
      this.#dropped = 0;
    }
    if (this.#next === this.#written) return;
    for (let count = this.#written; count !== this.#next; count = (count + 1) | 0) {
      const slot = this.#memory.slot(count);
      durations[slot + DURATION] = duration;
      times[(slot + TIME) >> 1] = time;
    }
    this.#written = this.#next;
    // The slots are whole before the reader learns of them.
    Atomics.store(words, WRITTEN, this.#written);
  }

  #isFull(): boolean {
    const { words, mask } = this.#memory;
    this.#read = Atomics.load(words, READ);
    return (this.#next - this.#read) >>> 0 > mask;
  }
}

/** The main thread's end. */
export class ObservationReader {
  readonly #memory: RingMemory;
  readonly #observation = new Observation();
  #read: number;

  constructor(memory: SharedArrayBuffer) {
    this.#memory = new RingMemory(memory);
    this.#read = Atomics.load(this.#memory.words, READ);
  }

  /** How many were dropped so far because the ring was full, modulo 2³². */
  get dropped(): number {
    return Atomics.load(this.#memory.words, DROPPED) >>> 0;
  }

  /**
   * Hands on what has been written, oldest first, `limit` observations at most.
   * @param look sees each; the object is the same for all
   * @returns how many there were
   */
  drain(look: (observation: Observation) => void, limit: number): number {
    const { words } = this.#memory;
    const unread = (Atomics.load(words, WRITTEN) - this.#read) >>> 0;
    const count = Math.min(unread, limit);
    for (let index = 0; index < count; index++) {
      this.#fill(this.#memory.slot(this.#read));
      this.#read = (this.#read + 1) | 0;
      // Given back before it is looked at: whoever looks may take its time, or throw.
      Atomics.store(words, READ, this.#read);
      look(this.#observation);
    }
    return count;
  }

  #fill(slot: number): void {
    const { words, durations, times, bytes } = this.#memory;
    const observation = this.#observation;
    const source = words[slot + SOURCE]!;
    const message = words[slot + MESSAGE]!;
    const start = (slot + ADDRESS) * 4;
    const length = (source & 0xff) === 4 ? 4 : 16;
    observation.entry = words[slot + ENTRY]! >>> 0;
    for (let index = 0; index < length; index++) observation.address[index] = bytes[start + index]!;
    observation.family = length === 4 ? 4 : 6;
    observation.port = source >>> 8;
    observation.id = message >>> 16;
    observation.replySize = message & 0xffff;
    observation.duration = durations[slot + DURATION]!;
    observation.time = times[(slot + TIME) >> 1]!;
  }
}
