import { isSubdomain } from '../../src/corefile/zone.ts';
import { isLinkLocal as isLinkLocalAddress } from '../../src/mdns/link-networks.ts';
import type { LinkRecord } from '../../src/mdns/message.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { LOCAL } from './parse.ts';

/** Longest time to live, in seconds, of what is told by unicast: nobody takes it back there (RFC 8766, 5.5.1). */
const LONGEST_TTL = 10;

/** Where a name stands in the data of types that devices use. */
const NAME_AT: ReadonlyMap<number, number> = new Map([
  [RecordType.PTR, 0],
  [RecordType.CNAME, 0],
  [RecordType.SRV, 6],
]);

/** The names of a link as those of a zone, both ways (RFC 8766, section 5.5). */
export class LinkZone {
  readonly zone: string;

  /** @param zone lower case, fully qualified; `local.` for the link's own names */
  constructor(zone: string) {
    this.zone = zone;
  }

  /** The link's name for one in the zone, in its letter case. */
  toLink(name: string): string {
    return name.slice(0, name.length - this.zone.length) + LOCAL;
  }

  /** The zone's name for one of the link; names that are not the link's stay as they are. */
  toZone(name: string): string {
    if (!isSubdomain(LOCAL, name.toLowerCase())) return name;
    return name.slice(0, name.length - LOCAL.length) + this.zone;
  }

  /**
   * A record as the zone tells it; undefined for what is of use on the link alone.
   * @param seconds that it has to live
   */
  toRecord(record: LinkRecord, seconds: number): ResourceRecord | undefined {
    const { type, data } = record;
    if (type === RecordType.NSEC || isLinkLocal(record)) return undefined;
    return {
      name: this.toZone(record.name),
      type,
      class: RecordClass.IN,
      ttl: Math.min(seconds, LONGEST_TTL),
      data: this.#toData(type, data),
    };
  }

  #toData(type: number, data: Uint8Array): Uint8Array {
    const at = NAME_AT.get(type);
    if (at === undefined) return data;
    const name = nameInData(data, at);
    const shown = this.toZone(name);
    return shown === name ? data : new Uint8Array(Buffer.concat([data.subarray(0, at), nameToWire(shown)]));
  }
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
