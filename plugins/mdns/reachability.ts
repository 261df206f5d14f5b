import type { CachedRecord } from '../../src/mdns/cached-record.ts';
import type { RecordCache } from '../../src/mdns/record-cache.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { isLinkLocal, targetOf } from './link-zone.ts';
import type { Lookup } from './lookup.ts';
import type { Lookups } from './lookups.ts';

const ADDRESSES = [RecordType.A, RecordType.AAAA];

/** Which services nobody off the link can reach: neither they nor pointers to them are told (RFC 8766, section 5.5.2). */
export class Reachability {
  readonly #cache: RecordCache;
  readonly #lookups: Lookups;

  constructor(cache: RecordCache, lookups: Lookups) {
    this.#cache = cache;
    this.#lookups = lookups;
  }

  /**
   * Look-ups of the addresses of hosts that records lead to and of which no address of use is known so far, though
   * others are. Mostly none.
   * @param patience milliseconds to wait for somebody
   */
  doubts(records: readonly CachedRecord[], patience: number): Lookup[] {
    const hosts = new Set<string>();
    for (const record of records) {
      for (const host of this.#hosts(record)) if (this.#isUseless(host)) hosts.add(host);
    }
    return [...hosts].flatMap((host) =>
      ADDRESSES.flatMap((type) => this.#lookups.ask(host, type, patience) ?? []),
    );
  }

  /** Whether a record leads to a host that may be reached, or is no such record. */
  isOfUse(record: CachedRecord): boolean {
    const hosts = this.#hosts(record);
    return hosts.length === 0 || hosts.some((host) => !this.#isUseless(host));
  }

  #hosts(record: CachedRecord): string[] {
    const { type } = record.record;
    if (type !== RecordType.SRV && type !== RecordType.PTR) return [];
    const target = targetOf(record.record)!;
    if (type === RecordType.SRV) return [target];
    return this.#cache.lookup(target, RecordType.SRV).flatMap((srv) => targetOf(srv.record) ?? []);
  }

  /** Whether it has addresses, and none but link-local ones. */
  #isUseless(host: string): boolean {
    let isKnown = false;
    for (const type of ADDRESSES) {
      for (const { record } of this.#cache.lookup(host, type)) {
        if (!isLinkLocal(record)) return false;
        isKnown = true;
      }
    }
    return isKnown;
  }
}
