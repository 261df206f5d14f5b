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
   * Messages by key (`letter namespace/name`), Namespaces first, then slices, their Services and Pods, and the same of
   * a ClusterSet. A message is the key's letter and the JSON of the writer's input; of a Namespace, of its name; of a
   * slice, its `sliceText`.
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
  const sliced = addSlices(winners, messages);
  const open = addServices(winners, options.pools, sliced, messages, warnings);
  if (open.length > 0) addPodSlices(winners, open, options.pools, messages);
  if (options.watchPods) addPods(winners, messages);
  addClusterSet(winners, messages);
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

/**
 * Adds the Services, and returns those that are to get their endpoints from Pods. Their contents are parsed twice and
 * dropped: ten thousand of them are as many megabytes.
 */
function addServices(
  winners: Winners,
  pools: readonly AddressPool[],
  sliced: ReadonlySet<string>,
  messages: Map<string, string>,
  warnings: Map<string, string>,
): ServiceContent[] {
  const given = giveAddresses(winners, pools);
  const open: ServiceContent[] = [];
  for (const { object, file } of winners.values()) {
    if (object.letter !== 'S') continue;
    const service = JSON.parse(object.content) as ServiceContent;
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
      continue;
    }
    if (!object.selected) continue;
    messages.set(object.key, serviceMessage(service, clusterIPs));
    if (!sliced.has(object.key) && Object.keys(service.selector).length > 0) open.push(service);
  }
  return open;
}

/** Addresses by family and `namespace/name` for the Services that lack them, whatever `labels` selects. */
function giveAddresses(
  winners: Winners,
  pools: readonly AddressPool[],
): ReadonlyMap<AddressFamily, ReadonlyMap<string, string>> {
  const taken = new Set<string>();
  const waiting = new Map(pools.map((pool): [AddressFamily, string[]] => [pool.family, []]));
  for (const { object } of winners.values()) {
    if (object.letter !== 'S') continue;
    const service = JSON.parse(object.content) as ServiceContent;
    for (const address of service.clusterIPs) taken.add(canonicalAddress(address));
    for (const family of missingFamilies(service, pools)) waiting.get(family)?.push(nameOf(service));
  }
  return new Map(
    pools.map((pool) => [pool.family, allocateAddresses(pool, waiting.get(pool.family) ?? [], taken)]),
  );
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
  const { namespace, name, type, externalName, externalAddresses, announcement } = service;
  const ports = service.ports.map((port) => ({
    name: port.name,
    protocol: port.protocol,
    number: port.number,
  }));
  const plain: ServiceInput = { namespace, name, type, clusterIPs, externalName, ports, externalAddresses };
  const input: ServiceInput = announcement === undefined ? plain : { ...plain, announcement };
  return `S${JSON.stringify(input)}`;
}

/**
 * Adds the EndpointSlices and, for Services that have none, those that their Endpoints stand for. Returns the keys of
 * Services that have either.
 */
function addSlices(winners: Winners, messages: Map<string, string>): ReadonlySet<string> {
  const sliced = new Set<string>();
  for (const { object } of winners.values()) {
    if (object.letter !== 'E') continue;
    sliced.add(object.service);
    if (object.selected) messages.set(object.key, object.content);
  }
  const listed: string[] = [];
  for (const { object } of winners.values()) {
    if (object.letter !== 'B' || sliced.has(object.service)) continue;
    listed.push(object.service);
    if (!object.selected) continue;
    for (const slice of JSON.parse(object.content) as EndpointSliceInput[]) addSlice(slice, messages);
  }
  for (const service of listed) sliced.add(service);
  return sliced;
}

function addPodSlices(
  winners: Winners,
  services: readonly ServiceContent[],
  pools: readonly AddressPool[],
  messages: Map<string, string>,
): void {
  const pods = new PodIndex();
  for (const { object } of winners.values()) {
    if (object.letter === 'P') pods.add(JSON.parse(object.content) as PodContent);
  }
  for (const service of services) {
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

function addClusterSet(winners: Winners, messages: Map<string, string>): void {
  for (const letter of ['M', 'I']) {
    for (const { object } of winners.values()) {
      if (object.letter === letter && object.selected) messages.set(object.key, object.content);
    }
  }
}

function titleOf(object: ManifestObject): string {
  if (object.letter === 'N') return `Namespace ${object.key.slice(3)}`;
  const kind = titles[object.letter];
  return `${kind} ${object.key.slice(2)}`;
}

const titles = {
  S: 'Service',
  E: 'EndpointSlice',
  M: 'EndpointSlice',
  B: 'Endpoints',
  P: 'Pod',
  I: 'ServiceImport',
} as const;

function nameOf(service: ServiceContent): string {
  return `${service.namespace}/${service.name}`;
}

function familyOf(address: string): AddressFamily {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}
