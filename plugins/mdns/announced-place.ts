import { isLinkLocal, isOf, networksOf } from '../../src/mdns/link-networks.ts';
import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import type { AnnouncedService } from '../../src/plugin/capability.ts';
import { addressBytes } from '../../src/wire/address.ts';

/** Where a Service is, for those on a link. */
export interface AnnouncedPlace {
  /** In text. */
  readonly addresses: readonly string[];
  readonly port: number;
}

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
    const networks = networksOf(own);
    const near = addresses.filter((address) => tests(address, (bytes) => isOf(networks, bytes)));
    return { addresses: near.length > 0 ? near : addresses, port };
  }
  if (nodePort === 0 || (isLocal && !readyNodes.has(node))) return undefined;
  const all = own.map(({ address }) => address);
  // Link-local addresses want an interface beside them, which browsers cannot be told.
  const far = all.filter((address) => !tests(address, isLinkLocal));
  return { addresses: far.length > 0 ? far : all, port: nodePort };
}

function tests(address: string, test: (bytes: Uint8Array) => boolean): boolean {
  const bytes = addressBytes(address);
  return bytes !== undefined && test(bytes);
}
