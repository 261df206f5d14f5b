import type { LibC } from './libc.ts';
import { EAGAIN, MSG_DONTWAIT, MSG_WAITFORONE, POLLIN } from './linux.ts';
import { RING_SLOTS, Slab, type MessageRow } from './message-ring.ts';

/** Milliseconds for which `poll` blocks; one socket has SO_RCVTIMEO. */
const LOOK_UP_MILLISECONDS = 200;

/**
 * Full batches in a row from one socket. More clients may have come to one than to another, and in equal shares its queue
 * would be the one that grows: so what is there is taken, but for one that is never empty.
 */
const MOST_IN_A_ROW = 8;

/** Takes the datagrams of one worker's sockets, as many at once as a row has slots. */
export class Receiver {
  /** Why the last call of `receive` gave -1: an errno. */
  reason = 0;
  readonly #libc: LibC;
  readonly #descriptors: readonly number[];
  readonly #row: MessageRow;
  /** One struct pollfd of two words for each socket: the descriptor; what to look for, and above it what there is. */
  readonly #polled: Slab;
  /** Which socket is next: all have their turn. */
  #next = 0;
  #inARow = 0;

  constructor(libc: LibC, descriptors: readonly number[], row: MessageRow) {
    this.#libc = libc;
    this.#descriptors = descriptors;
    this.#row = row;
    this.#polled = new Slab(libc, descriptors.length * 8);
    for (const [index, descriptor] of descriptors.entries()) this.#polled.words[2 * index] = descriptor;
  }

  /** Takes what there is, blocking until there is something or for some time; how many datagrams, or -1. */
  receive(isBlocking: boolean): number {
    if (this.#descriptors.length > 1) return this.#receiveFromAll(isBlocking);
    const flags = isBlocking ? MSG_WAITFORONE : MSG_DONTWAIT;
    const count = this.#libc.recvmmsg(this.#descriptors[0]!, this.#row.address(0), RING_SLOTS, flags, 0);
    if (count < 0) this.reason = this.#libc.errno();
    return count;
  }

  #receiveFromAll(isBlocking: boolean): number {
    const { length } = this.#descriptors;
    const { words } = this.#polled;
    if (isBlocking) {
      for (let index = 0; index < length; index++) words[2 * index + 1] = POLLIN;
      const ready = this.#libc.poll(this.#polled.address, length, LOOK_UP_MILLISECONDS);
      if (ready <= 0) {
        this.reason = ready === 0 ? EAGAIN : this.#libc.errno();
        return -1;
      }
    }
    let taken = 0;
    this.reason = EAGAIN;
    for (let turn = 0; turn < length; turn++) {
      const index = this.#next;
      const isReady = !isBlocking || words[2 * index + 1]! >>> 16 !== 0;
      if (isReady) taken += Math.max(0, this.#receiveFrom(index, taken));
      if (taken === RING_SLOTS && ++this.#inARow < MOST_IN_A_ROW) break;
      this.#inARow = 0;
      this.#next = index + 1 === length ? 0 : index + 1;
      if (taken === RING_SLOTS) break;
    }
    return taken > 0 ? taken : -1;
  }

  #receiveFrom(index: number, slot: number): number {
    const [libc, address] = [this.#libc, this.#row.address(slot)];
    const count = libc.recvmmsg(this.#descriptors[index]!, address, RING_SLOTS - slot, MSG_DONTWAIT, 0);
    if (count >= 0) return count;
    const reason = libc.errno();
    if (reason !== EAGAIN) this.reason = reason;
    return count;
  }
}
