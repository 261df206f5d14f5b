import { networkInterfaces } from 'node:os';
import { AF_INET6 } from './linux.ts';
import type { Slab } from './message-ring.ts';

/**
 * Writes a socket address (struct sockaddr_in or sockaddr_in6) at the beginning of a memory.
 * @param address 4 or 16 bytes, as the family has it
 * @param scope the number of an IPv6 link-local address's interface; 0: none
 */
export function writeSocketName(
  { bytes, words }: Slab,
  family: number,
  address: Uint8Array,
  port: number,
  scope: number,
): void {
  bytes.fill(0, 0, 28);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address, family === AF_INET6 ? 8 : 4);
  if (family === AF_INET6) words[6] = scope;
}

/** The number of the interface in `fe80::1%eth0` or `fe80::1%2`; 0 where there is none. */
export function scopeOf(address: string): number {
  const zone = address.indexOf('%');
  if (zone < 0) return 0;
  const name = address.slice(zone + 1);
  for (const info of networkInterfaces()[name] ?? []) {
    if (info.family === 'IPv6' && info.scopeid !== 0) return info.scopeid;
  }
  return Number(name) || 0;
}
