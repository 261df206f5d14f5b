import { addressBytes } from './address.ts';

/** A network in CIDR notation (RFC 4632; RFC 4291, section 2.3), ready to be compared with the bytes of addresses. */
export class Network {
  /** The address's 32-bit words, most significant first: one of IPv4, four of IPv6. Bits behind the prefix are 0. */
  readonly #words: Int32Array;
  readonly #masks: Int32Array;
  readonly #bytes: number;

  private constructor(address: Uint8Array, prefix: number) {
    const count = address.length / 4;
    this.#bytes = address.length;
    this.#masks = Int32Array.from({ length: count }, (_, index) => wordMask(prefix - index * 32));
    this.#words = Int32Array.from(this.#masks, (mask, index) => wordAt(address, index * 4) & mask);
  }

  /** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined when it is none of them. */
  static parse(text: string): Network | undefined {
    const slash = text.indexOf('/');
    const address = text.includes('%') ? undefined : addressBytes(slash < 0 ? text : text.slice(0, slash));
    if (address === undefined) return undefined;
    const longest = address.length * 8;
    if (slash < 0) return new Network(address, longest);
    const digits = text.slice(slash + 1);
    const prefix = /^\d{1,3}$/.test(digits) ? Number(digits) : Infinity;
    return prefix > longest ? undefined : new Network(address, prefix);
  }

  /** Whether an address of 4 or 16 bytes is of this network. Allocates nothing. */
  contains(address: Uint8Array): boolean {
    if (address.length !== this.#bytes) return false;
    for (let index = 0; index < this.#words.length; index++) {
      if ((wordAt(address, index * 4) & this.#masks[index]!) !== this.#words[index]) return false;
    }
    return true;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** A shift by 32 is one by 0 in JavaScript, so the ends are told apart. */
function wordMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
