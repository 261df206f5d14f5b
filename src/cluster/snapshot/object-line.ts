import type { AnnouncementInput, EndpointInput, PortInput } from '../cluster-writer.ts';
import type { StoredInput } from '../stored-inputs.ts';
import { listOf, numberOf, parsed, textOf } from './json-value.ts';
import { SnapshotError } from './snapshot-error.ts';

/** The objects after it belong to this store of the feed. */
export interface StoreMark {
  readonly kind: 'store';
  readonly store: number;
}

/** A line of a snapshot, without its end: a JSON list of the kind and what the store takes of it, in that order. */
export function objectLine(object: StoredInput | StoreMark): string {
  switch (object.kind) {
    case 'store':
      return JSON.stringify(['store', object.store]);
    case 'namespace':
      return JSON.stringify(['namespace', object.input.name]);
    case 'service': {
      const { namespace, name, type, clusterIPs, externalName, ports, externalAddresses, announcement } =
        object.input;
      const places: unknown[] = [clusterIPs, externalName, ports.map(portPlaces), externalAddresses];
      if (announcement !== undefined) places.push(announcementPlaces(announcement));
      return JSON.stringify(['service', namespace, name, type, ...places]);
    }
    case 'endpointslice': {
      const { namespace, name, service, cluster = '', ports, endpoints } = object.input;
      const places = [ports.map(portPlaces), endpoints.map(endpointPlaces)];
      return JSON.stringify(['endpointslice', namespace, name, service, cluster, ...places]);
    }
    case 'pod': {
      const { namespace, name, address } = object.input;
      return JSON.stringify(['pod', namespace, name, address]);
    }
  }
}

/** What a line says. @throws {SnapshotError} */
export function readObjectLine(line: string): StoredInput | StoreMark {
  const places = listOf(parsed(line), (place) => place);
  const kind = textOf(places[0]);
  const at = (place: number): string => textOf(places[place]);
  switch (kind) {
    case 'store':
      return { kind, store: numberOf(places[1]) };
    case 'namespace':
      return { kind, input: { name: at(1) } };
    case 'service': {
      const named = { namespace: at(1), name: at(2), type: at(3), externalName: at(5) };
      const clusterIPs = listOf(places[4], textOf);
      const externalAddresses = listOf(places[7], textOf);
      const input = { ...named, clusterIPs, ports: listOf(places[6], readPort), externalAddresses };
      if (places[8] === undefined) return { kind, input };
      return { kind, input: { ...input, announcement: readAnnouncement(places[8]) } };
    }
    case 'endpointslice': {
      const named = { namespace: at(1), name: at(2), service: at(3), cluster: at(4) };
      const ports = listOf(places[5], readPort);
      return { kind, input: { ...named, ports, endpoints: listOf(places[6], readEndpoint) } };
    }
    case 'pod':
      return { kind, input: { namespace: at(1), name: at(2), address: at(3) } };
    default:
      throw new SnapshotError(`there is no kind '${kind}'`);
  }
}

function portPlaces({ name, protocol, number }: PortInput): unknown[] {
  return [name, protocol, number];
}

function readPort(value: unknown): PortInput {
  const [name, protocol, number] = listOf(value, (place) => place);
  return { name: textOf(name), protocol: textOf(protocol), number: numberOf(number) };
}

function announcementPlaces({ type, instance, txt, nodePorts, isLocal }: AnnouncementInput): unknown[] {
  return [type, instance, txt, nodePorts, isLocal ? 1 : 0];
}

function readAnnouncement(value: unknown): AnnouncementInput {
  const [type, instance, txt, nodePorts, isLocal] = listOf(value, (place) => place);
  return {
    type: textOf(type),
    instance: textOf(instance),
    txt: textOf(txt),
    nodePorts: listOf(nodePorts, numberOf),
    isLocal: numberOf(isLocal) === 1,
  };
}

/** Addresses, then texts; those at the end that are empty are left out. */
function endpointPlaces({ addresses, hostname, targetName, node, zone }: EndpointInput): unknown[] {
  const places: unknown[] = [addresses, hostname, targetName, node, zone];
  while (places.at(-1) === '') places.pop();
  return places;
}

function readEndpoint(value: unknown): EndpointInput {
  const [addresses, hostname = '', targetName = '', node = '', zone = ''] = listOf(value, (place) => place);
  return {
    addresses: listOf(addresses, textOf),
    ready: true,
    hostname: textOf(hostname),
    targetName: textOf(targetName),
    node: textOf(node),
    zone: textOf(zone),
  };
}
