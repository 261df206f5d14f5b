import type { Logger } from '../../src/log/logger.ts';
import type { MetricRegistry } from '../../src/metrics/registry.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { Subscription } from '../../src/mdns/record-cache.ts';
import { ElectedService } from '../../src/mdns/siblings/elected-service.ts';
import type { ElectedContent } from '../../src/mdns/siblings/elected-service.ts';
import { Siblings } from '../../src/mdns/siblings/siblings.ts';
import type { AnnouncedService, Leases, ServiceAnnouncements } from '../../src/plugin/capability.ts';
import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Shared } from '../../src/plugin/controller.ts';
import { recordText } from '../../src/wire/presentation.ts';
import { announcedPlace } from './announced-place.ts';
import type { ChosenNames } from './chosen-names.ts';
import { LinkLease } from './link-lease.ts';
import type { JoinedLinks } from './link-sharing.ts';

/** What an announcer works with. */
export interface AnnouncerParts {
  readonly links: JoinedLinks;
  /** The name of the cluster's node that this is. */
  readonly node: string;
  readonly names: ChosenNames;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

/** Milliseconds for which changes of Services are gathered. */
const GATHERING = 20;
const LONGEST_LABEL = 63;

/** The Services of clusters that are announced on one link, over reloads: nobody there is to see one. */
export class LinkAnnouncer implements Shared {
  readonly #parts: AnnouncerParts;
  readonly #link: string;
  readonly #announced = new Map<string, ElectedService>();
  #engine: LinkEngine | undefined;
  #siblings: Siblings | undefined;
  #lease: LinkLease | undefined;
  #following: Subscription | undefined;
  #sources: readonly ServiceAnnouncements[] = [];
  #gathering: Timer | undefined;

  constructor(link: string, parts: AnnouncerParts) {
    this.#link = link;
    this.#parts = parts;
  }

  /**
   * Announces what these want to have announced, in place of those that were there before. Returns what ends it, where
   * no others have come in between.
   * @param leases by which instances agree who comes first; undefined: there are none
   */
  attach(sources: readonly ServiceAnnouncements[], leases?: Leases): () => void {
    this.#open().use(leases);
    this.#sources = sources;
    const ends = sources.map((source) => source.follow(() => this.#later()));
    this.#later();
    return () => {
      for (const end of ends) end();
      if (this.#sources !== sources) return;
      this.#sources = [];
      this.#later();
    };
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    this.#gathering?.cancel();
    this.#following?.close();
    for (const service of this.#announced.values()) service.close();
    this.#announced.clear();
    this.#siblings?.close();
    if (this.#engine === undefined) return;
    await Promise.all([this.#lease?.close(), this.#parts.links.release(this.#link)]);
  }

  #open(): LinkLease {
    if (this.#lease !== undefined) return this.#lease;
    const { links, clock, metrics, node } = this.#parts;
    const engine = links.engine(this.#link);
    const siblings = new Siblings(engine, clock);
    const lease = new LinkLease({
      engine,
      clock,
      metrics,
      id: siblings.id,
      node,
      isAside: () => this.#isAside,
      settled: () => this.#later(),
    });
    siblings.first = () => lease.first;
    this.#following = engine.followAddresses(() => {
      lease.refresh();
      this.#later();
    });
    this.#engine = engine;
    this.#siblings = siblings;
    this.#lease = lease;
    return lease;
  }

  /** There is something to announce, and others do it, or nobody yet. */
  get #isAside(): boolean {
    const services = [...this.#announced.values()];
    return services.length > 0 && services.every(({ isAnnounced }) => !isAnnounced);
  }

  #later(): void {
    this.#gathering ??= this.#parts.clock.after(GATHERING, () => {
      this.#gathering = undefined;
      // Who comes first is asked before anything is said; what was said before goes on.
      if (!this.#lease!.isPending) this.#refresh();
    });
  }

  #refresh(): void {
    const wanted = new Map<string, AnnouncedService>();
    for (const service of this.#sources.flatMap((source) => source.list()))
      wanted.set(keyOf(service), service);
    const contents = new Map<string, ElectedContent>();
    for (const [key, service] of wanted) {
      const content = this.#contentOf(service);
      if (content !== undefined) contents.set(key, content);
    }
    for (const [key, elected] of this.#announced) {
      if (contents.has(key)) continue;
      this.#announced.delete(key);
      elected.close();
    }
    // In the order of their names: of two that want the same, all siblings give it to the same one.
    for (const key of [...contents.keys()].sort()) this.#announce(key, wanted.get(key)!, contents.get(key)!);
  }

  #announce(key: string, service: AnnouncedService, content: ElectedContent): void {
    const held = this.#announced.get(key);
    if (held !== undefined) {
      held.update(content);
      return;
    }
    const { names, log } = this.#parts;
    const title = `${service.namespace}/${service.name}`;
    const chosen = `${this.#link} ${key}`;
    const wish = { instance: names.get(chosen) ?? service.instance, host: hostLabel(service) };
    const elected = new ElectedService(this.#engine!, this.#siblings!, wish, content, {
      announced: (instance) => {
        names.set(chosen, instance === service.instance ? undefined : instance);
        log.info(`Service ${title} is announced on ${this.#link} as '${instance}' (${service.type})`);
      },
      renamed: (instance, { name, source, record }) => {
        const theirs = `${source.address} says ${recordText(record)}`;
        log.warning(`${name} on ${this.#link} is another's: Service ${title} tries '${instance}': ${theirs}`);
      },
      standsBy: (sibling) => {
        const address = this.#siblings!.addressOf(sibling) ?? 'no known address';
        log.info(`Service ${title} is announced on ${this.#link} by another instance, at ${address}`);
      },
    });
    this.#announced.set(key, elected);
  }

  #contentOf(service: AnnouncedService): ElectedContent | undefined {
    const place = announcedPlace(service, this.#engine!.addresses, this.#parts.node);
    return place && { ...place, type: service.type, txt: service.txt };
  }
}

/** Another type or another wanted name is another thing on the link. */
function keyOf({ namespace, name, type, instance }: AnnouncedService): string {
  return `${namespace}/${name} ${type} ${instance}`;
}

/** The host that stands for a Service on a link: the same on all siblings, and for nothing else. */
function hostLabel({ namespace, name }: AnnouncedService): string {
  return `${name}-${namespace}`.slice(0, LONGEST_LABEL).replace(/-+$/, '');
}
