import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import { Reply } from '../../src/server/reply.ts';
import type { Query } from '../../src/server/query.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import { soaData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** Seconds that what the zone itself says may be kept. */
const TTL = 120;
/** Seconds that an answer without records may be kept: the same as of one with records (RFC 8766, section 6.1). */
const NEGATIVE_TTL = 10;

/** Where DNS-SD clients look for domains to browse (RFC 6763, section 11): all of them find the zone itself. */
const BROWSING = ['b', 'db', 'lb'];
/** What is answered here in any case, and never asked on the link: clients' questions about the zone's server. */
const ADMINISTRATIVE = ['r', 'dr'].map((label) => `${label}._dns-sd._udp.`);
const SERVICES_OF_SERVERS = [
  '_dns-update',
  '_dns-llq',
  '_dns-push',
  '_dns-update-tls',
  '_dns-llq-tls',
  '_dns-push-tls',
];
const SERVER_NAMES = SERVICES_OF_SERVERS.flatMap((service) => [`${service}._udp.`, `${service}._tcp.`]);

/** The SOA record of a zone, with the serial 0 of a zone that nobody transfers (RFC 8766, section 6.1). */
export function authorityOf(zone: string): ResourceRecord {
  const data = soaData({
    primary: `ns.dns.${zone}`,
    mailbox: `hostmaster.${zone}`,
    serial: 0,
    refresh: 7200,
    retry: 3600,
    expire: 86_400,
    minimum: NEGATIVE_TTL,
  });
  return { name: zone, type: RecordType.SOA, class: RecordClass.IN, ttl: NEGATIVE_TTL, data };
}

/** The answer to what a zone knows of itself; undefined for names that the link is to be asked for. */
export function ownNames(query: Query, zone: string, addresses: readonly LinkAddress[]): Reply | undefined {
  const { name } = query;
  const below = name.slice(0, name.length - zone.length);
  if (below === '') return apex(query, zone);
  if (below === 'ns.dns.') return answer(query, zone, serverAddresses(query, addresses));
  if (below === 'dns.') return answer(query, zone, []);
  if (BROWSING.some((label) => below === `${label}._dns-sd._udp.`)) return browsing(query, zone);
  if (ADMINISTRATIVE.includes(below) || SERVER_NAMES.includes(below)) return answer(query, zone, []);
  return undefined;
}

/** Says that the zone is the one to browse. */
export function browsing(query: Query, zone: string): Reply {
  return answer(query, zone, query.type === RecordType.PTR ? [nameToWire(zone)] : []);
}

function apex(query: Query, zone: string): Reply {
  if (query.type === RecordType.NS) return answer(query, zone, [nameToWire(`ns.dns.${zone}`)]);
  if (query.type !== RecordType.SOA) return answer(query, zone, []);
  return new Reply({ authoritative: true, answer: [authorityOf(zone)], source: 'mdns' });
}

function serverAddresses({ type }: Query, addresses: readonly LinkAddress[]): Uint8Array[] {
  const family = type === RecordType.A ? 4 : type === RecordType.AAAA ? 6 : 0;
  return addresses.flatMap((own) => {
    if (own.family !== family || own.address.startsWith('fe80:')) return [];
    return addressBytes(own.address) ?? [];
  });
}

function answer(query: Query, zone: string, data: readonly Uint8Array[]): Reply {
  if (data.length === 0)
    return new Reply({ authoritative: true, authority: [authorityOf(zone)], source: 'mdns' });
  const fields = { name: query.originalName, type: query.type, class: RecordClass.IN, ttl: TTL };
  return new Reply({
    authoritative: true,
    answer: data.map((each) => ({ ...fields, data: each })),
    source: 'mdns',
  });
}
