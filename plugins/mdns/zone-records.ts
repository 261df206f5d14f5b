import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import { Reply } from '../../src/server/reply.ts';
import type { Query } from '../../src/server/query.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import { soaData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** Seconds that what the zone itself says may be kept, and that there is nothing: as all else (RFC 8766, 5.5.1 and 6.1). */
const TTL = 10;

/** Where DNS-SD clients look for domains to browse (RFC 6763, section 11): all of them find the zone itself. */
export const BROWSING = ['b', 'db', 'lb'].map((label) => `${label}._dns-sd._udp.`);
/** Where they look for domains to register names in: there are none. */
export const REGISTERING = ['r', 'dr'].map((label) => `${label}._dns-sd._udp.`);
/** What is answered here in any case, and never asked on the link: clients' questions about the zone's server. */
const SERVICES_OF_SERVERS = [
  '_dns-update',
  '_dns-llq',
  '_dns-push',
  '_dns-update-tls',
  '_dns-llq-tls',
  '_dns-push-tls',
];
const OWN_NAMES = [
  'dns.',
  ...BROWSING,
  ...REGISTERING,
  ...SERVICES_OF_SERVERS.flatMap((service) => [`${service}._udp.`, `${service}._tcp.`]),
];

/** What no name of a link has: nobody is handed a part of it (RFC 8766, section 6.3). */
const OF_ZONES: readonly number[] = [RecordType.SOA, RecordType.NS, RecordType.DS];
/** Programs look for them by themselves and obey what answers: on a link anyone may have such a name. */
const WITHHELD = ['wpad.', 'isatap.'];

/** A zone, and the names of the servers that answer for it; the first is the one that its SOA record tells. */
export interface ZoneApex {
  /** Lower case, fully qualified. */
  readonly zone: string;
  readonly nameServers: readonly string[];
}

/** Whether a link has no answer to a question for one of its names, whatever devices say. */
export function isWithheld({ name, type }: Query, zone: string): boolean {
  return (
    OF_ZONES.includes(type) ||
    WITHHELD.some((label) => name.length === label.length + zone.length && name.startsWith(label))
  );
}

/** The SOA record of a zone, with the serial 0 of a zone that nobody transfers (RFC 8766, section 6.1). */
export function authorityOf({ zone, nameServers }: ZoneApex): ResourceRecord {
  const data = soaData({
    primary: nameServers[0]!,
    mailbox: `hostmaster.${zone}`,
    serial: 0,
    refresh: 7200,
    retry: 3600,
    expire: 86_400,
    minimum: TTL,
  });
  return { name: zone, type: RecordType.SOA, class: RecordClass.IN, ttl: TTL, data };
}

/** The answer to what a zone knows of itself; undefined for names that the link is to be asked for. */
export function ownNames(query: Query, apex: ZoneApex, addresses: readonly LinkAddress[]): Reply | undefined {
  const { name } = query;
  const below = name.slice(0, name.length - apex.zone.length);
  if (below === '') return atApex(query, apex);
  if (below === 'ns.dns.') return answer(query, apex, serverAddresses(query, addresses));
  if (query.type === RecordType.PTR && BROWSING.includes(below)) return browsing(query, apex.zone);
  if (OWN_NAMES.includes(below) || isWithheld(query, apex.zone)) return answer(query, apex, []);
  return undefined;
}

/** Says that a zone is the one to browse. */
export function browsing(query: Query, zone: string): Reply {
  return answered(query, [nameToWire(zone)]);
}

function atApex(query: Query, apex: ZoneApex): Reply {
  if (query.type === RecordType.NS) return answer(query, apex, apex.nameServers.map(nameToWire));
  if (query.type !== RecordType.SOA) return answer(query, apex, []);
  return new Reply({ authoritative: true, answer: [authorityOf(apex)], source: 'mdns' });
}

function serverAddresses({ type }: Query, addresses: readonly LinkAddress[]): Uint8Array[] {
  const family = type === RecordType.A ? 4 : type === RecordType.AAAA ? 6 : 0;
  return addresses.flatMap((own) => {
    if (own.family !== family || own.address.startsWith('fe80:')) return [];
    return addressBytes(own.address) ?? [];
  });
}

function answer(query: Query, apex: ZoneApex, data: readonly Uint8Array[]): Reply {
  if (data.length > 0) return answered(query, data);
  return new Reply({ authoritative: true, authority: [authorityOf(apex)], source: 'mdns' });
}

function answered(query: Query, data: readonly Uint8Array[]): Reply {
  const fields = { name: query.originalName, type: query.type, class: RecordClass.IN, ttl: TTL };
  return new Reply({
    authoritative: true,
    answer: data.map((each) => ({ ...fields, data: each })),
    source: 'mdns',
  });
}
