import type { Clock } from '../plugin/clock.ts';
import type { Shared } from '../plugin/controller.ts';
import { secureRandom, type Random } from '../plugin/random.ts';
import type { VersionCell, VersionCells } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import { AddressCells } from './address-cells.ts';
import { AnnouncedServices } from './announced-services.ts';
import { ClusterInventory } from './cluster-inventory.ts';
import type {
  ClusterReader,
  EndpointIndex,
  EndpointSliceRecord,
  PodRecord,
  ServiceRecord,
  SourceState,
} from './cluster-reader.ts';
import type { ClusterWriter, EndpointSliceInput, PodInput, ServiceInput } from './cluster-writer.ts';
import { CellChanges } from './cell-changes.ts';
import { isDnsLabel } from './dns-label.ts';
import { EndpointDraft } from './endpoint-draft.ts';
import { Field } from './endpoint-rows.ts';
import { EndpointTable } from './endpoint-table.ts';
import { IntakeFaults, type IntakeFault } from './intake-faults.ts';
import { NamespaceTable } from './namespace-table.ts';
import { PodTable } from './pod-table.ts';
import { PortLists } from './port-lists.ts';
import { ServiceTable } from './service-table.ts';
import { clusterOf, serviceKeyOf, SliceTable } from './slice-table.ts';
import type { StoredService } from './stored-service.ts';
import type { StoredSlice } from './stored-slice.ts';
import { compactString, StringPool } from './string-pool.ts';

export interface ClusterStoreOptions {
  readonly cells: VersionCells;
  readonly clock: Clock;
  /** Seeds the hashes of addresses and names; the operating system's when absent. */
  readonly random?: Random;
  /** Is told of everything that is left out because DNS cannot serve it. */
  readonly onFault?: (fault: IntakeFault) => void;
}

/**
 * The cluster's objects in the form in which DNS asks for them; built for 100,000 endpoints in 10,000 Services.
 *
 * All of it lives in the main thread. A change is made in one go and bumps its version cells when it is whole (see
 * `CellChanges`). Nothing on this thread reads in between, so an answer is made wholly before a change or wholly
 * after it; one from before noted the versions that are now past, and dies wherever it is kept.
 * Records and endpoint indexes are the store's own and change in place: do not hold them across an `await`.
 */
export class ClusterStore implements ClusterReader, ClusterWriter, Shared {
  readonly stateCell: VersionCell;
  readonly lastChangeCell: VersionCell;
  readonly serialCell: VersionCell | undefined;
  readonly namespacesCell: VersionCell;
  readonly faults: IntakeFaults;
  /** What is held, as a whole. */
  readonly inventory: ClusterInventory;
  /** Services that are to be announced on links. */
  readonly announced: AnnouncedServices;
  readonly #changes: CellChanges;
  readonly #clock: Clock;
  readonly #namespaces: NamespaceTable;
  readonly #services: ServiceTable;
  readonly #slices: SliceTable;
  readonly #strings: StringPool;
  readonly #ports: PortLists;
  readonly #pods: PodTable;
  readonly #endpoints: EndpointTable;
  readonly #draft: EndpointDraft;
  readonly #addressCells: AddressCells;
  #state: SourceState = 'syncing';
  #fromSnapshot = false;
  #lastChange = 0;
  #closed = false;

  constructor(options: ClusterStoreOptions) {
    const seed = (options.random ?? secureRandom()).below(2 ** 32);
    this.#strings = new StringPool(seed);
    this.#pods = new PodTable(this.#strings);
    this.#changes = new CellChanges(options.cells);
    this.#clock = options.clock;
    this.faults = new IntakeFaults(options.onFault);
    this.stateCell = options.cells.allocate();
    this.lastChangeCell = options.cells.allocate();
    this.serialCell = options.cells.allocateOwn();
    if (this.serialCell !== undefined) options.cells.tell(this.serialCell, 0);
    this.#namespaces = new NamespaceTable(this.#changes);
    this.namespacesCell = this.#namespaces.cell;
    this.#services = new ServiceTable(this.#changes, this.#namespaces);
    this.#slices = new SliceTable(this.#services);
    this.#addressCells = new AddressCells(this.#changes, seed);
    this.#ports = new PortLists(this.faults);
    this.#endpoints = new EndpointTable(this.#strings, seed);
    this.#draft = new EndpointDraft(this.#strings, this.faults);
    this.announced = new AnnouncedServices(this.#endpoints);
    this.inventory = new ClusterInventory({
      namespaces: this.#namespaces,
      services: this.#services,
      slices: this.#slices,
      endpoints: this.#endpoints,
      pods: this.#pods,
      strings: this.#strings,
      ports: this.#ports,
      changes: this.#changes,
      announced: this.announced,
    });
  }

  get state(): SourceState {
    return this.#state;
  }

  get fromSnapshot(): boolean {
    return this.#fromSnapshot;
  }

  get lastChange(): number {
    return this.#lastChange;
  }

  namespaceExists(namespace: string): boolean {
    return this.#namespaces.exists(namespace);
  }

  membershipCell(namespace: string): VersionCell {
    return this.#namespaces.membershipCell(namespace);
  }

  service(key: string): ServiceRecord | undefined {
    return this.#services.get(key);
  }

  services(): Iterable<ServiceRecord> {
    return this.#services.all();
  }

  servicesAt(address: Uint8Array): readonly ServiceRecord[] {
    return this.#services.at(address);
  }

  endpointsAt(address: Uint8Array): readonly EndpointIndex[] {
    const found = this.#endpoints.find(address);
    if (found.length < 2) return found;
    return found.sort((a, b) => this.#sliceAt(a).sequence - this.#sliceAt(b).sequence || a - b);
  }

  addressCell(address: Uint8Array): VersionCell {
    return this.#addressCells.of(address);
  }

  podsAt(address: string): readonly PodRecord[] {
    return this.#pods.at(address);
  }

  endpointAddress(endpoint: EndpointIndex): Uint8Array {
    return this.#endpoints.address(endpoint);
  }

  endpointAddressText(endpoint: EndpointIndex): string {
    return this.#endpoints.addressText(endpoint);
  }

  endpointHostname(endpoint: EndpointIndex): string {
    return this.#endpoints.string(endpoint, Field.hostname);
  }

  endpointTargetName(endpoint: EndpointIndex): string {
    return this.#endpoints.string(endpoint, Field.targetName);
  }

  endpointZone(endpoint: EndpointIndex): string {
    return this.#endpoints.string(endpoint, Field.zone);
  }

  endpointNode(endpoint: EndpointIndex): string {
    return this.#endpoints.string(endpoint, Field.node);
  }

  sliceOf(endpoint: EndpointIndex): EndpointSliceRecord {
    return this.#sliceAt(endpoint);
  }

  putNamespace(name: string): void {
    const namespace = name.toLowerCase();
    if (!isDnsLabel(namespace))
      this.faults.report('Namespace', { namespace: '', name }, 'invalid name', name);
    else if (this.#namespaces.setExists(namespace, true)) this.#commit(true);
  }

  removeNamespace(name: string): void {
    if (this.#namespaces.setExists(name.toLowerCase(), false)) this.#commit(true);
  }

  putService(input: ServiceInput): void {
    const namespace = input.namespace.toLowerCase();
    const name = input.name.toLowerCase();
    if (!isDnsLabel(namespace) || !isDnsLabel(name)) {
      this.faults.report('Service', input, 'invalid name', input.name);
      return;
    }
    const key = `${name}.${namespace}`;
    const held = this.#services.get(key);
    const service = held ?? this.#services.create(key, name, namespace);
    const change = this.#services.update(service, input, this.#ports, this.faults);
    this.announced.put(service, input, this.faults);
    if (held === undefined) this.#touchEndpointsOf(service);
    else if (change.any) this.#changes.touch(service.cell);
    for (const address of change.addresses) this.#changes.touch(this.#addressCells.of(address));
    this.#commit(held === undefined || change.inSerial);
  }

  removeService(namespace: string, name: string): void {
    const service = this.#services.get(`${name}.${namespace}`.toLowerCase());
    if (service === undefined) return;
    for (const address of service.clusterAddresses) this.#changes.touch(this.#addressCells.of(address));
    this.#touchEndpointsOf(service);
    this.#ports.release(service.ports);
    this.announced.remove(service);
    this.#services.remove(service);
    this.#commit(true);
  }

  putEndpointSlice(input: EndpointSliceInput): void {
    const namespace = input.namespace.toLowerCase();
    if (!isDnsLabel(namespace)) {
      this.faults.report('EndpointSlice', input, 'invalid name', input.namespace);
      return;
    }
    this.#draft.fill(input);
    const serviceKey = serviceKeyOf(input, namespace, this.faults);
    const cluster = clusterOf(input, this.faults);
    const ports = this.#ports.take('EndpointSlice', input);
    const key = `${namespace}/${input.name.toLowerCase()}`;
    const held = this.#slices.get(key);
    const slice = held ?? this.#slices.create(key, ports);
    const difference = this.#endpoints.difference(slice, this.#draft);
    const moved = held === undefined || slice.serviceKey !== serviceKey || slice.cluster !== cluster;
    const samePorts = slice.ports === ports;
    if (held !== undefined) this.#ports.release(samePorts ? ports : slice.ports);
    if (difference.same && samePorts && !moved) {
      this.#draft.drop();
      return;
    }
    const before = moved ? 0 : difference.before;
    const after = moved ? 0 : difference.after;
    this.#touchService(slice.service);
    this.#touchRows(slice, before, after);
    if (difference.same) this.#draft.drop();
    else this.#endpoints.replace(slice, this.#draft);
    slice.ports = ports;
    if (slice.cluster !== cluster) slice.cluster = compactString(cluster);
    if (moved) this.#slices.attach(slice, serviceKey);
    this.#touchService(slice.service);
    this.#touchRows(slice, before, after);
    this.#commit(moved || !samePorts || difference.inSerial);
  }

  removeEndpointSlice(namespace: string, name: string): void {
    const key = `${namespace}/${name}`.toLowerCase();
    const slice = this.#slices.get(key);
    if (slice === undefined) return;
    this.#touchService(slice.service);
    this.#touchRows(slice, 0, 0);
    this.#endpoints.remove(slice);
    this.#ports.release(slice.ports);
    this.#slices.remove(key, slice);
    this.#commit(true);
  }

  putPod(input: PodInput): void {
    const namespace = input.namespace.toLowerCase();
    if (!isDnsLabel(namespace)) {
      this.faults.report('Pod', input, 'invalid name', input.namespace);
      return;
    }
    const address = addressBytes(input.address) === undefined ? '' : input.address;
    if (address !== input.address) this.faults.report('Pod', input, 'invalid address', input.address);
    const before = this.#pods.put(namespace, input.name.toLowerCase(), address);
    if (before === address) return;
    this.#touchAddressText(before ?? '');
    this.#touchAddressText(address);
    this.#commit(true);
  }

  removePod(namespace: string, name: string): void {
    const before = this.#pods.remove(namespace.toLowerCase(), name.toLowerCase());
    if (before === undefined) return;
    this.#touchAddressText(before);
    this.#commit(true);
  }

  /** @param fromSnapshot of something stale: see `ClusterReader`; once told it holds for as long as that state does */
  setState(state: SourceState, fromSnapshot = state === 'stale' && this.#fromSnapshot): void {
    if (state === this.#state && fromSnapshot === this.#fromSnapshot) return;
    this.#state = state;
    this.#fromSnapshot = fromSnapshot;
    this.#changes.touch(this.stateCell);
    this.#commit(false);
  }

  /** Gives all cells back; every answer that was made from this store dies. The store is not to be used again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#services.releaseCells();
    this.#namespaces.releaseCells();
    this.#addressCells.releaseCells();
    const own = [this.stateCell, this.lastChangeCell, this.serialCell];
    for (const cell of own) if (cell !== undefined) this.#changes.release(cell);
    this.#changes.commit();
  }

  #sliceAt(endpoint: EndpointIndex): StoredSlice {
    return this.#slices.byId(this.#endpoints.ownerOf(endpoint));
  }

  /** Notes the service's cell; it covers its slices. */
  #touchService(service: StoredService | undefined): void {
    if (service !== undefined) this.#changes.touch(service.cell);
    this.announced.touch(service);
  }

  /** Notes the addresses of all endpoints of a Service: whose they are is part of what an address tells. */
  #touchEndpointsOf(service: StoredService): void {
    for (const slice of service.slices) this.#touchRows(slice, 0, 0);
  }

  #touchRows(slice: StoredSlice, before: number, after: number): void {
    const end = slice.first + slice.count - after;
    for (let row = slice.first + before; row < end; row++) {
      this.#changes.touch(this.#addressCells.ofHash(this.#endpoints.hashOf(row)));
    }
  }

  #touchAddressText(address: string): void {
    const bytes = addressBytes(address);
    if (bytes !== undefined) this.#changes.touch(this.#addressCells.of(bytes));
  }

  /** Ends a change. @param inSerial whether the serial counts it; it is a time, and never goes back with the clock */
  #commit(inSerial: boolean): void {
    const seconds = inSerial ? Math.floor(this.#clock.now() / 1000) : 0;
    if (seconds > this.#lastChange) {
      this.#lastChange = seconds;
      this.#changes.touch(this.lastChangeCell);
      if (this.serialCell !== undefined) this.#changes.cells.tell(this.serialCell, seconds);
    }
    this.#changes.commit();
  }
}
