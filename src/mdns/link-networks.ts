import { addressBytes } from '../wire/address.ts';
import { Network } from '../wire/network.ts';
import type { LinkAddress } from './multicast-link.ts';

/** Addresses that are of use on their own link alone, whatever prefixes it has (RFC 3927, RFC 4291). */
const LINK_LOCAL: readonly Network[] = [Network.parse('169.254.0.0/16')!, Network.parse('fe80::/10')!];

/** Whether an address of 4 or 16 bytes is link-local. */
export function isLinkLocal(address: Uint8Array): boolean {
  return isOf(LINK_LOCAL, address);
}

/** The networks that addresses of ours are of. */
export function networksOf(addresses: readonly LinkAddress[]): Network[] {
  return addresses.flatMap(({ address, prefix }) => Network.parse(`${address}/${prefix}`) ?? []);
}

/** Whether an address of 4 or 16 bytes is of one of the networks. */
export function isOf(networks: readonly Network[], address: Uint8Array): boolean {
  for (const network of networks) if (network.contains(address)) return true;
  return false;
}

/**
 * Whether the interface is on another link than before: its addresses are of none of the networks that it was on.
 * Link-local ones are the same everywhere, and tell nothing.
 */
export function isAnotherLink(before: readonly LinkAddress[], now: readonly LinkAddress[]): boolean {
  const networks = networksOf(farReaching(before));
  const addresses = farReaching(now).flatMap(({ address }) => addressBytes(address) ?? []);
  if (networks.length === 0 || addresses.length === 0) return false;
  return !addresses.some((address) => isOf(networks, address));
}

/** Those that are not link-local. */
export function farReaching(addresses: readonly LinkAddress[]): LinkAddress[] {
  return addresses.filter(({ address }) => {
    const bytes = addressBytes(address);
    return bytes !== undefined && !isLinkLocal(bytes);
  });
}
