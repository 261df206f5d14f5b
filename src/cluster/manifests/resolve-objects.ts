import { isIPv4 } from 'node:net';
import type { EndpointSliceInput, ServiceInput } from '../cluster-writer.ts';
import type { LabelSelector } from '../label-selector.ts';
import type { AddressFamily, ManifestObject, PodContent, ServiceContent } from './manifest-object.ts';
import { PodIndex, podSlices } from './pod-endpoints.ts';
import { allocateAddresses, canonicalAddress } from './service-addresses.ts';
import type { AddressPool } from './service-addresses.ts';
import { sliceText } from './slice-text.ts';

/** An object and the file that it stands in. */
export interface PlacedObject {
  readonly object: ManifestObject;
  readonly file: string;
}

export interface ResolveOptions {
  /** The first pool's family is what a Service gets that asks for none. One pool a family. */
  readonly pools: readonly AddressPool[];
  /** Whether Pods are wanted for themselves. */
  readonly watchPods: boolean;
  readonly namespaceLabels: LabelSelector | undefined;
}

/** What a ClusterWriter is to be told of a set of objects. */
export interface Resolution {
  /**
   * Messages by key (`letter namespace/name`), Namespaces first, then Services, slices and Pods. A message is the
   * key's letter and the JSON of the writer's input; of a Namespace, of its name; of a slice, its `sliceText`.
   */
  readonly messages: Map<string, string>;
  /** What people should look at, with file and line, by what it is about: lines move, and it stays the same. */
  readonly warnings: ReadonlyMap<string, string>;
}

/**
 * What a cluster made of these objects would show: addresses given to Services, Pods found for selectors, namespaces
 * made. It depends on nothing else, so the same objects always give the same.
 *
 * @param objects in the order of the files; of two that are the same object the later wins
 */
export function resolveObjects(objects: Iterable<PlacedObject>, options: ResolveOptions): Resolution {
  const warnings = new Map<string, string>();
  const winners = findWinners(objects, warnings);
  const messages = new Map<string, string>();
  addNamespaces(winners, options.namespaceLabels, messages);
  const services = readServices(winners);
  const addresses = giveAddresses(services, options.pools, warnings);
  const selectors: ServiceContent[] = [];
  for (const [{ object }, service] of services) {
    const clusterIPs = addresses.get(service);
    if (clusterIPs === undefined || !object.selected) continue;
    messages.set(object.key, serviceMessage(service, clusterIPs));
    selectors.push(service);
  }
  addSlices(winners, selectors, options.pools, messages);
  if (options.watchPods) addPods(winners, messages);
  return { messages, warnings };
}

type Winners = ReadonlyMap<string, PlacedObject>;

function findWinners(objects: Iterable<PlacedObject>, warnings: Map<string, string>): Winners {
  const winners = new Map<string, PlacedObject>();
  for (const placed of objects) {
    const { key, line } = placed.object;
    const earlier = winners.get(key);
    if (earlier !== undefined) {
      warnings.set(
        `${key} ${earlier.file} ${placed.file}`,
        `${placed.file}:${line}: ${titleOf(placed.object)} stands in ${earlier.file}:${earlier.object.line} too; ` +
          `the one in ${placed.file} counts`,
      );
    }
    winners.set(key, placed);
  }
  return winners;
}

/**
 * Who writes manifests by hand writes no Namespaces: an object in a namespace makes it, with the one label that
 * every Namespace has.
 */
function addNamespaces(
  winners: Winners,
  selector: LabelSelector | undefined,
  messages: Map<string, string>,
): void {
  const implied = new Set<string>();
  for (const { object } of winners.values()) {
    if (object.letter === 'N') {
      if (object.selected) messages.set(object.key, `N${JSON.stringify(object.key.slice(3))}`);
    } else implied.add(object.namespace);
  }
  for (const name of implied) {
    if (winners.has(`N /${name}`)) continue;
    const selected = selector === undefined || selector.matches({ 'kubernetes.io/metadata.name': name });
    if (selected) messages.set(`N /${name}`, `N${JSON.stringify(name)}`);
  }
}

function readServices(winners: Winners): [PlacedObject, ServiceContent][] {
  const services: [PlacedObject, ServiceContent][] = [];
  for (const placed of winners.values()) {
    if (placed.object.letter === 'S')
      services.push([placed, JSON.parse(placed.object.content) as ServiceContent]);
  }
  return services;
}

/** clusterIPs by Service; without the Services for which no address was left. */
function giveAddresses(
  services: readonly [PlacedObject, ServiceContent][],
  pools: readonly AddressPool[],
  warnings: Map<string, string>,
): Map<ServiceContent, readonly string[]> {
  const taken = new Set<string>();
  for (const [, service] of services)
    for (const address of service.clusterIPs) taken.add(canonicalAddress(address));
  const given = new Map<AddressFamily, Map<string, string>>();
  for (const pool of pools) {
    const keys: string[] = [];
    for (const [, service] of services)
      if (missingFamilies(service, pools).includes(pool.family)) keys.push(nameOf(service));
    given.set(pool.family, allocateAddresses(pool, keys, taken));
  }
  const addresses = new Map<ServiceContent, readonly string[]>();
  for (const [{ object, file }, service] of services) {
    const clusterIPs = [...service.clusterIPs];
    for (const family of missingFamilies(service, pools)) {
      const address = given.get(family)?.get(nameOf(service));
      if (address !== undefined) clusterIPs.push(address);
    }
    if (clusterIPs.length === 0 && service.type !== 'ExternalName') {
      warnings.set(
        object.key,
        `${file}:${object.line}: Service ${nameOf(service)} is left out: service_cidr has no address left`,
      );
    } else addresses.set(service, clusterIPs);
  }
  return addresses;
}

/** Families for which a Service is to be given an address. */
function missingFamilies(service: ServiceContent, pools: readonly AddressPool[]): readonly AddressFamily[] {
  if (service.type === 'ExternalName' || service.complete || service.clusterIPs[0] === 'None') return [];
  const has = service.clusterIPs.map(familyOf);
  if (has.length === 0 && service.families.length === 0 && !service.dualStack) return [pools[0]!.family];
  return wantedFamilies(service, pools).filter((family) => !has.includes(family));
}

/** Families of a Service as an API server fills them in; empty when nothing is said of them. */
function wantedFamilies(service: ServiceContent, pools: readonly AddressPool[]): readonly AddressFamily[] {
  const families = new Set<AddressFamily>(service.families);
  for (const address of service.clusterIPs) if (address !== 'None') families.add(familyOf(address));
  if (service.dualStack && !service.complete) for (const pool of pools) families.add(pool.family);
  return [...families];
}

function serviceMessage(service: ServiceContent, clusterIPs: readonly string[]): string {
  const { namespace, name, type, externalName, externalAddresses } = service;
  const ports = service.ports.map((port) => ({
    name: port.name,
    protocol: port.protocol,
    number: port.number,
  }));
  const input: ServiceInput = { namespace, name, type, clusterIPs, externalName, ports, externalAddresses };
  return `S${JSON.stringify(input)}`;
}

/** EndpointSlices; for Services that have none, what their Endpoints say; without those, their Pods. */
function addSlices(
  winners: Winners,
  services: readonly ServiceContent[],
  pools: readonly AddressPool[],
  messages: Map<string, string>,
): void {
  const sliced = new Set<string>();
  for (const { object } of winners.values()) {
    if (object.letter !== 'E') continue;
    sliced.add(object.service);
    if (object.selected) messages.set(object.key, object.content);
  }
  const listed = new Set<string>();
  for (const { object } of winners.values()) {
    if (object.letter !== 'B' || sliced.has(object.service)) continue;
    listed.add(object.service);
    if (!object.selected) continue;
    for (const slice of JSON.parse(object.content) as EndpointSliceInput[]) addSlice(slice, messages);
  }
  const open = services.filter(
    (service) =>
      Object.keys(service.selector).length > 0 &&
      !sliced.has(`S ${nameOf(service)}`) &&
      !listed.has(`S ${nameOf(service)}`),
  );
  if (open.length === 0) return;
  const pods = new PodIndex();
  for (const { object } of winners.values()) {
    if (object.letter === 'P') pods.add(JSON.parse(object.content) as PodContent);
  }
  for (const service of open) {
    const found = pods.matching(service.namespace, service.selector);
    const families = wantedFamilies(service, pools);
    for (const slice of podSlices(service, families, found)) addSlice(slice, messages);
  }
}

function addSlice(slice: EndpointSliceInput, messages: Map<string, string>): void {
  messages.set(`E ${slice.namespace}/${slice.name}`, `E${sliceText(slice)}`);
}

function addPods(winners: Winners, messages: Map<string, string>): void {
  for (const { object } of winners.values()) {
    if (object.letter !== 'P' || !object.selected) continue;
    const { namespace, name, address, watched } = JSON.parse(object.content) as PodContent;
    if (watched && address !== '')
      messages.set(object.key, `P${JSON.stringify({ namespace, name, address })}`);
  }
}

function titleOf(object: ManifestObject): string {
  if (object.letter === 'N') return `Namespace ${object.key.slice(3)}`;
  const kind = { S: 'Service', E: 'EndpointSlice', B: 'Endpoints', P: 'Pod' }[object.letter];
  return `${kind} ${object.key.slice(2)}`;
}

function nameOf(service: ServiceContent): string {
  return `${service.namespace}/${service.name}`;
}

function familyOf(address: string): AddressFamily {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}
