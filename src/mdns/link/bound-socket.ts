import type Koffi from 'koffi';
import { bindCalls, lastError } from '../../transport/batched/libc.ts';
import type { CallSurroundings } from '../../transport/batched/libc.ts';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SO_REUSEPORT,
} from '../../transport/batched/linux.ts';
import { addressBytes } from '../../wire/address.ts';
import { MULTICAST_PORT } from '../message.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { GROUP_IPV4, GROUP_IPV6, HOPS } from './link-socket.ts';
import type { LinkSocketParts } from './link-socket.ts';

const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const IP_TTL = 2;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_MULTICAST_ALL = 29;

/** The calls of the C library that a link's sockets and interfaces need. */
export interface LinkLibC extends CallSurroundings {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, name: number, nameLength: number): number;
  setsockopt(descriptor: number, level: number, option: number, value: number, length: number): number;
  close(descriptor: number): number;
  if_nametoindex(name: number): number;
}

const PROTOTYPES = [
  'int socket(int, int, int)',
  'int bind(int, uint64_t, uint32_t)',
  'int setsockopt(int, int, int, uint64_t, uint32_t)',
  'int close(int)',
  'uint32_t if_nametoindex(uint64_t)',
];

export function bindLinkCalls(koffi: typeof Koffi): LinkLibC {
  return bindCalls(koffi, PROTOTYPES) as LinkLibC;
}

/** The system's number of an interface; 0: it is not there. */
export function interfaceIndex(libc: LinkLibC, name: string): number {
  const text = Buffer.from(`${name}\0`);
  return libc.if_nametoindex(libc.addressOf(text));
}

/**
 * A socket that the system binds to the interface (SO_BINDTODEVICE), and that hears no group but its own
 * (IP_MULTICAST_ALL off): what it receives arrived there, whatever its source address says. The same as looking at
 * the packet info of each packet, and Node can read it. Needs no privilege since Linux 5.7.
 */
export class BoundSocket extends DatagramSocket {
  constructor(libc: LinkLibC, parts: LinkSocketParts) {
    super(parts);
    const descriptor = openDescriptor(libc, parts);
    this.socket.bind({ fd: descriptor, exclusive: true });
  }

  staysWith(): boolean {
    return true;
  }
}

/** @throws Error with the call that failed */
function openDescriptor(libc: LinkLibC, { name, index, address }: LinkSocketParts): number {
  const isIPv4 = address.family === 4;
  const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const descriptor = libc.socket(isIPv4 ? AF_INET : AF_INET6, type, 0);
  if (descriptor < 0) throw lastError(libc, 'socket');
  try {
    const set = (level: number, option: number, value: Buffer): void => {
      if (libc.setsockopt(descriptor, level, option, libc.addressOf(value), value.length) !== 0) {
        throw lastError(libc, `setsockopt ${level} ${option}`);
      }
    };
    set(SOL_SOCKET, SO_REUSEADDR, int(1));
    set(SOL_SOCKET, SO_REUSEPORT, int(1));
    set(SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`));
    if (isIPv4) setIPv4(set, index);
    else setIPv6(set, index);
    const place = socketAddress(isIPv4);
    if (libc.bind(descriptor, libc.addressOf(place), place.length) !== 0) throw lastError(libc, 'bind');
    return descriptor;
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}

type SetOption = (level: number, option: number, value: Buffer) => void;

function setIPv4(set: SetOption, index: number): void {
  // struct ip_mreqn: group, address, interface.
  const membership = Buffer.concat([addressBytes(GROUP_IPV4)!, Buffer.alloc(4), int(index)]);
  set(IPPROTO_IP, IP_MULTICAST_ALL, int(0));
  set(IPPROTO_IP, IP_MULTICAST_IF, membership);
  set(IPPROTO_IP, IP_MULTICAST_TTL, int(HOPS));
  set(IPPROTO_IP, IP_TTL, int(HOPS));
  set(IPPROTO_IP, IP_MULTICAST_LOOP, int(1));
  set(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
}

function setIPv6(set: SetOption, index: number): void {
  set(IPPROTO_IPV6, IPV6_V6ONLY, int(1));
  set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, int(0));
  set(IPPROTO_IPV6, IPV6_MULTICAST_IF, int(index));
  set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, int(HOPS));
  set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, int(HOPS));
  set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, int(1));
  // struct ipv6_mreq: group, interface.
  set(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, Buffer.concat([addressBytes(GROUP_IPV6)!, int(index)]));
}

/** struct sockaddr_in or sockaddr_in6 of any address and the port of mDNS. */
function socketAddress(isIPv4: boolean): Buffer {
  const place = Buffer.alloc(isIPv4 ? 16 : 28);
  place.writeUInt16LE(isIPv4 ? AF_INET : AF_INET6, 0);
  place.writeUInt16BE(MULTICAST_PORT, 2);
  return place;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
