import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import { addressBytes } from '../../src/wire/address.ts';

/** All that a store answers of a Service, in a form that can be compared. @param key `service.namespace` */
export function serviceAnswer(store: ClusterStore, key: string): unknown {
  const service = store.service(key);
  if (service === undefined) return undefined;
  return {
    namespaceExists: store.namespaceExists(service.namespace),
    kind: service.kind,
    clusterAddresses: service.clusterAddresses.map((bytes) => [...bytes]),
    externalName: service.externalName,
    ports: service.ports,
    externalAddresses: service.externalAddresses,
    slices: service.slices.map((slice) => ({
      cluster: slice.cluster,
      ports: slice.ports,
      endpoints: Array.from({ length: slice.count }, (_, index) => readEndpoint(store, slice.first + index)),
    })),
  };
}

/** All that a store answers of an address. */
export function addressAnswer(store: ClusterStore, text: string): unknown {
  const bytes = addressBytes(text)!;
  return {
    services: store.servicesAt(bytes).map((service) => `${service.name}.${service.namespace}`),
    endpoints: store.endpointsAt(bytes).map((row) => {
      const slice = store.sliceOf(row);
      const owner = slice.service;
      const service = owner === undefined ? undefined : `${owner.name}.${owner.namespace}`;
      return { ...readEndpoint(store, row), serviceKey: slice.serviceKey, service };
    }),
    pods: store
      .podsAt(text)
      .map((pod) => `${pod.namespace}/${pod.name}`)
      .toSorted(),
  };
}

function readEndpoint(store: ClusterStore, row: number): object {
  return {
    address: [...store.endpointAddress(row)],
    text: store.endpointAddressText(row),
    hostname: store.endpointHostname(row),
    targetName: store.endpointTargetName(row),
    zone: store.endpointZone(row),
    node: store.endpointNode(row),
  };
}
