import type { Clock } from '../plugin/clock.ts';
import type { LinkTwins } from './link-twins.ts';

/** Milliseconds in which a packet of ours may come back: bridges are quicker by far. */
const MEMORY = 2000;

/**
 * Knows our own packets when the system loops them back, or a bridge brings them around: byte for byte, since another
 * program on this machine has the same address.
 */
export class EchoFilter {
  /** Whether what arrives at an interface was on its link for certain: then it tells which links are one. */
  tellsLinksApart = true;
  readonly #clock: Clock;
  /** Packets by their bytes, with who sent them, and when last; oldest first. */
  readonly #sent = new Map<string, { readonly at: number; readonly senders: ReadonlySet<LinkTwins> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sent(packet: Buffer, sender: LinkTwins): void {
    const now = this.#clock.monotonic();
    for (const [key, { at }] of this.#sent) {
      if (now - at < MEMORY) break;
      this.#sent.delete(key);
    }
    const key = packet.toString('latin1');
    const senders = new Set(this.#sent.get(key)?.senders).add(sender);
    this.#sent.delete(key);
    this.#sent.set(key, { at: now, senders });
  }

  /** The interfaces that sent such a packet; undefined: it is not ours. */
  sendersOf(packet: Uint8Array): ReadonlySet<LinkTwins> | undefined {
    if (this.#sent.size === 0) return undefined;
    const key = Buffer.from(packet.buffer, packet.byteOffset, packet.length).toString('latin1');
    const sent = this.#sent.get(key);
    return sent !== undefined && this.#clock.monotonic() - sent.at < MEMORY ? sent.senders : undefined;
  }
}
