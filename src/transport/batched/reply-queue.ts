import { MAXIMUM_DATAGRAM_BYTES } from '../../wire/writer.ts';
import type { LibC } from './libc.ts';
import { MSG_DONTWAIT } from './linux.ts';
import {
  MessageMemory,
  MessageRow,
  NAME_WORDS,
  nameAt,
  nameLengthOf,
  RING_SLOTS,
  writeSourceAddress,
} from './message-ring.ts';
import { MISS_ASKED, MISS_CLIENT } from './miss-ring.ts';
import { sendMessages } from './send-messages.ts';
import type { UdpDescriptor } from './udp-descriptor.ts';

/** Room for the longest reply, and for 64 of ordinary size. */
const PAYLOAD_BYTES = 128 * 1024;

/** Replies of the main thread, until there are 64 or `flush` is called: then one call sends them all. */
export class ReplyQueue {
  readonly #libc: LibC;
  readonly #descriptor: UdpDescriptor;
  readonly #row: MessageRow;
  readonly #memory: MessageMemory;
  #count = 0;
  #used = 0;
  /** Replies that could not be sent, so far. */
  refused = 0;

  constructor(libc: LibC, descriptor: UdpDescriptor) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    this.#memory = new MessageMemory(libc, PAYLOAD_BYTES);
    this.#row = new MessageRow(libc, this.#memory);
    for (let slot = 0; slot < RING_SLOTS; slot++) {
      this.#row.point(slot, slot, 0, 0);
      this.#row.measure(slot, nameLengthOf(descriptor.family), 0);
    }
  }

  /** Whether `flush` has something to send. */
  get waiting(): boolean {
    return this.#count > 0;
  }

  /** Takes the reply to the miss that begins at a word of a batch. Its bytes are copied. */
  add(reply: Uint8Array, batch: Int32Array, at: number): void {
    const { length } = reply;
    if (length > MAXIMUM_DATAGRAM_BYTES) {
      this.refused++;
      return;
    }
    if (this.#used + length > PAYLOAD_BYTES) this.flush();
    const slot = this.#count++;
    const { names, controls, payload } = this.#memory;
    const name = nameAt(slot);
    for (let word = 0; word < NAME_WORDS; word++) names.words[name + word] = batch[at + MISS_CLIENT + word]!;
    const { family, wildcard } = this.#descriptor;
    if (wildcard) {
      const control = writeSourceAddress(controls.words, slot, family, batch, at + MISS_ASKED);
      this.#row.measure(slot, nameLengthOf(family), control);
    }
    payload.bytes.set(reply, this.#used);
    this.#row.pointPayload(slot, this.#used, length);
    this.#used += (length + 7) & ~7;
    if (this.#count === RING_SLOTS) this.flush();
  }

  /** Sends what there is. Never blocks: what finds no room in the socket's buffer is lost, and counted. */
  flush(): void {
    if (this.#count === 0) return;
    this.refused += sendMessages(this.#libc, this.#descriptor.number, this.#row, this.#count, MSG_DONTWAIT);
    this.#count = 0;
    this.#used = 0;
  }
}
