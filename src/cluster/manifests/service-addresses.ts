import { addressBytes, addressText } from '../../wire/address.ts';
import type { AddressFamily } from './manifest-object.ts';

/** Addresses that Services without one are given; `service_cidr`. */
export interface AddressPool {
  readonly family: AddressFamily;
  /** The network's own address, 4 or 16 bytes. */
  readonly network: Uint8Array;
  /** The first address to give, counted from the network's own. */
  readonly first: number;
  /** How many can be given; at most 2³². */
  readonly size: number;
}

/** Pools for families that `service_cidr` does not name; those of most clusters' installers. */
export const defaultServiceCidrs: Readonly<Record<AddressFamily, string>> = {
  IPv4: '10.96.0.0/16',
  IPv6: 'fd00:10:96::/112',
};

/** A pool from a prefix, such as `10.96.0.0/16`. @throws {Error} telling what was expected */
export function parseServiceCidr(text: string): AddressPool {
  const slash = text.indexOf('/');
  const bytes = slash < 0 ? undefined : addressBytes(text.slice(0, slash));
  const length = slash < 0 ? '' : text.slice(slash + 1);
  const bits = bytes === undefined ? 0 : bytes.length * 8;
  if (bytes === undefined || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    throw new Error(`service_cidr '${text}' is not an address and a prefix length, such as 10.96.0.0/16`);
  }
  const hostBits = bits - Number(length);
  const network = Uint8Array.from(bytes, (byte, index) => byte & prefixMask(index, Number(length)));
  // A network's own address is not given; nor is an IPv4 network's broadcast address.
  const count = 2 ** Math.min(hostBits, 32);
  const family = bits === 32 ? 'IPv4' : 'IPv6';
  const reserved = hostBits < 2 ? 0 : family === 'IPv4' ? 2 : 1;
  return { family, network, first: reserved === 0 ? 0 : 1, size: count - reserved };
}

/**
 * Gives each key (`namespace/name`) an address of the pool. The result depends on the set of keys and of `taken`
 * addresses alone, so it is the same after a restart and however files are cut and ordered: a key's first choice is
 * drawn from a hash of it; where two want one address, or it is taken, the first in alphabetical order has it and
 * the other goes on to its next choice, after all keys had their first. The lowest addresses (16 to 256, as in
 * Kubernetes' own allocator) are left to those who write addresses by hand, until nothing else is left.
 *
 * @param taken addresses in the text of `addressText`; those given are added
 * @returns the addresses by key; without the keys for which none was left
 */
export function allocateAddresses(
  pool: AddressPool,
  keys: Iterable<string>,
  taken: Set<string>,
): Map<string, string> {
  const given = new Map<string, string>();
  const { size } = pool;
  const low = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const band = low < size ? low : 0;
  let waiting = [...keys].sort();
  for (let round = 0; round < rounds && waiting.length > 0; round++) {
    waiting = waiting.filter((key) => {
      const address = addressAt(pool, band + (hashOf(key, round) % (size - band)));
      if (taken.has(address)) return true;
      taken.add(address);
      given.set(key, address);
      return false;
    });
  }
  // The pool is nearly full: take what is free, from the top band's start, then the lowest.
  let offset = band;
  for (const key of waiting) {
    for (let tried = 0; tried < size; tried++, offset = (offset + 1) % size) {
      const address = addressAt(pool, offset);
      if (taken.has(address)) continue;
      taken.add(address);
      given.set(key, address);
      break;
    }
    if (!given.has(key)) break;
  }
  return given;
}

const rounds = 8;

/** The text form by which two ways to write an address are the same. */
export function canonicalAddress(text: string): string {
  const bytes = addressBytes(text);
  return bytes === undefined ? text : addressText(bytes);
}

function addressAt(pool: AddressPool, offset: number): string {
  const bytes = Uint8Array.from(pool.network);
  let rest = pool.first + offset;
  for (let index = bytes.length - 1; rest > 0; index--) {
    rest += bytes[index]!;
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return addressText(bytes);
}

/** FNV-1a, mixed at the end as MurmurHash3 does. Never change it: addresses would change with it. */
function hashOf(key: string, round: number): number {
  let hash = 0x811c9dc5 ^ round;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function prefixMask(index: number, length: number): number {
  const bits = Math.min(Math.max(length - index * 8, 0), 8);
  return (0xff << (8 - bits)) & 0xff;
}
