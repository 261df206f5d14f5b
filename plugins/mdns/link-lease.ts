import { isLinkLocal } from '../../src/mdns/link-networks.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import type { Collector, MetricRegistry } from '../../src/metrics/registry.ts';
import type { LeasePart, Leases } from '../../src/plugin/capability.ts';
import type { Clock, Timer } from '../../src/plugin/clock.ts';
import { addressBytes } from '../../src/wire/address.ts';

/** What the lease of a link is made with. */
export interface LinkLeaseParts {
  readonly engine: LinkEngine;
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  /** The id that siblings know us by. */
  readonly id: string;
  /** The name of the cluster's node that this is. */
  readonly node: string;
  /** Whether others announce what we would: a free lease is theirs first. */
  isAside(): boolean;
  /** Who comes first is known by now, or will not be for a while. */
  settled(): void;
}

/** Milliseconds for which the API server's first word on a lease is waited for. */
const FIRST_WORD = 300;
/** What siblings have for an id. */
const ID = /^[0-9a-f]{2,64}$/;

/** Which instance comes first on a link, by a lease of the cluster: while there is one, and the link is up. */
export class LinkLease {
  readonly #parts: LinkLeaseParts;
  #leases: Leases | undefined;
  #name: string | undefined;
  #part: LeasePart | undefined;
  #waiting: Timer | undefined;
  #collector: Collector | undefined;

  constructor(parts: LinkLeaseParts) {
    this.#parts = parts;
  }

  /** The id of the instance that comes first; undefined: nobody does, or that is not known. */
  get first(): string | undefined {
    const holder = this.#part?.holder ?? '';
    const id = holder.slice(holder.lastIndexOf('_') + 1);
    return ID.test(id) ? id : undefined;
  }

  /** The first word of the API server is still waited for. */
  get isPending(): boolean {
    return this.#waiting !== undefined;
  }

  /** Takes part in a lease of these from now on; undefined: of none. Those of before leave it to them. */
  use(leases: Leases | undefined): void {
    if (leases === this.#leases) return;
    if (leases === undefined) void this.close();
    else {
      this.#part?.leave();
      this.#forget();
      this.#leases = leases;
      this.#show();
      this.refresh();
    }
  }

  /** Our addresses on the link may be others, and with them the lease. */
  refresh(): void {
    const { engine, node, id, clock } = this.#parts;
    if (this.#leases === undefined) return;
    const name = leaseName(engine.link.name, engine.link.addresses);
    if (name === this.#name) return;
    void this.#part?.close();
    this.#forget();
    if (name === undefined) return;
    this.#name = name;
    // The word may come before `join` has returned.
    this.#waiting = clock.after(FIRST_WORD, () => this.#settle());
    this.#part = this.#leases.join({
      name,
      holder: `${node}_${id}`,
      isAside: () => this.#parts.isAside(),
      heard: () => this.#settle(),
    });
  }

  /** Gives up what is held. */
  async close(): Promise<void> {
    const part = this.#part;
    this.#leases = undefined;
    this.#forget();
    if (this.#collector !== undefined) {
      this.#collector.remove();
      this.#collector = undefined;
      this.#gauge().remove(this.#parts.engine.link.name);
    }
    await part?.close();
  }

  #forget(): void {
    this.#part = undefined;
    this.#name = undefined;
    this.#waiting?.cancel();
    this.#waiting = undefined;
  }

  #settle(): void {
    if (this.#waiting === undefined) return;
    this.#waiting.cancel();
    this.#waiting = undefined;
    this.#parts.settled();
  }

  #show(): void {
    const cell = this.#gauge().cell(this.#parts.engine.link.name);
    this.#collector ??= this.#parts.metrics.onCollect(() => {
      cell.value = this.first === this.#parts.id ? 1 : 0;
    });
  }

  #gauge(): ReturnType<MetricRegistry['gauge']> {
    return this.#parts.metrics.gauge({
      name: 'signpost_mdns_lease_held',
      help: 'Whether this instance holds the lease of the link: 1 or 0.',
      labels: ['link'],
    });
  }
}

/**
 * The lease that all instances on a link agree in: `signpost-mdns-192-168-1-0-24`, after its network of IPv4; after the
 * interface where it has none. Undefined while the link is down.
 */
export function leaseName(link: string, addresses: readonly LinkAddress[]): string | undefined {
  if (addresses.length === 0) return undefined;
  const networks = addresses.flatMap(
    ({ address, prefix }) => networkText(addressBytes(address), prefix) ?? [],
  );
  // Of several it is the same one for all, in whatever order they have them.
  const [network = link.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')] = networks.sort();
  return `signpost-mdns-${network}`.replace(/-+$/, '');
}

/** `192-168-1-0-24`; undefined for IPv6, and for what every link has. */
function networkText(address: Uint8Array | undefined, prefix: number): string | undefined {
  if (address?.length !== 4 || isLinkLocal(address)) return undefined;
  const bytes = Array.from(address, (byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & ~(0xff >> bits);
  });
  return [...bytes, prefix].join('-');
}
