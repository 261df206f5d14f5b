import type { LibC } from './libc.ts';
import { EAGAIN } from './linux.ts';

/** A datagram for a ScriptedLibC: what it says, who sent it, and whether it was cut. */
export interface ScriptedDatagram {
  readonly text: string;
  /** The sender's port; its address is 192.0.2.1. Left out: no sender, as when `shutdown` wakes a reader. */
  readonly port?: number;
  readonly flags?: number;
}

/** The calls of a C library without a system behind them: what is to be received is scripted, nothing is sent. */
export class ScriptedLibC implements LibC {
  readonly #memories: Buffer[] = [];
  queue: ScriptedDatagram[] = [];

  /** Gives each memory a stretch of numbers of its own. */
  addressOf(memory: Uint8Array): number {
    this.#memories.push(Buffer.from(memory.buffer, memory.byteOffset, memory.length));
    return this.#memories.length * STRETCH;
  }

  recvmmsg(_descriptor: number, messages: number, count: number): number {
    const datagrams = this.queue.splice(0, count);
    for (const [index, datagram] of datagrams.entries()) this.#fill(messages + index * 64, datagram);
    return datagrams.length === 0 ? -1 : datagrams.length;
  }

  sendmmsg(_descriptor: number, _messages: number, count: number): number {
    return count;
  }

  errno(): number {
    return EAGAIN;
  }

  /** Fills in one struct mmsghdr, as the system would. */
  #fill(message: number, { text, port, flags = 0 }: ScriptedDatagram): void {
    const header = this.#at(message);
    const name = this.#at(pointer(header, 0));
    if (port === undefined) header.writeUInt32LE(0, 8);
    else {
      header.writeUInt32LE(16, 8);
      name.set([2, 0, port >> 8, port & 255, 192, 0, 2, 1]);
    }
    const vector = this.#at(pointer(header, 16));
    this.#at(pointer(vector, 0)).write(text, 'latin1');
    header.writeBigUInt64LE(0n, 40);
    header.writeInt32LE(flags, 48);
    header.writeUInt32LE(text.length, 56);
  }

  #at(address: number): Buffer {
    return this.#memories[Math.floor(address / STRETCH) - 1]!.subarray(address % STRETCH);
  }

  socket = refuse;
  bind = refuse;
  connect = refuse;
  setsockopt = refuse;
  getsockopt = refuse;
  getsockname = refuse;
  poll = refuse;
  shutdown = refuse;
  close = refuse;
}

/** So that addresses need more than 32 bits, as real ones do. */
const STRETCH = 2 ** 33;

function pointer(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function refuse(): never {
  throw new Error('this is not scripted');
}
