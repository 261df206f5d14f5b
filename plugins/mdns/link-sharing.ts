import { hostname } from 'node:os';
import type { Logger } from '../../src/log/logger.ts';
import type { LinkService, ServiceListener } from '../../src/mdns/browsing/link-service.ts';
import { ServiceBrowser } from '../../src/mdns/browsing/service-browser.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { Publication, Published } from '../../src/mdns/responder/publication.ts';
import { firstLabelText } from '../../src/mdns/responder/service-label.ts';
import { pointerRecords } from '../../src/mdns/responder/service-records.ts';
import type { Shared } from '../../src/plugin/controller.ts';
import { recordText } from '../../src/wire/presentation.ts';
import { isLinkLocal } from './link-zone.ts';
import { fits } from './sharing-rule.ts';
import type { SharingRule } from './sharing-rule.ts';

/**
 * Hosts whose names never cross: what programs look for by themselves and obey, and this machine, which has that name
 * on the other link already.
 */
const UNSHARED = ['wpad', 'isatap', 'localhost', '_gateway', hostname().split('.', 1)[0]!.toLowerCase()];

/** The links that a rule joins. */
export interface JoinedLinks {
  /** After `load`. */
  engine(name: string): LinkEngine;
  release(name: string): void | Promise<void>;
}

/**
 * Has the services of one link that a rule allows announced on another, as they are: pointer, SRV, TXT and the
 * addresses of the host, and nothing else of the device. Records cross, packets never do; and what a gateway carried
 * to the first link does not cross again, so gateways cannot go in circles.
 */
export class LinkSharing implements Shared {
  readonly #links: JoinedLinks;
  readonly #names: readonly [from: string, to: string];
  readonly #rule: SharingRule;
  readonly #log: Logger;
  readonly #shown = new Map<string, Published>();
  #to: LinkEngine | undefined;
  #browser: ServiceBrowser | undefined;

  constructor(links: JoinedLinks, from: string, to: string, rule: SharingRule, log: Logger) {
    this.#links = links;
    this.#names = [from, to];
    this.#rule = rule;
    this.#log = log;
  }

  /** Begins, once: a configuration that takes it over begins nothing. */
  start(): void {
    if (this.#to !== undefined) return;
    const [from, to] = this.#names;
    this.#to = this.#links.engine(to);
    const listener: ServiceListener = {
      found: (service) => this.#show(service),
      changed: (service) => this.#show(service),
      lost: (service) => this.#hide(service),
    };
    this.#browser = new ServiceBrowser(
      this.#links.engine(from),
      this.#rule.type,
      listener,
      (pointer) => !pointer.isProxied,
    );
  }

  async close(): Promise<void> {
    this.#browser?.close();
    if (this.#to !== undefined) await Promise.all(this.#names.map(async (name) => this.#links.release(name)));
  }

  #allows({ name, host }: LinkService): boolean {
    const label = firstLabelText(host);
    if (UNSHARED.includes(label.toLowerCase())) return false;
    return fits(this.#rule.instance, firstLabelText(name)) && fits(this.#rule.host, label);
  }

  #show(service: LinkService): void {
    const publication = this.#allows(service) ? publicationOf(service, this.#rule.type) : undefined;
    const key = service.name.toLowerCase();
    const shown = this.#shown.get(key);
    if (publication === undefined) this.#hide(service);
    else if (shown !== undefined) shown.update(publication);
    else {
      const [from, to] = this.#names;
      const published = this.#to!.responder.publish(publication, {
        established: () => this.#log.debug(`${service.name} of ${from} is seen on ${to}`),
        conflict: ({ name, source, record }) => {
          // It is somebody else's there, or the device itself has moved: a gateway gives way, and renames nobody.
          this.#log.warning(
            `${name} of ${from} is not seen on ${to}: ${source.address} says ${recordText(record)}`,
          );
          return undefined;
        },
      });
      this.#shown.set(key, published);
    }
  }

  #hide({ name }: LinkService): void {
    const key = name.toLowerCase();
    this.#shown.get(key)?.close();
    this.#shown.delete(key);
  }
}

/**
 * Undefined: nobody on another link could reach it.
 * @param asked the type of the rule, perhaps with a subtype in front
 */
function publicationOf({ name, type, host, records }: LinkService, asked: string): Publication | undefined {
  const crossing = records.map(({ record }) => record).filter((record) => !isLinkLocal(record));
  if (!crossing.some((record) => record.name.toLowerCase() === host.toLowerCase())) return undefined;
  const unique = crossing.map((record) => (record.unique ? record : { ...record, unique: true }));
  const types = asked === type ? [type] : [type, asked];
  return {
    unique,
    shared: pointerRecords(
      name,
      types.map((each) => `${each}.local.`),
    ),
    isProxied: true,
  };
}
