import { isIPv6 } from 'node:net';
import { lastError } from '../../transport/batched/libc.ts';
import {
  AF_INET,
  AF_INET6,
  EAGAIN,
  EINTR,
  ENOBUFS,
  EPOLLIN,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  MSG_DONTWAIT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from '../../transport/batched/linux.ts';
import {
  MessageMemory,
  MessageRow,
  nameLengthOf,
  portOf,
  Slab,
} from '../../transport/batched/message-ring.ts';
import { scopeOf, writeSocketName } from '../../transport/batched/socket-name.ts';
import { addressBytes, addressText } from '../../wire/address.ts';
import { endpointName } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import type { DatagramListener, DatagramSocket, OpenDatagramSocket } from './datagram-socket.ts';
import type { PollCalls } from './poll-calls.ts';
import { SendQueue } from './send-queue.ts';
import type { Sender } from './send-queue.ts';

/** The longest datagram there is. */
const DATAGRAM_BYTES = 65_536;
/** Not a power of two: beginnings at multiples of one would share a few lines of the processor's caches. */
const DATAGRAM_STRIDE = DATAGRAM_BYTES + 64;
/** Datagrams that one call takes from a socket. Of the memory for them only what is written to is real. */
const MOST_OF_A_SOCKET = 16;
/** Sockets of which one call tells that something has come. */
const MOST_EVENTS = 64;
/** Datagrams read in one turn of the event loop: others wait too. */
const MOST_AT_ONCE = 256;
/** struct epoll_event, 32-bit events and 64 bits of ours: packed on x86-64 alone. */
const [EVENT_WORDS, DATA_WORD] = process.arch === 'x64' ? [3, 1] : [4, 2];

/** Makes sockets that one epoll descriptor watches together, and the event loop this one descriptor. */
export function polledSockets(calls: PollCalls): OpenDatagramSocket {
  const poll = new Poll(calls);
  return (endpoint, listener) => new PolledSocket(poll, endpoint, listener);
}

/** Reads the sockets that have something, in turns of the event loop. No thread waits for them. */
class Poll {
  readonly calls: PollCalls;
  /** Memory for what one call reads or writes: socket addresses, lengths, epoll events. */
  readonly scratch: Slab;
  readonly #events: Slab;
  readonly #incoming: MessageRow;
  readonly #outgoing: SendQueue;
  /** By their descriptors. */
  readonly #sockets = new Map<number, PolledSocket>();
  readonly #epoll: number;
  #due = false;

  constructor(calls: PollCalls) {
    this.calls = calls;
    this.scratch = new Slab(calls, 64);
    this.#events = new Slab(calls, MOST_EVENTS * EVENT_WORDS * 4);
    this.#incoming = new MessageRow(calls, new MessageMemory(calls, MOST_OF_A_SOCKET * DATAGRAM_STRIDE));
    for (let slot = 0; slot < MOST_OF_A_SOCKET; slot++) {
      this.#incoming.pointPayload(slot, slot * DATAGRAM_STRIDE, DATAGRAM_BYTES);
    }
    this.#outgoing = new SendQueue(calls, isPassing);
    this.#epoll = calls.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw lastError(calls, 'epoll_create1');
    calls.watch(this.#epoll, this.#readable);
  }

  add(socket: PolledSocket, descriptor: number): void {
    const { words, address } = this.scratch;
    words[0] = EPOLLIN;
    words[DATA_WORD] = descriptor;
    words[DATA_WORD + 1] = 0;
    if (this.calls.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, descriptor, address) !== 0) {
      throw lastError(this.calls, 'epoll_ctl');
    }
    this.#sockets.set(descriptor, socket);
  }

  /** To be called before the descriptor is closed, which ends the watching: what it has to send goes out. */
  remove(descriptor: number): void {
    this.#outgoing.flush();
    this.#sockets.delete(descriptor);
  }

  /** Sends a datagram together with others, once what runs now has ended. */
  send(socket: PolledSocket, packet: Uint8Array): void {
    if (this.#outgoing.isEmpty) queueMicrotask(this.#flush);
    this.#outgoing.add(socket, packet);
  }

  readonly #flush = (): void => this.#outgoing.flush();

  /** Reading is for a callback of Node's own, in which promises go on and errors are reported. */
  readonly #readable = (): void => {
    if (this.#due) return;
    this.#due = true;
    setImmediate(this.#read);
  };

  readonly #read = (): void => {
    this.#due = false;
    for (let count = 0; count < MOST_AT_ONCE;) {
      const ready = this.calls.epoll_wait(this.#epoll, this.#events.address, MOST_EVENTS, 0);
      if (ready <= 0) return;
      const { words } = this.#events;
      for (let event = 0; event < ready; event++) {
        count += this.#receive(words[event * EVENT_WORDS + DATA_WORD]!);
      }
    }
  };

  /** Takes some datagrams, and gives how many: if there are more, the next call tells of the socket again. */
  #receive(descriptor: number): number {
    const socket = this.#sockets.get(descriptor);
    // Closed by what another one has received. If the number is a new socket's, there is nothing to read there yet.
    if (socket === undefined) return 1;
    const row = this.#incoming;
    const taken = this.calls.recvmmsg(descriptor, row.address(0), MOST_OF_A_SOCKET, MSG_DONTWAIT, 0);
    if (taken < 0 && !isPassing(this.calls.errno())) {
      socket.listener.failed(lastError(this.calls, 'recvmmsg'));
    }
    // One of them may close it.
    for (let slot = 0; slot < taken && socket.isOpen; slot++) {
      const start = slot * DATAGRAM_STRIDE;
      socket.listener.received(row.memory.payload.bytes.subarray(start, start + row.length(slot)));
    }
    return Math.max(1, taken);
  }
}

class PolledSocket implements DatagramSocket, Sender {
  readonly listener: DatagramListener;
  /** -1: not open. */
  descriptor = -1;
  readonly #poll: Poll;
  #closed = false;

  constructor(poll: Poll, endpoint: Endpoint, listener: DatagramListener) {
    this.#poll = poll;
    this.listener = listener;
    try {
      this.#open(endpoint);
    } catch (error) {
      this.#release();
      this.#fail(error as NodeJS.ErrnoException);
    }
  }

  get localName(): string {
    const { calls, scratch } = this.#poll;
    scratch.words[8] = 28;
    const { bytes, words, address } = scratch;
    if (this.descriptor < 0 || calls.getsockname(this.descriptor, address, address + 32) !== 0) return '';
    const isSix = bytes.readUInt16LE(0) === AF_INET6;
    const own = isSix ? bytes.subarray(8, 24) : bytes.subarray(4, 8);
    return endpointName(addressText(own), portOf(words, 0));
  }

  get isOpen(): boolean {
    return this.descriptor >= 0;
  }

  send(packet: Uint8Array): void {
    if (this.isOpen) this.#poll.send(this, packet);
  }

  sendFailed(): void {
    this.#fail(lastError(this.#poll.calls, 'sendmmsg'));
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    if (!this.isOpen) return;
    this.#poll.remove(this.descriptor);
    this.#poll.calls.close(this.descriptor);
    this.descriptor = -1;
  }

  #open({ address, port, sourceAddress }: Endpoint): void {
    const { calls } = this.#poll;
    const family = isIPv6(address) ? AF_INET6 : AF_INET;
    this.descriptor = calls.socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (this.descriptor < 0) throw lastError(calls, 'socket');
    if (sourceAddress !== undefined) this.#name('bind', family, sourceAddress, 0);
    this.#name('connect', family, address, port);
    this.#poll.add(this, this.descriptor);
  }

  #name(call: 'bind' | 'connect', family: number, address: string, port: number): void {
    const { calls, scratch } = this.#poll;
    writeSocketName(scratch, family, addressBytes(address)!, port, scopeOf(address));
    if (calls[call](this.descriptor, scratch.address, nameLengthOf(family)) !== 0)
      throw lastError(calls, call);
  }

  #fail(error: NodeJS.ErrnoException): void {
    queueMicrotask(() => {
      if (!this.#closed) this.listener.failed(error);
    });
  }
}

/** There was nothing to read after all, or no room to send: no reason to give a socket up. */
function isPassing(errno: number): boolean {
  return errno === EAGAIN || errno === EINTR || errno === ENOBUFS;
}
