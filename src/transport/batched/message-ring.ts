import type { Address, CallSurroundings } from './libc.ts';
import { AF_INET6, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, IP_PKTINFO } from './linux.ts';

/** Messages that one call takes or sends. */
export const RING_SLOTS = 64;

/** sockaddr_in6, the longest name there is here. */
export const NAME_WORDS = 7;
const NAME_BYTES = NAME_WORDS * 4;
const NAME_STRIDE_WORDS = 8;
/** A cmsghdr of 16 bytes, and the larger in6_pktinfo of 20. */
const CONTROL_STRIDE_WORDS = 16;
const CONTROL_STRIDE_BYTES = CONTROL_STRIDE_WORDS * 4;
/** Words of struct iovec: base and length, 64 bits each. */
const VECTOR_WORDS = 4;
/** Words of struct mmsghdr: name 0-1, its length 2, vectors 4-5, their number 6, control 8-9, its length 10, flags 12, bytes 14. */
const HEADER_WORDS = 16;

/** Memory whose address the system is told. Whoever holds the slab holds the memory. */
export class Slab {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly address: Address;

  constructor(libc: CallSurroundings, length: number) {
    const memory = new ArrayBuffer(length);
    this.bytes = Buffer.from(memory);
    this.words = new Int32Array(memory, 0, length >> 2);
    this.address = libc.addressOf(this.bytes);
  }
}

/** What messages consist of: the datagrams, and 64 socket addresses and control messages. */
export class MessageMemory {
  readonly payload: Slab;
  readonly names: Slab;
  readonly controls: Slab;

  constructor(libc: CallSurroundings, payloadBytes: number) {
    this.payload = new Slab(libc, payloadBytes);
    this.names = new Slab(libc, RING_SLOTS * NAME_STRIDE_WORDS * 4);
    this.controls = new Slab(libc, RING_SLOTS * CONTROL_STRIDE_BYTES);
  }
}

/**
 * A row of 64 struct mmsghdr, each with its struct iovec, over a memory. Slots are those of the row; several rows may
 * lie over one memory, so that what came in can be sent back where it lies.
 */
export class MessageRow {
  readonly memory: MessageMemory;
  readonly #headers: Slab;
  readonly #vectors: Slab;

  constructor(libc: CallSurroundings, memory: MessageMemory) {
    this.memory = memory;
    this.#headers = new Slab(libc, RING_SLOTS * HEADER_WORDS * 4);
    this.#vectors = new Slab(libc, RING_SLOTS * VECTOR_WORDS * 4);
    for (let slot = 0; slot < RING_SLOTS; slot++) {
      const at = slot * HEADER_WORDS;
      writeAddress(this.#headers.words, at + 4, this.#vectors.address + slot * VECTOR_WORDS * 4);
      this.#headers.words[at + 6] = 1;
    }
  }

  /** Where the struct mmsghdr of a slot lies. */
  address(slot: number): Address {
    return this.#headers.address + slot * HEADER_WORDS * 4;
  }

  /** Gives a slot a name and a control message of the memory, by their index there, and a stretch of the payload. */
  point(slot: number, index: number, payloadOffset: number, payloadLength: number): void {
    const header = slot * HEADER_WORDS;
    const { names, controls } = this.memory;
    writeAddress(this.#headers.words, header, names.address + index * NAME_STRIDE_WORDS * 4);
    writeAddress(this.#headers.words, header + 8, controls.address + index * CONTROL_STRIDE_BYTES);
    this.pointPayload(slot, payloadOffset, payloadLength);
  }

  /** Gives a slot another stretch of the payload. */
  pointPayload(slot: number, offset: number, length: number): void {
    const { words } = this.#vectors;
    writeAddress(words, slot * VECTOR_WORDS, this.memory.payload.address + offset);
    words[slot * VECTOR_WORDS + 2] = length;
  }

  /** Bytes of name and control message, as they are or as there is room for. */
  measure(slot: number, nameLength: number, controlLength: number): void {
    this.#headers.words[slot * HEADER_WORDS + 2] = nameLength;
    this.#headers.words[slot * HEADER_WORDS + 10] = controlLength;
  }

  /** Room for whatever comes in. */
  makeRoom(slot: number): void {
    this.measure(slot, NAME_BYTES, CONTROL_STRIDE_BYTES);
  }

  nameLength(slot: number): number {
    return this.#headers.words[slot * HEADER_WORDS + 2]!;
  }

  controlLength(slot: number): number {
    return this.#headers.words[slot * HEADER_WORDS + 10]!;
  }

  /** What the system noted: MSG_TRUNC. */
  flags(slot: number): number {
    return this.#headers.words[slot * HEADER_WORDS + 12]!;
  }

  /** Bytes taken or sent, once the system has filled them in. */
  length(slot: number): number {
    return this.#headers.words[slot * HEADER_WORDS + 14]!;
  }
}

/** The word of a memory's names at which the one with an index begins. */
export function nameAt(index: number): number {
  return index * NAME_STRIDE_WORDS;
}

/** The port in a socket address of either family; 0 in forged datagrams. */
export function portOf(words: Int32Array, at: number): number {
  const word = words[at]!;
  return ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** Bytes of a socket address of a family. */
export function nameLengthOf(family: number): number {
  return family === AF_INET6 ? NAME_BYTES : 16;
}

/**
 * Copies the address that was asked out of a control message: four words of IPv6, or one of IPv4 and three of 0.
 * False when there is none.
 */
export function readAskedAddress(controls: Int32Array, index: number, into: Int32Array, at: number): boolean {
  const control = index * CONTROL_STRIDE_WORDS;
  const [level, type] = [controls[control + 2], controls[control + 3]];
  if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) {
    for (let word = 0; word < 4; word++) into[at + word] = controls[control + 4 + word]!;
    return true;
  }
  if (level !== IPPROTO_IP || type !== IP_PKTINFO) return false;
  // in_pktinfo: interface, the local address that the datagram came to, the destination of its header.
  into[at] = controls[control + 5]!;
  return true;
}

/**
 * Writes the control message that sends a reply from the address that was asked; gives its bytes. Without the interface:
 * the reply goes the way that the routes say, and to link-local clients by the interface in their own address.
 */
export function writeSourceAddress(
  controls: Int32Array,
  index: number,
  family: number,
  from: Int32Array,
  at: number,
): number {
  const control = index * CONTROL_STRIDE_WORDS;
  controls[control + 1] = 0;
  if (family === AF_INET6) {
    controls[control] = 36;
    controls[control + 2] = IPPROTO_IPV6;
    controls[control + 3] = IPV6_PKTINFO;
    for (let word = 0; word < 4; word++) controls[control + 4 + word] = from[at + word]!;
    controls[control + 8] = 0;
    return 40;
  }
  controls[control] = 28;
  controls[control + 2] = IPPROTO_IP;
  controls[control + 3] = IP_PKTINFO;
  controls[control + 4] = 0;
  controls[control + 5] = from[at]!;
  controls[control + 6] = 0;
  return 32;
}

function writeAddress(words: Int32Array, at: number, address: Address): void {
  words[at] = address | 0;
  words[at + 1] = (address - (address >>> 0)) / 0x1_0000_0000;
}
