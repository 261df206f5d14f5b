import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { srvData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { addressRecord, isEqual } from './address-records.ts';
import type { Backend } from './backend.ts';
import { endpointName } from './endpoint-name.ts';
import { matchesPort, Outcome } from './finding.ts';
import type { Finding } from './finding.ts';
import { ServedZone } from './served-zone.ts';

const NO_PORT = -1;
const PRIORITY = 0;

/** SRV records, and the addresses of their targets. */
export interface ServiceRecords {
  readonly answer: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

/**
 * The SRV records of what was found. An item is a port at an address; all weigh the same, so each weighs a hundredth
 * of what CoreDNS gives out, rounded down, at least 1. Items that make the same record count all the same.
 * @param owner the name asked for, in the client's letter case
 * @param zoneText the zone in the client's letter case, for the targets
 */
export function serviceRecords(
  backend: Backend,
  finding: Finding,
  owner: string,
  zoneText: string,
): ServiceRecords {
  const draft = new Draft(owner, backend.options.ttl);
  if (finding.outcome === Outcome.Service) clusterService(finding, zoneText, draft);
  else if (finding.outcome === Outcome.Endpoints) endpoints(backend, finding, zoneText, draft);
  else if (finding.outcome === Outcome.Pod) pod(finding, zoneText, draft);
  return draft;
}

class Draft implements ServiceRecords {
  readonly answer: ResourceRecord[] = [];
  readonly additional: ResourceRecord[] = [];
  readonly #owner: string;
  readonly #ttl: number;

  constructor(owner: string, ttl: number) {
    this.#owner = owner;
    this.#ttl = ttl;
  }

  service(weight: number, port: number, target: string): void {
    const data = srvData(PRIORITY, weight, port, target);
    this.answer.push({
      name: this.#owner,
      type: RecordType.SRV,
      class: RecordClass.IN,
      ttl: this.#ttl,
      data,
    });
  }

  address(target: string, address: Uint8Array): void {
    this.additional.push(addressRecord(target, address, this.#ttl));
  }
}

function clusterService(finding: Finding, zoneText: string, draft: Draft): void {
  const { ports, name, namespace, clusterAddresses } = finding.service!;
  const matching = ports.filter((port) => matchesPort(finding.name, port));
  const weight = weightAmong(matching.length * clusterAddresses.length);
  const target = serviceTarget(name, namespace, zoneText);
  const seen: number[] = [];
  if (clusterAddresses.length === 0) return;
  for (const { number } of matching) {
    if (number === NO_PORT || seen.includes(number)) continue;
    seen.push(number);
    draft.service(weight, number, target);
  }
  if (seen.length === 0) return;
  for (const address of clusterAddresses) draft.address(target, address);
}

/** A target that has been met, with what was given out for it. */
interface Target {
  readonly name: string;
  readonly ports: number[];
  readonly addresses: Uint8Array[];
}

function endpoints(backend: Backend, finding: Finding, zoneText: string, draft: Draft): void {
  const { services, options } = backend;
  const service = finding.service!;
  const parent = serviceTarget(service.name, service.namespace, zoneText);
  const weight = weightAmong(countItems(backend, finding));
  // By endpoint name, with its cluster in a ClusterSet: both families of an endpoint, and its rows in other slices, have the same one.
  const targets = new Map<string, Target>();
  for (const endpoint of finding.endpoints) {
    const slice = services.sliceOf(endpoint);
    const own = endpointName(services, endpoint, options.endpointPodNames);
    const label = slice.cluster === '' ? own : `${own}.${slice.cluster}`;
    let target = targets.get(label);
    if (target === undefined) {
      target = { name: `${label}.${parent}`, ports: [], addresses: [] };
      targets.set(label, target);
    }
    let answered = false;
    for (const port of slice.ports) {
      if (port.number === NO_PORT || !matchesPort(finding.name, port)) continue;
      answered = true;
      if (target.ports.includes(port.number)) continue;
      target.ports.push(port.number);
      draft.service(weight, port.number, target.name);
    }
    if (!answered) continue;
    const address = services.endpointAddress(endpoint);
    if (includes(target.addresses, address)) continue;
    target.addresses.push(address);
    draft.address(target.name, address);
  }
}

/** CoreDNS's pods have port 0. */
function pod(finding: Finding, zoneText: string, draft: Draft): void {
  const target = ServedZone.below(`${finding.name.key}.pod`, zoneText);
  draft.service(weightAmong(1), 0, target);
  draft.address(target, finding.address!);
}

function countItems(backend: Backend, finding: Finding): number {
  let items = 0;
  for (const endpoint of finding.endpoints) {
    for (const port of backend.services.sliceOf(endpoint).ports) if (matchesPort(finding.name, port)) items++;
  }
  return items;
}

function includes(addresses: readonly Uint8Array[], address: Uint8Array): boolean {
  for (let index = 0; index < addresses.length; index++) {
    if (isEqual(addresses[index]!, address)) return true;
  }
  return false;
}

function serviceTarget(service: string, namespace: string, zoneText: string): string {
  return ServedZone.below(`${service}.${namespace}.svc`, zoneText);
}

function weightAmong(items: number): number {
  return Math.max(1, Math.floor(100 / items));
}
