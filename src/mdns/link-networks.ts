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
