import type { PortRecord } from './cluster-reader.ts';
import type { EndpointSliceInput } from './cluster-writer.ts';
import { isDnsLabel, isDnsLabels } from './dns-label.ts';
import type { IntakeFaults } from './intake-faults.ts';
import type { ServiceTable } from './service-table.ts';
import { insertByAge, removeByAge, StoredSlice } from './stored-slice.ts';
import { compactString } from './string-pool.ts';

/** Estimated, with its name, its key and its places in the tables. */
const BYTES_A_SLICE = 280;

/** EndpointSlices by `namespace/name` and by number, each with the Service that it names. */
export class SliceTable {
  readonly #services: ServiceTable;
  readonly #slices = new Map<string, StoredSlice>();
  readonly #byId: (StoredSlice | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #sequence = 0;

  constructor(services: ServiceTable) {
    this.#services = services;
  }

  get(key: string): StoredSlice | undefined {
    return this.#slices.get(key);
  }

  /** @param id of a slice that is there */
  byId(id: number): StoredSlice {
    return this.#byId[id]!;
  }

  /** A new slice that belongs to no Service yet. */
  create(key: string, ports: readonly PortRecord[]): StoredSlice {
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const slice = new StoredSlice(id, this.#sequence++, ports);
    this.#byId[id] = slice;
    this.#slices.set(compactString(key), slice);
    return slice;
  }

  /** Moves a slice to the Service called `serviceKey`, or to those that wait for it; '' is nobody. */
  attach(slice: StoredSlice, serviceKey: string): void {
    this.#detach(slice);
    if (serviceKey === '') return;
    slice.service = this.#services.get(serviceKey);
    slice.serviceKey = slice.service?.key ?? compactString(serviceKey);
    insertByAge(slice.service?.slices ?? this.#services.waiting(slice.serviceKey), slice);
  }

  /** @param slice whose rows are gone already */
  remove(key: string, slice: StoredSlice): void {
    this.#detach(slice);
    this.#slices.delete(key);
    this.#byId[slice.id] = undefined;
    this.#freeIds.push(slice.id);
  }

  /** Each by `namespace/name`, oldest first. */
  all(): Iterable<[key: string, slice: StoredSlice]> {
    return this.#slices.entries();
  }

  /** `namespace/name` of each. */
  keys(): Iterable<string> {
    return this.#slices.keys();
  }

  get count(): number {
    return this.#slices.size;
  }

  /** Estimated. */
  get bytes(): number {
    return this.#slices.size * BYTES_A_SLICE;
  }

  #detach(slice: StoredSlice): void {
    if (slice.serviceKey === '') return;
    if (slice.service !== undefined) removeByAge(slice.service.slices, slice);
    else {
      const waiting = this.#services.waiting(slice.serviceKey);
      removeByAge(waiting, slice);
      if (waiting.length === 0) this.#services.nobodyWaits(slice.serviceKey);
    }
    slice.service = undefined;
    slice.serviceKey = '';
  }
}

/** The key of the Service that a slice names; '' when it names none that could be. */
export function serviceKeyOf(input: EndpointSliceInput, namespace: string, faults: IntakeFaults): string {
  const service = input.service.toLowerCase();
  if (isDnsLabel(service)) return `${service}.${namespace}`;
  if (service !== '') faults.report('EndpointSlice', input, 'invalid service label', input.service);
  return '';
}

/** The cluster that a slice comes from, in lower case; '' when it names none that could be. */
export function clusterOf(input: EndpointSliceInput, faults: IntakeFaults): string {
  const cluster = input.cluster?.toLowerCase() ?? '';
  if (cluster === '' || isDnsLabels(cluster)) return cluster;
  faults.report('EndpointSlice', input, 'invalid cluster label', cluster);
  return '';
}
