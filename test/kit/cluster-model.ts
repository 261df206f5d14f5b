import { addressBytes } from '../../src/wire/address.ts';
import type {
  EndpointInput,
  EndpointSliceInput,
  PodInput,
  PortInput,
  ServiceInput,
} from '../../src/cluster/cluster-writer.ts';

/** One change of a cluster, as data. */
export type Operation =
  | { readonly kind: 'putNamespace' | 'removeNamespace'; readonly name: string }
  | { readonly kind: 'putService'; readonly service: ServiceInput }
  | { readonly kind: 'putEndpointSlice'; readonly slice: EndpointSliceInput }
  | { readonly kind: 'putPod'; readonly pod: PodInput }
  | {
      readonly kind: 'removeService' | 'removeEndpointSlice' | 'removePod';
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'setState'; readonly state: 'syncing' | 'fresh' | 'stale' | 'lost' };

const LABEL = /^[a-z0-9_-]{1,63}$/;

/**
 * The cluster store as slow, plain objects, for the tests of the real one: it keeps the inputs and works every answer
 * out anew.
 */
export class ClusterModel {
  readonly namespaces = new Set<string>();
  /** In the order in which they came, as all Maps here. */
  readonly services = new Map<string, ServiceInput>();
  readonly slices = new Map<string, EndpointSliceInput>();
  readonly pods = new Map<string, PodInput>();
  state = 'syncing';
  lastChange = 0;

  /** @param now Unix time in seconds */
  apply(operation: Operation, now: number): void {
    const before = this.#serialBasis();
    switch (operation.kind) {
      case 'putNamespace':
        if (isLabel(operation.name)) this.namespaces.add(operation.name.toLowerCase());
        break;
      case 'removeNamespace':
        this.namespaces.delete(operation.name.toLowerCase());
        break;
      case 'putService': {
        const { namespace, name } = operation.service;
        if (isLabel(namespace) && isLabel(name)) {
          this.services.set(`${name}.${namespace}`.toLowerCase(), operation.service);
        }
        break;
      }
      case 'putEndpointSlice': {
        const { namespace, name } = operation.slice;
        if (isLabel(namespace)) this.slices.set(`${namespace}/${name}`.toLowerCase(), operation.slice);
        break;
      }
      case 'putPod': {
        const { namespace, name } = operation.pod;
        if (isLabel(namespace)) this.pods.set(`${namespace}/${name}`.toLowerCase(), operation.pod);
        break;
      }
      case 'removeService':
        this.services.delete(`${operation.name}.${operation.namespace}`.toLowerCase());
        break;
      case 'removeEndpointSlice':
        this.slices.delete(`${operation.namespace}/${operation.name}`.toLowerCase());
        break;
      case 'removePod':
        this.pods.delete(`${operation.namespace}/${operation.name}`.toLowerCase());
        break;
      case 'setState':
        this.state = operation.state;
    }
    if (this.#serialBasis() !== before) this.lastChange = now;
  }

  serviceNames(namespace: string): string[] {
    return [...this.services.keys()]
      .filter((key) => key.endsWith(`.${namespace}`))
      .map((key) => key.slice(0, key.indexOf('.')));
  }

  serviceAnswer(key: string): unknown {
    const service = this.services.get(key);
    if (service === undefined) return undefined;
    const kind = kindOf(service);
    return {
      namespaceExists: this.namespaces.has(service.namespace.toLowerCase()),
      kind,
      clusterAddresses: clusterAddresses(service).map((address) => [...address]),
      externalName: kind === 'external' ? service.externalName : '',
      ports: portAnswers(service.ports),
      externalAddresses: service.externalAddresses,
      slices: [...this.slices.values()]
        .filter((slice) => serviceKeyOf(slice) === key)
        .map((slice) => ({
          cluster: clusterOf(slice),
          ports: portAnswers(slice.ports),
          endpoints: endpointAnswers(slice),
        })),
    };
  }

  addressAnswer(text: string): unknown {
    const wanted = [...addressBytes(text)!];
    return {
      services: [...this.services]
        .filter(([, service]) => clusterAddresses(service).some((address) => same([...address], wanted)))
        .map(([key]) => key),
      endpoints: [...this.slices.values()].flatMap((slice) =>
        endpointAnswers(slice)
          .filter((endpoint) => same(endpoint.address, wanted))
          .map((endpoint) => {
            const serviceKey = serviceKeyOf(slice);
            return {
              ...endpoint,
              serviceKey,
              service: this.services.has(serviceKey) ? serviceKey : undefined,
            };
          }),
      ),
      pods: [...this.pods]
        .filter(([, pod]) => pod.address === text)
        .map(([key]) => key)
        .toSorted(),
    };
  }

  counts(): object {
    const endpoints = [...this.slices.values()].map((slice) => endpointAnswers(slice).length);
    return {
      namespace: this.namespaces.size,
      service: this.services.size,
      endpointslice: this.slices.size,
      endpoint: endpoints.reduce((sum, count) => sum + count, 0),
      pod: this.pods.size,
    };
  }

  /** All that the serial counts, in one text. Cluster IPs, target names and nodes are not part of it. */
  #serialBasis(): string {
    return JSON.stringify([
      [...this.namespaces],
      [...this.services].map(([key, service]) => [
        key,
        kindOf(service),
        kindOf(service) === 'external' ? service.externalName : '',
        portAnswers(service.ports),
      ]),
      [...this.slices].map(([key, slice]) => [
        key,
        serviceKeyOf(slice),
        clusterOf(slice),
        portAnswers(slice.ports),
        endpointAnswers(slice).map(({ address, text, hostname, zone }) => [address, text, hostname, zone]),
      ]),
      [...this.pods].map(([key, pod]) => [key, addressBytes(pod.address) === undefined ? '' : pod.address]),
    ]);
  }
}

interface EndpointAnswer {
  readonly address: number[];
  readonly text: string;
  readonly hostname: string;
  readonly targetName: string;
  readonly zone: string;
  readonly node: string;
}

function isLabel(text: string): boolean {
  return LABEL.test(text.toLowerCase());
}

function kindOf(service: ServiceInput): string {
  if (service.type === 'ExternalName') return 'external';
  if (service.clusterIPs[0] === 'None') return 'headless';
  return service.clusterIPs.length === 0 && service.type === 'ClusterIP' ? 'headless' : 'cluster';
}

function clusterAddresses(service: ServiceInput): Uint8Array[] {
  if (kindOf(service) !== 'cluster') return [];
  return service.clusterIPs.map(addressBytes).filter((address) => address !== undefined);
}

function serviceKeyOf(slice: EndpointSliceInput): string {
  return isLabel(slice.service) ? `${slice.service}.${slice.namespace}`.toLowerCase() : '';
}

function clusterOf({ cluster = '' }: EndpointSliceInput): string {
  return cluster.split('.').every(isLabel) ? cluster.toLowerCase() : '';
}

function portAnswers(ports: readonly PortInput[]): object[] {
  if (ports.length === 0) return [{ name: '', protocol: '', number: -1 }];
  return ports.map(({ name, protocol, number }) => ({
    name: isLabel(name) ? name.toLowerCase() : '',
    protocol: protocol.toLowerCase(),
    number: Number.isInteger(number) ? number : -1,
  }));
}

function endpointAnswers(slice: EndpointSliceInput): EndpointAnswer[] {
  return slice.endpoints
    .filter((endpoint) => endpoint.ready)
    .flatMap((endpoint) => endpoint.addresses.flatMap((text) => endpointAnswer(endpoint, text)));
}

function endpointAnswer(endpoint: EndpointInput, text: string): EndpointAnswer[] {
  const address = addressBytes(text);
  if (address === undefined) return [];
  const target = endpoint.targetName.toLowerCase();
  return [
    {
      address: [...address],
      text,
      hostname: isLabel(endpoint.hostname) ? endpoint.hostname.toLowerCase() : '',
      targetName: target.length < 64 && target.split('.').every(isLabel) ? target : '',
      zone: endpoint.zone.toLowerCase(),
      node: endpoint.node.toLowerCase(),
    },
  ];
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
