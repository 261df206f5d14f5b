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
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from '../../transport/batched/linux.ts';
import { nameLengthOf, portOf, Slab } from '../../transport/batched/message-ring.ts';
import { scopeOf, writeSocketName } from '../../transport/batched/socket-name.ts';
import { addressBytes, addressText } from '../../wire/address.ts';
import { endpointName } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import type { DatagramListener, DatagramSocket, OpenDatagramSocket } from './datagram-socket.ts';
import type { PollCalls } from './poll-calls.ts';

/** The longest datagram there is. */
const DATAGRAM_BYTES = 65_536;
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
  readonly #incoming: Slab;
  readonly #outgoing: Slab;
  /** By their descriptors. */
  readonly #sockets = new Map<number, PolledSocket>();
  readonly #epoll: number;
  #due = false;

  constructor(calls: PollCalls) {
    this.calls = calls;
    this.scratch = new Slab(calls, 64);
    this.#events = new Slab(calls, MOST_EVENTS * EVENT_WORDS * 4);
    this.#incoming = new Slab(calls, DATAGRAM_BYTES);
    this.#outgoing = new Slab(calls, DATAGRAM_BYTES);
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

  /** To be called before the descriptor is closed, which ends the watching. */
  remove(descriptor: number): void {
    this.#sockets.delete(descriptor);
  }

  /** Whether the datagram is on its way, or lost without a word. */
  send(descriptor: number, packet: Uint8Array): boolean {
    const { bytes, address } = this.#outgoing;
    bytes.set(packet);
    if (this.calls.send(descriptor, address, packet.length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    return isPassing(this.calls.errno());
  }

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
      count += ready;
      const { words } = this.#events;
      for (let event = 0; event < ready; event++) this.#receive(words[event * EVENT_WORDS + DATA_WORD]!);
    }
  };

  /** Takes one datagram: if there are more, the next call tells of the socket again. */
  #receive(descriptor: number): void {
    const socket = this.#sockets.get(descriptor);
    // Closed by what another one has received. If the number is a new socket's, there is nothing to read there yet.
    if (socket === undefined) return;
    const { bytes, address } = this.#incoming;
    const length = this.calls.recv(descriptor, address, DATAGRAM_BYTES, MSG_DONTWAIT);
    if (length >= 0) socket.listener.received(bytes.subarray(0, length));
    else if (!isPassing(this.calls.errno())) socket.listener.failed(lastError(this.calls, 'recv'));
  }
}

class PolledSocket implements DatagramSocket {
  readonly listener: DatagramListener;
  readonly #poll: Poll;
  /** -1: not open. */
  #descriptor = -1;
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
    if (this.#descriptor < 0 || calls.getsockname(this.#descriptor, address, address + 32) !== 0) return '';
    const isSix = bytes.readUInt16LE(0) === AF_INET6;
    const own = isSix ? bytes.subarray(8, 24) : bytes.subarray(4, 8);
    return endpointName(addressText(own), portOf(words, 0));
  }

  send(packet: Uint8Array): void {
    if (this.#descriptor < 0 || this.#poll.send(this.#descriptor, packet)) return;
    this.#fail(lastError(this.#poll.calls, 'send'));
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    if (this.#descriptor < 0) return;
    this.#poll.remove(this.#descriptor);
    this.#poll.calls.close(this.#descriptor);
    this.#descriptor = -1;
  }

  #open({ address, port, sourceAddress }: Endpoint): void {
    const { calls } = this.#poll;
    const family = isIPv6(address) ? AF_INET6 : AF_INET;
    this.#descriptor = calls.socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (this.#descriptor < 0) throw lastError(calls, 'socket');
    if (sourceAddress !== undefined) this.#name('bind', family, sourceAddress, 0);
    this.#name('connect', family, address, port);
    this.#poll.add(this, this.#descriptor);
  }

  #name(call: 'bind' | 'connect', family: number, address: string, port: number): void {
    const { calls, scratch } = this.#poll;
    writeSocketName(scratch, family, addressBytes(address)!, port, scopeOf(address));
    if (calls[call](this.#descriptor, scratch.address, nameLengthOf(family)) !== 0)
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
