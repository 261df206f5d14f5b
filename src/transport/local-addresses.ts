import { networkInterfaces, platform, type NetworkInterfaceInfo } from 'node:os';

/** The machine's network interfaces by name; injected so that tests can bring them up and down. */
export type NetworkInterfaces = () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** The operating system's answer. */
export const systemInterfaces: NetworkInterfaces = networkInterfaces;

/** An address of an interface, in the form in which it can be bound: link-local ones with their zone. */
export interface LocalAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The addresses of one interface; undefined when there is no such interface. */
export function interfaceAddresses(interfaces: NetworkInterfaces, name: string): LocalAddress[] | undefined {
  const all = interfaces();
  return Object.hasOwn(all, name) ? (all[name] ?? []).map((info) => localAddress(name, info)) : undefined;
}

/** Every address of the machine, each once, loopback among them even where no interface says so. */
export function localAddresses(interfaces: NetworkInterfaces): LocalAddress[] {
  const addresses = new Map<string, LocalAddress>([['127.0.0.1', { address: '127.0.0.1', family: 4 }]]);
  for (const [name, infos] of Object.entries(interfaces())) {
    for (const info of infos ?? []) {
      const local = localAddress(name, info);
      addresses.set(local.address, local);
    }
  }
  return [...addresses.values()];
}

/** An address as policy and metrics see it: IPv4-mapped IPv6 as IPv4, without the zone of a link-local one. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

const MAPPED = '::ffff:';

function localAddress(name: string, info: NetworkInterfaceInfo): LocalAddress {
  if (info.family === 'IPv4') return { address: info.address, family: 4 };
  if (info.scopeid === 0) return { address: info.address, family: 6 };
  // Windows names a link-local address's interface by number, everyone else by name (RFC 4007, section 11.2).
  return { address: `${info.address}%${platform() === 'win32' ? info.scopeid : name}`, family: 6 };
}
