import { RecordType } from '../../wire/codes.ts';
import { sameRecord } from '../cached-record.ts';
import type { CachedRecord } from '../cached-record.ts';
import type { LinkRecord } from '../message.ts';
import type { MulticastLink } from '../multicast-link.ts';
import type { RecordCache } from '../record-cache.ts';

/** What others say of that which we are about to say: where several gateways speak for one device, one word is enough. */
export class Hearsay {
  readonly #link: MulticastLink;
  readonly #cache: RecordCache;

  constructor(link: MulticastLink, cache: RecordCache) {
    this.#link = link;
    this.#cache = cache;
  }

  /** When somebody else last said the very same, which still holds; −∞ when nobody did. */
  when(record: LinkRecord): number {
    return this.#heard(record)?.heardAt ?? -Infinity;
  }

  /**
   * Whether another gateway says all of these, and nobody anything else of their names. Then it has probed for them,
   * and who speaks for the same device need not (RFC 6762, section 8.1).
   */
  vouchesFor(records: readonly LinkRecord[]): boolean {
    if (!records.every((record) => this.#heard(record)?.isProxied === true)) return false;
    return records.every(({ name }) =>
      this.#cache
        .lookupAll(name)
        .every(
          ({ record }) => record.type === RecordType.NSEC || records.some((own) => sameRecord(own, record)),
        ),
    );
  }

  #heard(record: LinkRecord): CachedRecord | undefined {
    const held = this.#cache
      .lookup(record.name, record.type)
      .find((other) => sameRecord(other.record, record));
    if (held === undefined || this.#link.isOwn(held.sender)) return undefined;
    // It was taken back, or somebody says otherwise: it is about to end.
    return held.expiresAt - held.heardAt < held.record.ttl * 1000 ? undefined : held;
  }
}
