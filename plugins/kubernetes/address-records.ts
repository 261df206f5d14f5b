import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { Backend } from './backend.ts';
import { Outcome } from './finding.ts';
import type { Finding } from './finding.ts';

/** Up to here each is compared with each; building texts to compare costs more. */
const FEW = 16;

/**
 * The A or AAAA records of what was found, each address once.
 * @param owner the name they are to bear, in the client's letter case
 */
export function addressRecords(
  backend: Backend,
  finding: Finding,
  owner: string,
  type: number,
): ResourceRecord[] {
  const { ttl } = backend.options;
  const size = addressSize(type);
  switch (finding.outcome) {
    case Outcome.Service:
      return distinct(finding.service!.clusterAddresses, size, owner, ttl);
    case Outcome.Endpoints:
      return endpointRecords(backend, finding, owner, type, size);
    case Outcome.Pod:
      return distinct([finding.address!], size, owner, ttl);
    default:
      return [];
  }
}

/** The records of these addresses that have `size` bytes, each once. */
export function distinct(
  addresses: readonly Uint8Array[],
  size: number,
  owner: string,
  ttl: number,
): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let index = 0; index < addresses.length; index++) {
    const address = addresses[index]!;
    if (address.length !== size || isAmong(records, address)) continue;
    records.push(addressRecord(owner, address, ttl));
  }
  return records;
}

/** An A record for 4 bytes, an AAAA record for 16. */
export function addressRecord(name: string, address: Uint8Array, ttl: number): ResourceRecord {
  const type = address.length === 4 ? RecordType.A : RecordType.AAAA;
  return { name, type, class: RecordClass.IN, ttl, data: address };
}

/** Bytes of an address in a record of this type. */
export function addressSize(type: number): 4 | 16 {
  return type === RecordType.A ? 4 : 16;
}

/** An endpoint may stand in several slices, one for each list of ports. */
function endpointRecords(
  backend: Backend,
  finding: Finding,
  owner: string,
  type: number,
  size: number,
): ResourceRecord[] {
  const { services, options } = backend;
  const { endpoints } = finding;
  const records: ResourceRecord[] = [];
  const seen = endpoints.length > FEW ? new Set<string>() : undefined;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index]!;
    const data = services.endpointAddress(endpoint);
    if (data.length !== size) continue;
    if (seen === undefined) {
      if (isAmong(records, data)) continue;
    } else {
      const before = seen.size;
      seen.add(services.endpointAddressText(endpoint));
      if (seen.size === before) continue;
    }
    records.push({ name: owner, type, class: RecordClass.IN, ttl: options.ttl, data });
  }
  return records;
}

function isAmong(records: readonly ResourceRecord[], address: Uint8Array): boolean {
  for (let index = 0; index < records.length; index++) {
    if (isEqual(records[index]!.data, address)) return true;
  }
  return false;
}

/** Whether two addresses have the same bytes. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
