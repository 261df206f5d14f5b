import { isSubdomain } from '../../src/corefile/zone.ts';
import { isOf, networksOf } from '../../src/mdns/link-networks.ts';
import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import { addressFromReverseName } from '../../src/wire/address.ts';
import type { Network } from '../../src/wire/network.ts';
import { BROWSING, REGISTERING } from './zone-records.ts';

/** A name under in-addr.arpa. or ip6.arpa. that a link has to do with. */
export type ReverseName =
  /** Of an address on the link. */
  | 'address'
  /** Where clients with such an address look for a domain to browse (RFC 6763, section 11). */
  | 'browsing'
  /** Where they look for one to register names in. */
  | 'registering';

const PREFIXES = [...BROWSING, ...REGISTERING];

/**
 * What a reverse name is to a link with these addresses of ours; undefined: nothing.
 * @param name lower case, fully qualified
 */
export function reverseName(name: string, addresses: readonly LinkAddress[]): ReverseName | undefined {
  const prefix = PREFIXES.find((each) => name.startsWith(each));
  const address = addressFromReverseName(prefix === undefined ? name : name.slice(prefix.length));
  if (address === undefined || !isOf(networksKept(addresses), address)) return undefined;
  if (prefix === undefined) return 'address';
  return BROWSING.includes(prefix) ? 'browsing' : 'registering';
}

/** Where the reverse names of link-local addresses are (RFC 6762, section 4). */
const LINK_LOCAL = [
  '254.169.in-addr.arpa.',
  ...['8', '9', 'a', 'b'].map((digit) => `${digit}.e.f.ip6.arpa.`),
];

/** Whether a name, lower case and fully qualified, is that of a link-local address: of use on its own link alone. */
export function isLinkLocalReverse(name: string): boolean {
  if (!name.endsWith('.arpa.')) return false;
  for (const zone of LINK_LOCAL) if (isSubdomain(zone, name)) return true;
  return false;
}

/** By the addresses, which are another array whenever they are others: not worked out for each query. */
const kept = new WeakMap<readonly LinkAddress[], readonly Network[]>();

function networksKept(addresses: readonly LinkAddress[]): readonly Network[] {
  let networks = kept.get(addresses);
  if (networks === undefined) kept.set(addresses, (networks = networksOf(addresses)));
  return networks;
}
