import { isSubdomain } from '../../src/corefile/zone.ts';
import { isLinkLocal as isLinkLocalAddress } from '../../src/mdns/link-networks.ts';
import type { LinkRecord } from '../../src/mdns/message.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { MAXIMUM_NAME_BYTES, nameLength, nameToWire } from '../../src/wire/name.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { LOCAL } from './parse.ts';
import type { ZoneApex } from './zone-records.ts';

/** Longest time to live, in seconds, of what is told by unicast: nobody takes it back there (RFC 8766, 5.5.1). */
const LONGEST_TTL = 10;

/** `local.` on the wire. */
const LOCAL_BYTES = nameToWire(LOCAL).length;

/** Where a name stands in the data of types that devices use. */
const NAME_AT: ReadonlyMap<number, number> = new Map([
  [RecordType.PTR, 0],
  [RecordType.CNAME, 0],
  [RecordType.DNAME, 0],
  [RecordType.MX, 2],
  [RecordType.SRV, 6],
]);

/** The names of a link as those of a zone, both ways (RFC 8766, section 5.5). */
export class LinkZone implements ZoneApex {
  readonly zone: string;
  readonly nameServers: readonly string[];
  /** The zone on the wire. */
  readonly #end: Uint8Array;

  /**
   * @param zone lower case, fully qualified; `local.` for the link's own names
   * @param nameServers that answer for it, fully qualified; none: a name of its own
   */
  constructor(zone: string, nameServers: readonly string[] = []) {
    this.zone = zone;
    this.nameServers = nameServers.length > 0 ? nameServers : [`ns.dns.${zone}`];
    this.#end = nameToWire(zone);
  }

  /** The link's name for one in the zone, in its letter case; undefined: it would be too long, and nobody has it. */
  toLink(name: string): string | undefined {
    const linkName = name.slice(0, name.length - this.zone.length) + LOCAL;
    // Only where `local.` is the longer one.
    return this.#end.length >= LOCAL_BYTES || !isTooLong(linkName) ? linkName : undefined;
  }

  /** The zone's name for one of the link; names that are not the link's stay as they are. */
  toZone(name: string): string {
    if (!isSubdomain(LOCAL, name.toLowerCase())) return name;
    return name.slice(0, name.length - LOCAL.length) + this.zone;
  }

  /**
   * A record as the zone tells it; undefined for what is of use on the link alone, or too long for it.
   * @param seconds that it has to live
   */
  toRecord(record: LinkRecord, seconds: number): ResourceRecord | undefined {
    const { type } = record;
    if (type === RecordType.NSEC || isLinkLocal(record)) return undefined;
    const name = this.toZone(record.name);
    const data = this.#toData(record);
    if (data === undefined || isTooLong(name)) return undefined;
    return {
      name,
      type,
      class: RecordClass.IN,
      ttl: Math.min(seconds, LONGEST_TTL),
      data,
    };
  }

  #toData({ type, data }: LinkRecord): Uint8Array | undefined {
    const at = NAME_AT.get(type);
    if (at === undefined) return data;
    const name = nameInData(data, at);
    if (!isSubdomain(LOCAL, name.toLowerCase())) return data;
    const kept = data.subarray(0, data.length - LOCAL_BYTES);
    if (kept.length + this.#end.length - at > MAXIMUM_NAME_BYTES) return undefined;
    return new Uint8Array(Buffer.concat([kept, this.#end]));
  }
}

function isTooLong(name: string): boolean {
  return nameLength(name) > MAXIMUM_NAME_BYTES;
}

/** Whether it is an address that nobody off the link can use: it is not told there (RFC 8766, section 5.5.2). */
export function isLinkLocal({ type, data }: LinkRecord): boolean {
  return (type === RecordType.A || type === RecordType.AAAA) && isLinkLocalAddress(data);
}

/** The name that a record points to, where it does. */
export function targetOf({ type, data }: LinkRecord): string | undefined {
  const at = NAME_AT.get(type);
  return at === undefined ? undefined : nameInData(data, at);
}
