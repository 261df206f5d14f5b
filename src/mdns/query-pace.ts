/** Milliseconds that a packet with questions takes of its link's time. */
const INTERVAL = 80;
/** Packets that may go at once when it was quiet. With those that follow, 20 in any second (RFC 8766, section 9.3). */
const BURST = 7;

/** How soon questions may go to a link: clients may ask for thousands of names, and multicast on Wi-Fi is dear. */
export class QueryPace {
  /** Until when the packets that went have taken the link's time, in milliseconds of the monotonic clock. */
  #taken = 0;

  /** Milliseconds until the next packet may go. */
  delay(now: number): number {
    return Math.max(0, this.#taken - (BURST - 1) * INTERVAL - now);
  }

  /** So many packets go. */
  sent(packets: number, now: number): void {
    this.#taken = Math.max(this.#taken, now) + packets * INTERVAL;
  }
}
