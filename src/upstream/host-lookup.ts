import { RecordClass, RecordType } from '../wire/codes.ts';
import { addressText } from '../wire/address.ts';
import type { Message } from '../wire/message.ts';
import { nameInData } from '../wire/rdata.ts';

/** IPv4 or IPv6. */
export type AddressFamily = 4 | 6;

/** What a lookup found; no addresses: the name has none of this family. */
export interface FoundAddresses {
  /** IP addresses in text. */
  readonly addresses: readonly string[];
  /** Seconds for which this holds. */
  readonly ttl: number;
}

/** A way to learn the addresses of host names. */
export interface HostLookup {
  /**
   * @param host lower case, without the dot at the end
   * @throws Error (as a rejection) when nobody could say
   */
  lookUp(host: string, family: AddressFamily): Promise<FoundAddresses>;
  close(): void;
}

/** The type of the records that hold a family's addresses. */
export const addressType = { 4: RecordType.A, 6: RecordType.AAAA } as const;

/** Longer chains are cut off by resolvers too. */
const MAXIMUM_CHAIN = 16;

/**
 * The addresses that a reply has for a name, by CNAME too (RFC 1034, section 3.6.2), with the shortest TTL on the way.
 * @param name lower case, fully qualified
 */
export function addressesIn({ answer }: Message, name: string, family: AddressFamily): FoundAddresses {
  let owner = name;
  let ttl = Infinity;
  for (let link = 0; link <= MAXIMUM_CHAIN; link++) {
    const records = answer.filter(
      (record) => record.class === RecordClass.IN && record.name.toLowerCase() === owner,
    );
    const found = records.filter(({ type }) => type === addressType[family]);
    if (found.length > 0) {
      const addresses = new Set(found.map(({ data }) => addressText(data)).filter(isUsable));
      return { addresses: [...addresses], ttl: Math.min(ttl, ...found.map((record) => record.ttl)) };
    }
    const alias = records.find(({ type }) => type === RecordType.CNAME);
    if (alias === undefined) break;
    owner = nameInData(alias.data).toLowerCase();
    ttl = Math.min(ttl, alias.ttl);
  }
  return { addresses: [], ttl: 0 };
}

/** 0.0.0.0 and :: are what filters say in place of an address; an IPv4-mapped one is no place for an AAAA. */
function isUsable(address: string): boolean {
  return address !== '0.0.0.0' && address !== '::' && !address.startsWith('::ffff:');
}
