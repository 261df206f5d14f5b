import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import type { KnownAnswer } from './steady-asker.ts';

/** A namespace with a Service of each kind. Names below are what it is answered with. */
export const SHOP = 'shop';
export const WEB = 'web.shop.svc.cluster.local';
export const WEB_ADDRESS = '10.96.1.10';
/** Headless, with two endpoints. */
export const DATABASE = 'database.shop.svc.cluster.local';
export const DATABASE_ADDRESSES = '10.244.1.1 10.244.1.2';
/** No such name. */
export const MISSING = 'missing.shop.svc.cluster.local';

/** Answered without the cluster; see `Pod`. */
export const OTHER = 'other.test';
export const OTHER_ADDRESS = '192.0.2.80';

/** What is answered of the shop alone, by the cluster. */
export const knownOfShop: readonly KnownAnswer[] = [
  { name: WEB, expected: WEB_ADDRESS },
  { name: DATABASE, expected: DATABASE_ADDRESSES },
  { name: MISSING, expected: 'NXDOMAIN' },
];

/** The same, and what is answered without the cluster. */
export const known: readonly KnownAnswer[] = [...knownOfShop, { name: OTHER, expected: OTHER_ADDRESS }];

export const shop: readonly KubernetesObject[] = [
  namespace(SHOP),
  service('web', WEB_ADDRESS),
  slice('web', ['10.244.0.1']),
  service('database', 'None'),
  slice('database', DATABASE_ADDRESSES.split(' ')),
];

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Service of one port. @param clusterIP `None` for a headless one */
export function service(
  name: string,
  clusterIP: string,
  { namespace = SHOP, labels = {} }: Placement = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { clusterIP, ports: [{ name: 'http', protocol: 'TCP', port: 80 }] },
  };
}

/** A pod that runs, of a program that nobody has. */
export function runningPod(name: string, address: string, namespace = SHOP): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'main' }] },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  };
}

/** The only EndpointSlice of a Service. */
export function slice(
  name: string,
  addresses: readonly string[],
  { namespace = SHOP, labels = {} }: Placement = {},
): KubernetesObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { ...labels, 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  };
}

/** Where an object is, and what it is labelled with. */
export interface Placement {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
