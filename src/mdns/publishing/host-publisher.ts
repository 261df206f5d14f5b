import type { LinkEngine } from '../link-engine.ts';
import type { Publication, Published } from '../responder/publication.ts';
import type { Subscription } from '../record-cache.ts';
import { labelFromText, nextHost } from '../responder/service-label.ts';
import { hostRecords, reverseRecords } from '../responder/service-records.ts';

/** This machine's name on a link, with its addresses there, whichever they are at a time. */
export class HostPublisher {
  readonly #engine: LinkEngine;
  readonly #renamed: (name: string) => void;
  readonly #published: Published;
  readonly #following: Subscription;
  #label: string;

  /**
   * @param label that is wanted: the first label of the machine's own name
   * @param renamed is told the full name that was claimed instead, because another host has the first
   */
  constructor(engine: LinkEngine, label: string, renamed: (name: string) => void) {
    this.#engine = engine;
    this.#label = label;
    this.#renamed = renamed;
    this.#published = engine.responder.publish(this.#publication(), {
      established: () => undefined,
      conflict: () => this.#rename(),
    });
    this.#following = engine.followAddresses(() => this.#published.update(this.#publication()));
  }

  /** The full name: `gateway.local.`. */
  get name(): string {
    return `${labelFromText(this.#label)}.local.`;
  }

  /** Says goodbye. */
  close(): void {
    this.#following.close();
    this.#published.close();
  }

  #publication(): Publication {
    const { link } = this.#engine;
    const addresses = link.addresses.map(({ address }) => address);
    return {
      unique: hostRecords(this.name, addresses),
      // The addresses have one name for all: that of the machine's other responder, where there is one, which would
      // take ours for a conflict over its own and rename the machine.
      shared: link.isShared ? [] : reverseRecords(this.name, addresses),
      isProxied: false,
    };
  }

  #rename(): Publication {
    this.#label = nextHost(this.#label);
    this.#renamed(this.name);
    return this.#publication();
  }
}
