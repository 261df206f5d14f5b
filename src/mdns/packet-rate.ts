import type { Clock } from '../plugin/clock.ts';

/** Packets of one sender in a second. A gateway that answers for hundreds sends tens. */
const PER_SENDER = 100;
/** Packets of all senders in a second. */
const PER_LINK = 400;

/** Contains storms: what is more than anyone has to say within a second is not looked at. */
export class PacketRate {
  readonly #clock: Clock;
  readonly #senders = new Map<string, number>();
  #all = 0;
  #second = -1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a packet, and says whether it is to be looked at. */
  admits(sender: string): boolean {
    const second = Math.floor(this.#clock.monotonic() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#all = 0;
      this.#senders.clear();
    }
    const count = (this.#senders.get(sender) ?? 0) + 1;
    if (this.#all >= PER_LINK || count > PER_SENDER) return false;
    this.#senders.set(sender, count);
    this.#all++;
    return true;
  }
}
