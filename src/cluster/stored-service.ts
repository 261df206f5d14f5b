import type { VersionCell } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import type { PortRecord, ServiceRecord } from './cluster-reader.ts';
import type { ServiceInput } from './cluster-writer.ts';
import type { IntakeFaults } from './intake-faults.ts';
import { compactString } from './string-pool.ts';
import type { StoredSlice } from './stored-slice.ts';

const NO_ADDRESSES: readonly Uint8Array[] = [];
const NO_STRINGS: readonly string[] = [];
const NO_PORTS: readonly PortRecord[] = [];

/** A Service of the store; only the store writes to it. */
export class StoredService implements ServiceRecord {
  readonly name: string;
  readonly namespace: string;
  readonly key: string;
  readonly cell: VersionCell;
  /** Grows with every new Service: the lower, the older. */
  readonly sequence: number;
  kind: ServiceRecord['kind'] = 'cluster';
  clusterAddresses: readonly Uint8Array[] = NO_ADDRESSES;
  externalName = '';
  ports: readonly PortRecord[] = NO_PORTS;
  externalAddresses: readonly string[] = NO_STRINGS;
  slices: StoredSlice[];

  constructor(
    key: string,
    name: string,
    namespace: string,
    cell: VersionCell,
    sequence: number,
    slices: StoredSlice[] = [],
  ) {
    this.name = compactString(name);
    this.namespace = namespace;
    this.key = compactString(key);
    this.cell = cell;
    this.sequence = sequence;
    this.slices = slices;
  }
}

/** The fields of a Service that follow from what was written, its ports apart. */
export type ServiceContent = Pick<
  StoredService,
  'kind' | 'clusterAddresses' | 'externalName' | 'externalAddresses'
>;

/** Reads a Service; cluster IPs that are no addresses are left out and reported. */
export function serviceContent(input: ServiceInput, faults: IntakeFaults): ServiceContent {
  const kind = kindOf(input);
  return {
    kind,
    clusterAddresses: kind === 'cluster' ? clusterAddresses(input, faults) : NO_ADDRESSES,
    externalName: kind === 'external' ? compactString(input.externalName) : '',
    externalAddresses:
      input.externalAddresses.length === 0 ? NO_STRINGS : input.externalAddresses.map(compactString),
  };
}

export function sameContent(a: ServiceContent, b: ServiceContent): boolean {
  return (
    a.kind === b.kind &&
    a.externalName === b.externalName &&
    sameAddresses(a.clusterAddresses, b.clusterAddresses) &&
    a.externalAddresses.length === b.externalAddresses.length &&
    a.externalAddresses.every((address, index) => address === b.externalAddresses[index])
  );
}

export function sameAddresses(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((address, index) => Buffer.compare(address, b[index]!) === 0);
}

function kindOf(input: ServiceInput): ServiceRecord['kind'] {
  if (input.type === 'ExternalName') return 'external';
  const first = input.clusterIPs[0];
  if (first === 'None') return 'headless';
  return first === undefined && input.type === 'ClusterIP' ? 'headless' : 'cluster';
}

function clusterAddresses(input: ServiceInput, faults: IntakeFaults): readonly Uint8Array[] {
  const addresses: Uint8Array[] = [];
  for (const text of input.clusterIPs) {
    const address = addressBytes(text);
    if (address === undefined) {
      faults.report('Service', input, 'invalid address', text);
    } else addresses.push(address);
  }
  return addresses;
}
