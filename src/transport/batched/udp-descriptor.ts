import { addressBytes } from '../../wire/address.ts';
import { lastError } from './libc.ts';
import type { LibC } from './libc.ts';
import {
  AF_INET,
  AF_INET6,
  EAFNOSUPPORT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  IP_PKTINFO,
  SHUT_RD,
  SK_MEMINFO_DROPS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOL_SOCKET,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
  SO_REUSEPORT,
  SO_SNDBUF,
} from './linux.ts';
import { nameLengthOf, portOf, Slab } from './message-ring.ts';
import { scopeOf, writeSocketName } from './socket-name.ts';

/** Bursts wait here; as much as node:dgram asks for. */
export const BUFFER_BYTES: number = 4 * 1024 * 1024;
/** A blocked reader looks up this often: nothing that wakes it may be missed for longer. */
const LOOK_UP_MILLISECONDS = 200;
/** A port from which nobody sends: that of the discard service (RFC 863). */
const DISCARD_PORT = 9;
/** Of each family, in network order. */
const LOOPBACK = { 4: Uint8Array.of(127, 0, 0, 1), mapped: mapped(127, 0, 0, 1) } as const;

/** Sockets of one address and port: the first one, or another that shares the clients with it (SO_REUSEPORT). */
export type Sharing = 'first' | 'another';

/** Bytes of a receive buffer. */
export interface BufferSize {
  readonly asked: number;
  readonly got: number;
}

/** A bound UDP socket of the system's own, by its file descriptor. */
export class UdpDescriptor {
  readonly number: number;
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly wildcard: boolean;
  readonly #libc: LibC;
  readonly #scratch: Slab;
  /** Drops told so far; they wrap around. */
  #drops = 0;
  #closed = false;

  private constructor(libc: LibC, number: number, family: number, wildcard: boolean) {
    this.#libc = libc;
    this.number = number;
    this.family = family;
    this.wildcard = wildcard;
    this.#scratch = new Slab(libc, 64);
  }

  /**
   * Opens and binds a socket. `''` and `::` are all addresses of both families, by one socket that takes IPv4 clients as
   * mapped addresses; only IPv4's where the machine has no IPv6.
   * @throws an Error of Node's kind, with `code`: EADDRINUSE
   */
  static open(libc: LibC, address: string, port: number, sharing: Sharing): UdpDescriptor {
    const wildcard = address === '' || address === '::' || address === '0.0.0.0';
    let family = address === '0.0.0.0' || !(address === '' || address.includes(':')) ? AF_INET : AF_INET6;
    let number = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0 && wildcard && libc.errno() === EAFNOSUPPORT) {
      family = AF_INET;
      number = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    if (number < 0) throw lastError(libc, 'socket');
    const descriptor = new UdpDescriptor(libc, number, family, wildcard);
    try {
      descriptor.#prepare();
      if (sharing === 'another') descriptor.#require(SOL_SOCKET, SO_REUSEPORT, 1);
      descriptor.#bind(address, port);
      return descriptor;
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /** The port bound. */
  get port(): number {
    this.#readName();
    return portOf(this.#scratch.words, 0);
  }

  /**
   * Lets others have the same address and port. Not before it is bound: so that a port which another program has, even
   * with SO_REUSEPORT, is refused.
   */
  share(): void {
    this.#require(SOL_SOCKET, SO_REUSEPORT, 1);
  }

  /** Makes the receive buffer as large as is asked for: past the system's limit where that is allowed. */
  enlargeBuffers(asked: number): BufferSize {
    if (!this.#set(SOL_SOCKET, SO_RCVBUFFORCE, asked)) this.#set(SOL_SOCKET, SO_RCVBUF, asked);
    this.#set(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
    // The system takes twice what was asked for, the other half being for its own needs.
    return { asked, got: (this.#get(SO_RCVBUF, 1) ? this.#scratch.words[0]! : 0) / 2 };
  }

  /**
   * From now on the system tells new clients that nobody listens, so that they ask elsewhere at once. What it had taken
   * before comes in, and answers still go out: a socket that is connected takes datagrams of its peer alone.
   */
  refuseNewcomers(): void {
    if (this.#closed) return;
    const own = this.#boundBytes();
    const peer = own.every((byte) => byte === 0)
      ? this.family === AF_INET
        ? LOOPBACK[4]
        : LOOPBACK.mapped
      : own;
    writeSocketName(this.#scratch, this.family, peer, DISCARD_PORT, this.#scratch.words[6]!);
    // Where it cannot be connected, its interface having gone, newcomers are taken along.
    this.#libc.connect(this.number, this.#scratch.address, nameLengthOf(this.family));
  }

  /** Wakes whoever is blocked in reading; from now on reading does not block. */
  wakeReader(): void {
    if (!this.#closed) this.#libc.shutdown(this.number, SHUT_RD);
  }

  /** Datagrams that the system dropped since this was last asked: the receive buffer was full. */
  newDrops(): number {
    if (this.#closed || !this.#get(SO_MEMINFO, SK_MEMINFO_DROPS + 1)) return 0;
    const drops = this.#scratch.words[SK_MEMINFO_DROPS]! >>> 0;
    const fresh = (drops - this.#drops) >>> 0;
    this.#drops = drops;
    return fresh;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#libc.close(this.number);
  }

  #prepare(): void {
    if (this.family === AF_INET6) this.#require(IPPROTO_IPV6, IPV6_V6ONLY, this.wildcard ? 0 : 1);
    if (this.wildcard) {
      if (this.family === AF_INET6) this.#require(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
      else this.#require(IPPROTO_IP, IP_PKTINFO, 1);
    }
    // struct timeval: seconds and microseconds, 64 bits each.
    const { words, address } = this.#scratch;
    words.fill(0, 0, 4);
    words[2] = LOOK_UP_MILLISECONDS * 1000;
    if (this.#libc.setsockopt(this.number, SOL_SOCKET, SO_RCVTIMEO, address, 16) !== 0) {
      throw lastError(this.#libc, 'setsockopt');
    }
  }

  #bind(address: string, port: number): void {
    const any = new Uint8Array(this.family === AF_INET ? 4 : 16);
    const bytes = this.wildcard ? any : addressBytes(address)!;
    writeSocketName(this.#scratch, this.family, bytes, port, this.wildcard ? 0 : scopeOf(address));
    if (this.#libc.bind(this.number, this.#scratch.address, nameLengthOf(this.family)) !== 0) {
      throw lastError(this.#libc, 'bind');
    }
  }

  /** Reads the socket's own name into the scratch memory. */
  #readName(): void {
    const { words, address } = this.#scratch;
    words[8] = 28;
    if (this.#libc.getsockname(this.number, address, address + 32) !== 0) {
      throw lastError(this.#libc, 'getsockname');
    }
  }

  /** Reads the socket's own address; its scope is in word 6 of the scratch memory then. */
  #boundBytes(): Uint8Array {
    this.#readName();
    const from = this.family === AF_INET ? 4 : 8;
    return Uint8Array.from(this.#scratch.bytes.subarray(from, from + (this.family === AF_INET ? 4 : 16)));
  }

  #set(level: number, option: number, value: number): boolean {
    this.#scratch.words[0] = value;
    return this.#libc.setsockopt(this.number, level, option, this.#scratch.address, 4) === 0;
  }

  #require(level: number, option: number, value: number): void {
    if (!this.#set(level, option, value)) throw lastError(this.#libc, 'setsockopt');
  }

  /** Reads an option of SOL_SOCKET that is some words long into the scratch memory; false where there is none. */
  #get(option: number, length: number): boolean {
    const { words, address } = this.#scratch;
    words[length] = length * 4;
    const done = this.#libc.getsockopt(this.number, SOL_SOCKET, option, address, address + length * 4) === 0;
    return done && words[length] === length * 4;
  }
}

function mapped(...address: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...address);
}
