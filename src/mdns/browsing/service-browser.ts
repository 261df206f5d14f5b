import { RecordType } from '../../wire/codes.ts';
import { nameInData } from '../../wire/rdata.ts';
import type { CachedRecord } from '../cached-record.ts';
import type { LinkEngine } from '../link-engine.ts';
import type { Subscription } from '../record-cache.ts';
import { InstanceFollower } from './instance-follower.ts';
import type { ServiceListener } from './link-service.ts';

const DOMAIN = '.local.';
/** The list of types (RFC 6763, section 9). */
const ALL_TYPES = '_services._dns-sd._udp.local.';

/** Types of a link that are followed: nobody needs more, and whoever lists more wants to be asked for them. */
const MOST_TYPES = 1000;

/** Which pointers are looked behind; left out: all. */
export type PointerFilter = (record: CachedRecord) => boolean;

/** Follows the services of one type on a link. */
export class ServiceBrowser {
  readonly #instances = new Map<string, InstanceFollower>();
  readonly #subscription: Subscription;

  /** @param type `_ipp._tcp`, with or without a subtype in front: `_color._sub._ipp._tcp` */
  constructor(
    engine: LinkEngine,
    type: string,
    listener: ServiceListener,
    filter: PointerFilter = () => true,
  ) {
    this.#subscription = engine.querier.subscribe(type + DOMAIN, RecordType.PTR, {
      appeared: (record) => {
        const name = nameInData(record.record.data);
        const key = name.toLowerCase();
        if (!filter(record) || this.#instances.has(key)) return;
        this.#instances.set(key, new InstanceFollower(engine, name, baseType(type), listener));
      },
      gone: ({ record }) => {
        const key = nameInData(record.data).toLowerCase();
        this.#instances.get(key)?.close();
        this.#instances.delete(key);
      },
    });
  }

  close(): void {
    this.#subscription.close();
    for (const instance of this.#instances.values()) instance.close();
    this.#instances.clear();
  }
}

/** Follows the services of all types that the devices on a link list. */
export class LinkBrowser {
  readonly #types = new Map<string, ServiceBrowser>();
  readonly #subscription: Subscription;

  constructor(engine: LinkEngine, listener: ServiceListener) {
    this.#subscription = engine.querier.subscribe(ALL_TYPES, RecordType.PTR, {
      appeared: ({ record }) => {
        const name = nameInData(record.data);
        const key = name.toLowerCase();
        if (!key.endsWith(DOMAIN) || this.#types.has(key) || this.#types.size >= MOST_TYPES) return;
        this.#types.set(key, new ServiceBrowser(engine, name.slice(0, -DOMAIN.length), listener));
      },
      // The list is forgetful: its services are gone when they say so themselves.
      gone: () => undefined,
    });
  }

  close(): void {
    this.#subscription.close();
    for (const browser of this.#types.values()) browser.close();
    this.#types.clear();
  }
}

function baseType(type: string): string {
  const at = type.indexOf('._sub.');
  return at < 0 ? type : type.slice(at + '._sub.'.length);
}
