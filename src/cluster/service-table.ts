import type { CellChanges } from './cell-changes.ts';
import type { ServiceInput } from './cluster-writer.ts';
import type { IntakeFaults } from './intake-faults.ts';
import { MultiMap } from './multi-map.ts';
import type { NamespaceTable } from './namespace-table.ts';
import type { PortLists } from './port-lists.ts';
import { sameAddresses, sameContent, serviceContent, StoredService } from './stored-service.ts';
import type { StoredSlice } from './stored-slice.ts';

/** Estimated, with its names, its key, its lists and its places in the tables; its ports are shared. */
const BYTES_A_SERVICE = 500;

/** What an update of a Service changed. */
export interface ServiceChange {
  readonly any: boolean;
  /** Kind, external name or ports: what the serial counts as a change. */
  readonly inSerial: boolean;
  /** Cluster IPs that it had, then those that it has, if they differ. */
  readonly addresses: readonly Uint8Array[];
}

const NO_ADDRESSES: readonly Uint8Array[] = [];
const UNCHANGED: ServiceChange = { any: false, inSerial: false, addresses: NO_ADDRESSES };

/** Services by `service.namespace` and by cluster IP, and the slices that wait for a Service that is not there. */
export class ServiceTable {
  readonly #changes: CellChanges;
  readonly #namespaces: NamespaceTable;
  readonly #services = new Map<string, StoredService>();
  /** By the bytes of the cluster IP, each a character. */
  readonly #byAddress = new MultiMap<string, StoredService>();
  readonly #waiting = new Map<string, StoredSlice[]>();
  #sequence = 0;

  constructor(changes: CellChanges, namespaces: NamespaceTable) {
    this.#changes = changes;
    this.#namespaces = namespaces;
  }

  get(key: string): StoredService | undefined {
    return this.#services.get(key);
  }

  all(): Iterable<StoredService> {
    return this.#services.values();
  }

  /** Oldest first. */
  at(address: Uint8Array): readonly StoredService[] {
    const found = this.#byAddress.get(addressKey(address));
    return found.length < 2 ? found : found.toSorted((a, b) => a.sequence - b.sequence);
  }

  /**
   * A new Service, without content yet, with the slices that have waited for it.
   * @param key `service.namespace`
   */
  create(key: string, name: string, namespace: string): StoredService {
    const home = this.#namespaces.known(namespace);
    const cell = this.#changes.cells.allocate();
    const slices = this.#waiting.get(key);
    const service = new StoredService(key, name, home.name, cell, this.#sequence++, slices);
    if (slices !== undefined) {
      this.#waiting.delete(key);
      for (const slice of slices) slice.service = service;
    }
    this.#services.set(service.key, service);
    this.#namespaces.addService(home, service);
    return service;
  }

  /** Gives a Service the content of `input`. Bumps nothing. */
  update(
    service: StoredService,
    input: ServiceInput,
    portLists: PortLists,
    faults: IntakeFaults,
  ): ServiceChange {
    const content = serviceContent(input, faults);
    const ports = portLists.take('Service', input);
    portLists.release(service.ports);
    const samePorts = service.ports === ports;
    if (samePorts && sameContent(service, content)) return UNCHANGED;
    // Services turn headless only where people write them; ServiceImports do at will.
    const samePlan = service.kind === content.kind && service.externalName === content.externalName;
    const inSerial = !samePorts || !samePlan;
    const before = service.clusterAddresses;
    const moved = !sameAddresses(before, content.clusterAddresses);
    if (moved) for (const address of before) this.#byAddress.delete(addressKey(address), service);
    service.ports = ports;
    service.kind = content.kind;
    service.clusterAddresses = content.clusterAddresses;
    service.externalName = content.externalName;
    service.externalAddresses = content.externalAddresses;
    if (!moved) return { any: true, inSerial, addresses: NO_ADDRESSES };
    for (const address of content.clusterAddresses) this.#byAddress.add(addressKey(address), service);
    return { any: true, inSerial, addresses: [...before, ...content.clusterAddresses] };
  }

  /** Takes a Service away; its slices wait for one of the same name. */
  remove(service: StoredService): void {
    for (const address of service.clusterAddresses) this.#byAddress.delete(addressKey(address), service);
    this.#services.delete(service.key);
    if (service.slices.length > 0) this.#waiting.set(service.key, service.slices);
    for (const slice of service.slices) slice.service = undefined;
    service.slices = [];
    this.#namespaces.removeService(service);
    this.#changes.release(service.cell);
  }

  /** The slices that name a Service which is not there, oldest first; an empty list is kept for whoever adds. */
  waiting(key: string): StoredSlice[] {
    const held = this.#waiting.get(key);
    if (held !== undefined) return held;
    const slices: StoredSlice[] = [];
    this.#waiting.set(key, slices);
    return slices;
  }

  nobodyWaits(key: string): void {
    this.#waiting.delete(key);
  }

  releaseCells(): void {
    for (const service of this.#services.values()) this.#changes.release(service.cell);
  }

  /** `namespace/name` of each. */
  *keys(): Iterable<string> {
    for (const { namespace, name } of this.#services.values()) yield `${namespace}/${name}`;
  }

  get count(): number {
    return this.#services.size;
  }

  /** Estimated. */
  get bytes(): number {
    return this.#services.size * BYTES_A_SERVICE;
  }
}

function addressKey(address: Uint8Array): string {
  if (address.length === 4) return String.fromCharCode(address[0]!, address[1]!, address[2]!, address[3]!);
  let key = '';
  for (const byte of address) key += String.fromCharCode(byte);
  return key;
}
