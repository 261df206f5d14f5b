import { isMapped } from './address-texts.ts';
import type { HotAnswers } from './hot-answers.ts';
import type { LibC } from './libc.ts';
import { AF_INET6, MSG_TRUNC } from './linux.ts';
import {
  MessageMemory,
  MessageRow,
  nameAt,
  portOf,
  readAskedAddress,
  RING_SLOTS,
  writeSourceAddress,
} from './message-ring.ts';
import { CUT_BYTES, MISS_CUT, MISS_WANTED, missWords, MissWriter } from './miss-ring.ts';
import { Receiver } from './receiver.ts';
import { sendMessages } from './send-messages.ts';
import {
  GATHERING_WAIT,
  MAXIMUM_WAIT,
  MAXIMUM_WAITING,
  PATIENT_WAITING,
  WorkerWord,
} from './worker-state.ts';

/** Longest datagram that is taken whole. Queries are small; longer ones are refused, so that they take no memory. */
export const SLOT_BYTES = 4096;
/** Not a power of two: 64 slots at multiples of one would share a few lines of the processor's caches. */
const SLOT_STRIDE = SLOT_BYTES + 64;

/** Words of the ring that a batch of the longest datagrams takes. */
const LARGEST_BATCH: number = RING_SLOTS * missWords(SLOT_BYTES);

/** What a reader is made from. */
export interface SocketReaderOptions {
  readonly libc: LibC;
  /** See WorkerData. */
  readonly descriptors: readonly number[];
  readonly wildcard: boolean;
  /** See WorkerWord. */
  readonly state: Int32Array;
  /** See newMissRing. */
  readonly misses: Int32Array;
  readonly hot: HotAnswers | undefined;
  /** Called before the hot answers are asked about what has come. */
  begin(): void;
  /** Milliseconds from any point that all workers share. */
  now(): number;
  /** The main thread sleeps, and there are misses. */
  wake(): void;
}

/** Takes datagrams from a socket, 64 at once, answers hits in place, and hands the misses on. */
export class SocketReader {
  readonly #options: SocketReaderOptions;
  readonly #memory: MessageMemory;
  readonly #incoming: MessageRow;
  readonly #receiver: Receiver;
  readonly #outgoing: MessageRow;
  readonly #asked = new Int32Array(4);
  /** Slots of the misses of this batch. */
  readonly #misses = new Int32Array(RING_SLOTS);
  /** Of the last batch. */
  #hits = 0;
  #full = false;
  #handed: number;
  readonly #ring: MissWriter;

  constructor(options: SocketReaderOptions) {
    this.#options = options;
    const { libc, state } = options;
    this.#memory = new MessageMemory(libc, RING_SLOTS * SLOT_STRIDE);
    this.#incoming = new MessageRow(libc, this.#memory);
    this.#outgoing = new MessageRow(libc, this.#memory);
    this.#receiver = new Receiver(libc, options.descriptors, this.#incoming);
    this.#handed = Atomics.load(state, WorkerWord.Taken);
    this.#ring = new MissWriter(state, options.misses);
    for (let slot = 0; slot < RING_SLOTS; slot++) {
      this.#incoming.point(slot, slot, slot * SLOT_STRIDE, SLOT_BYTES);
      this.#incoming.makeRoom(slot);
    }
  }

  /** Why `read` gave -1: an errno. */
  get reason(): number {
    return this.#receiver.reason;
  }

  /** Takes what is there, and waits for it if it may; how many datagrams, or -1. */
  read(isBlocking: boolean): number {
    const count = this.#receiver.receive(isBlocking);
    if (count <= 0) return count;
    const { hot } = this.#options;
    if (hot !== undefined) {
      this.#options.begin();
      hot.begin();
    }
    let hits = 0;
    let misses = 0;
    for (let slot = 0; slot < count; slot++) {
      // Without a sender it is no datagram, but what `shutdown` woke us with. From port 0 it is forged.
      const from =
        this.#incoming.nameLength(slot) !== 0 && portOf(this.#memory.names.words, nameAt(slot)) !== 0;
      if (from) {
        if (this.#answered(slot, hits)) hits++;
        else this.#misses[misses++] = slot;
      }
    }
    this.#hits = hits;
    this.#full = count === RING_SLOTS;
    if (hits > 0) {
      this.#send(hits);
      hot!.sent();
    }
    if (misses > 0) this.#hand(misses);
    for (let slot = 0; slot < count; slot++) this.#incoming.makeRoom(slot);
    return count;
  }

  /**
   * While the main thread has not taken all misses: lets datagrams gather in the system. To take a few each time costs
   * much more than to take many at once. Not when the last batch was as large as can be, for there are more then and the
   * system's room is small; nor when there were hits, for these wait for nobody.
   */
  gather(): void {
    if (this.#hits > 0 || this.#full) return;
    const { state } = this.#options;
    const read = Atomics.load(state, WorkerWord.Read);
    if (!this.#ring.isEmpty) Atomics.wait(state, WorkerWord.Read, read, GATHERING_WAIT);
  }

  /** While there are as many misses waiting as may: blocks until the main thread has taken some. */
  waitForRoom(): void {
    const { state } = this.#options;
    for (;;) {
      const read = Atomics.load(state, WorkerWord.Read);
      const waiting = (this.#handed - Atomics.load(state, WorkerWord.Taken)) | 0;
      if (waiting + RING_SLOTS <= PATIENT_WAITING && this.#ring.room >= LARGEST_BATCH) return;
      Atomics.wait(state, WorkerWord.Read, read, GATHERING_WAIT);
    }
  }

  #answered(slot: number, hits: number): boolean {
    const { hot } = this.#options;
    if (hot === undefined || (this.#incoming.flags(slot) & MSG_TRUNC) !== 0) return false;
    const { names, payload } = this.#memory;
    const offset = slot * SLOT_STRIDE;
    const length = this.#incoming.length(slot);
    const name = nameAt(slot);
    const family = clientFamily(names.words, name);
    const bytes = hot.answer(payload.bytes, offset, length, SLOT_BYTES, family, names.words, name);
    if (bytes === 0) return false;
    this.#outgoing.point(hits, slot, offset, bytes);
    this.#outgoing.measure(hits, this.#incoming.nameLength(slot), this.#source(slot));
    return true;
  }

  /** Makes the control message that came in one that goes out; gives its bytes. */
  #source(slot: number): number {
    const { controls, names } = this.#memory;
    if (!readAskedAddress(controls.words, slot, this.#asked, 0)) return 0;
    return writeSourceAddress(controls.words, slot, socketFamily(names.words, nameAt(slot)), this.#asked, 0);
  }

  #send(hits: number): void {
    const { libc, descriptors, state } = this.#options;
    const refused = sendMessages(libc, descriptors[0]!, this.#outgoing, hits, 0);
    if (refused > 0) Atomics.add(state, WorkerWord.Refused, refused);
  }

  #hand(misses: number): void {
    const { state } = this.#options;
    const now = this.#options.now();
    const room = this.#room(misses, now);
    let handed = 0;
    while (handed < room && this.#add(this.#misses[handed]!, now)) handed++;
    if (handed < misses) Atomics.add(state, WorkerWord.Dropped, misses - handed);
    if (handed === 0) return;
    this.#handed = (this.#handed + handed) | 0;
    if (this.#ring.publish()) this.#options.wake();
  }

  /** False: the ring has no room for it. */
  #add(slot: number, now: number): boolean {
    const cut = (this.#incoming.flags(slot) & MSG_TRUNC) !== 0;
    const length = cut ? CUT_BYTES : this.#incoming.length(slot);
    if (missWords(length) > this.#ring.room) return false;
    const asked = this.#options.wildcard ? this.#asked : undefined;
    this.#ring.add(this.#memory, slot, slot * SLOT_STRIDE, length, this.#marks(slot, length), now, asked);
    return true;
  }

  /** What the main thread is to know of a miss. */
  #marks(slot: number, length: number): number {
    if ((this.#incoming.flags(slot) & MSG_TRUNC) !== 0) return MISS_CUT;
    const { hot } = this.#options;
    if (hot === undefined) return 0;
    const { names, payload } = this.#memory;
    const family = clientFamily(names.words, nameAt(slot));
    return hot.isWorthLearning(payload.bytes, slot * SLOT_STRIDE, length, family) ? MISS_WANTED : 0;
  }

  /** How many of some misses may be handed on. */
  #room(misses: number, now: number): number {
    const waiting = (this.#handed - Atomics.load(this.#options.state, WorkerWord.Taken)) | 0;
    if (waiting >= PATIENT_WAITING && this.#ring.age(now) > MAXIMUM_WAIT) return 0;
    return Math.max(0, Math.min(misses, MAXIMUM_WAITING - waiting));
  }
}

/** As the socket has it: IPv4-mapped addresses are IPv6 there. */
function socketFamily(names: Int32Array, at: number): number {
  return names[at]! & 0xffff;
}

/** As policy has it: IPv4-mapped addresses are IPv4. */
function clientFamily(names: Int32Array, at: number): 4 | 6 {
  return socketFamily(names, at) !== AF_INET6 || isMapped(names, at + 2) ? 4 : 6;
}
