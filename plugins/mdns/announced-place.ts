import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import type { AnnouncedService } from '../../src/plugin/capability.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { Network } from '../../src/wire/network.ts';

/** Where a Service is, for those on a link. */
export interface AnnouncedPlace {
  /** In text. */
  readonly addresses: readonly string[];
  readonly port: number;
}

const LINK_LOCAL = [Network.parse('169.254.0.0/16')!, Network.parse('fe80::/10')!];

/**
 * An address and a port of a Service that work from a link; undefined where there are none, or nobody would answer.
 * Those of load balancers and external IPs come first, and of these the ones on the link itself; then the node port,
 * at this machine's own addresses there: it is one of the nodes.
 * @param own this machine's addresses on the link
 * @param node the node's name
 */
export function announcedPlace(
  service: AnnouncedService,
  own: readonly LinkAddress[],
  node: string,
): AnnouncedPlace | undefined {
  const { addresses, port, nodePort, isLocal, readyNodes } = service;
  if (readyNodes.size === 0 || own.length === 0) return undefined;
  if (addresses.length > 0) {
    const networks = own.map(({ address, prefix }) => Network.parse(`${address}/${prefix}`));
    const near = addresses.filter((address) => isOf(networks, address));
    return { addresses: near.length > 0 ? near : addresses, port };
  }
  if (nodePort === 0 || (isLocal && !readyNodes.has(node))) return undefined;
  const all = own.map(({ address }) => address);
  // Link-local addresses want an interface beside them, which browsers cannot be told.
  const far = all.filter((address) => !isOf(LINK_LOCAL, address));
  return { addresses: far.length > 0 ? far : all, port: nodePort };
}

function isOf(networks: readonly (Network | undefined)[], address: string): boolean {
  const bytes = addressBytes(address);
  return bytes !== undefined && networks.some((network) => network?.contains(bytes) === true);
}
