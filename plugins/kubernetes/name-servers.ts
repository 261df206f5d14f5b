import { networkInterfaces } from 'node:os';
import type { ServiceRecord } from '../../src/cluster/cluster-reader.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { addressRecord } from './address-records.ts';
import type { Backend } from './backend.ts';
import { endpointName } from './endpoint-name.ts';
import { ServedZone } from './served-zone.ts';

/** A name server of the zone: a name, and one of its addresses. */
export interface NameServer {
  readonly name: string;
  readonly address: Uint8Array;
}

/**
 * Finds the Services that this server itself is an endpoint of, by its own addresses. Where there is none (it runs
 * outside the cluster), it is `ns.dns` below the zone.
 */
export function nameServers(backend: Backend, zoneText: string, dependencies: Dependencies): NameServer[] {
  const { cluster, cells, localAddresses, options } = backend;
  const servers: NameServer[] = [];
  let isEndpoint = false;
  for (const local of localAddresses) {
    dependencies.read(cells, cluster.addressCell(local));
    if (!options.endpoints) continue;
    for (const endpoint of cluster.endpointsAt(local)) {
      const { service, first, count } = cluster.sliceOf(endpoint);
      isEndpoint = true;
      if (service === undefined) continue;
      dependencies.read(cells, service.cell);
      const name = ServedZone.below(`${service.name}.${service.namespace}.svc`, zoneText);
      if (service.kind === 'headless') addEndpoints(backend, first, count, name, servers);
      else addClusterAddresses(service, name, servers);
    }
  }
  if (isEndpoint) return servers;
  const name = ServedZone.below('ns.dns', zoneText);
  return localAddresses.map((address) => ({ name, address }));
}

/** The NS records of a zone, each name once, and the servers' addresses. */
export function nameServerRecords(
  servers: readonly NameServer[],
  owner: string,
  ttl: number,
): { answer: ResourceRecord[]; additional: ResourceRecord[] } {
  const names = new Set(servers.map((server) => server.name));
  const answer = Array.from(names, (name) => ({
    name: owner,
    type: RecordType.NS,
    class: RecordClass.IN,
    ttl,
    data: nameToWire(name),
  }));
  const additional = servers.map((server) => addressRecord(server.name, server.address, ttl));
  return { answer, additional };
}

/** The addresses of this machine's interfaces, without loopback addresses. */
export function interfaceAddresses(): Uint8Array[] {
  const addresses: string[] = [];
  for (const list of Object.values(networkInterfaces())) {
    for (const { address } of list ?? []) addresses.push(address);
  }
  return withoutLoopback(addresses);
}

/** The 4 or 16 bytes of addresses in text; what is none, or a loopback address, is left out. */
export function withoutLoopback(texts: readonly string[]): Uint8Array[] {
  const addresses: Uint8Array[] = [];
  for (const text of texts) {
    const address = addressBytes(text);
    if (address !== undefined && !isLoopback(address)) addresses.push(address);
  }
  return addresses;
}

/** Whether listening here is listening everywhere. */
export function isWildcard(address: string): boolean {
  return addressBytes(address)?.every((byte) => byte === 0) === true;
}

function addEndpoints(
  backend: Backend,
  first: number,
  count: number,
  service: string,
  servers: NameServer[],
): void {
  const { cluster, options } = backend;
  for (let endpoint = first; endpoint < first + count; endpoint++) {
    const name = `${endpointName(cluster, endpoint, options.endpointPodNames)}.${service}`;
    servers.push({ name, address: cluster.endpointAddress(endpoint) });
  }
}

function addClusterAddresses(service: ServiceRecord, name: string, servers: NameServer[]): void {
  for (const address of service.clusterAddresses) servers.push({ name, address });
}

function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  for (let index = 0; index < 15; index++) if (address[index] !== 0) return false;
  return address[15] === 1;
}
