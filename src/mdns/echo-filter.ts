import type { Clock } from '../plugin/clock.ts';

/** Milliseconds in which a packet of ours may come back: bridges are quicker by far. */
const MEMORY = 2000;

/**
 * Knows our own packets when the system loops them back, or a bridge brings them around: byte for byte, since another
 * program on this machine has the same address.
 */
export class EchoFilter {
  readonly #clock: Clock;
  /** Packets by their bytes, with when they were sent; oldest first. */
  readonly #sent = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sent(packet: Buffer): void {
    const now = this.#clock.monotonic();
    for (const [key, time] of this.#sent) {
      if (now - time < MEMORY) break;
      this.#sent.delete(key);
    }
    const key = packet.toString('latin1');
    this.#sent.delete(key);
    this.#sent.set(key, now);
  }

  isEcho(packet: Uint8Array): boolean {
    if (this.#sent.size === 0) return false;
    const time = this.#sent.get(
      Buffer.from(packet.buffer, packet.byteOffset, packet.length).toString('latin1'),
    );
    return time !== undefined && this.#clock.monotonic() - time < MEMORY;
  }
}
