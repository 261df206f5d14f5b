import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../../transport/batched/linux.ts';
import { MessageMemory, MessageRow, RING_SLOTS } from '../../transport/batched/message-ring.ts';
import type { PollCalls } from './poll-calls.ts';

/** Room for the longest datagram, and for 64 of ordinary size. */
const PAYLOAD_BYTES = 128 * 1024;

/** A connected socket that sends. */
export interface Sender {
  readonly descriptor: number;
  /** The system's last call says that it cannot send, and not only now. */
  sendFailed(): void;
}

/** Datagrams of sockets, until there are 64 or `flush` is called: then one call sends all those of a socket. */
export class SendQueue {
  readonly #calls: PollCalls;
  readonly #isPassing: (errno: number) => boolean;
  readonly #row: MessageRow;
  readonly #senders: (Sender | undefined)[] = [];
  readonly #offsets = new Int32Array(RING_SLOTS);
  readonly #lengths = new Int32Array(RING_SLOTS);
  #used = 0;

  /** @param isPassing whether an errno means that datagrams are lost, and no more */
  constructor(calls: PollCalls, isPassing: (errno: number) => boolean) {
    this.#calls = calls;
    this.#isPassing = isPassing;
    // Without names and control messages: the sockets are connected.
    this.#row = new MessageRow(calls, new MessageMemory(calls, PAYLOAD_BYTES));
  }

  get isEmpty(): boolean {
    return this.#senders.length === 0;
  }

  /** Takes a datagram. Its bytes are copied. */
  add(sender: Sender, packet: Uint8Array): void {
    const { length } = packet;
    if (this.#senders.length === RING_SLOTS || this.#used + length > PAYLOAD_BYTES) this.flush();
    const index = this.#senders.push(sender) - 1;
    this.#row.memory.payload.bytes.set(packet, this.#used);
    this.#offsets[index] = this.#used;
    this.#lengths[index] = length;
    this.#used += (length + 7) & ~7;
  }

  /** Sends what there is. Never blocks. */
  flush(): void {
    const senders = this.#senders;
    for (let first = 0; first < senders.length; first++) {
      const sender = senders[first];
      if (sender === undefined) continue;
      let count = 0;
      for (let index = first; index < senders.length; index++) {
        if (senders[index] !== sender) continue;
        this.#row.pointPayload(count++, this.#offsets[index]!, this.#lengths[index]!);
        senders[index] = undefined;
      }
      this.#send(sender, count);
    }
    senders.length = 0;
    this.#used = 0;
  }

  #send(sender: Sender, count: number): void {
    for (let done = 0; done < count;) {
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      const sent = this.#calls.sendmmsg(sender.descriptor, this.#row.address(done), count - done, flags);
      if (sent > 0) {
        done += sent;
        continue;
      }
      if (!this.#isPassing(this.#calls.errno())) sender.sendFailed();
      return;
    }
  }
}
