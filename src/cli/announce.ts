import type { Signpost } from '../signpost.ts';
import { versionLines } from '../version.ts';
import type { ListeningPlace } from './welcome.ts';

/** The lines printed once everything serves: one for each zone of each listener, then the version. */
export function announcement(signpost: Signpost): string[] {
  const lines: string[] = [];
  for (const { server, address, routes, port } of signpost.configuration?.listeners ?? []) {
    const actual = signpost.listeners.port(server) ?? port;
    const on = address === '' ? '' : ` on ${address}`;
    for (const { zone } of routes) lines.push(`${zone}:${actual}${on}`);
  }
  return [...lines, ...versionLines()];
}

/** Where a server listens, each place once. */
export function listeningPlaces(signpost: Signpost): ListeningPlace[] {
  return (signpost.configuration?.listeners ?? []).map(({ server, address, port }) => ({
    address,
    port: signpost.listeners.port(server) ?? port,
  }));
}

/** Zones whose names are no host names (RFC 1035, section 2.3.1): legal, but seldom meant. */
export function oddZones(zones: Iterable<string>): string[] {
  return [...new Set(zones)].filter((zone) => {
    if (zone === '.' || zone.endsWith('.in-addr.arpa.') || zone.endsWith('.ip6.arpa.')) return false;
    return !/^([a-z]([a-z0-9-]*[a-z0-9])?\.)+$/i.test(zone);
  });
}
