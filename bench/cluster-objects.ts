import type { KubernetesObject } from '../test/kube-apiserver/object-path.ts';

/** Size of the cluster of `npm run bench:cluster`; half of the Services are headless, with host names. */
export const SERVICES = 10_000;
export const ENDPOINTS_EACH = 10;
export const NAMESPACES = 50;

/** A Service of the bench by its number. */
export interface BenchService {
  readonly name: string;
  readonly namespace: string;
  readonly isHeadless: boolean;
  /** Of its only EndpointSlice. */
  readonly sliceName: string;
}

/** The Service with this number, from 0; the same in every run. */
export function benchService(index: number): BenchService {
  return {
    name: `service-${index}`,
    namespace: `team-${index % NAMESPACES}`,
    isHeadless: index % 2 === 1,
    sliceName: `service-${index}-${suffix(index)}`,
  };
}

/** The name that it is asked for by. */
export function dnsName({ name, namespace }: { name: string; namespace: string }): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

export function namespaceObjects(): KubernetesObject[] {
  return Array.from({ length: NAMESPACES }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `team-${index}` },
  }));
}

/** What keeps the API server's repairs from making them itself, while we measure. */
export function addressObject(index: number): KubernetesObject | undefined {
  const { name, namespace, isHeadless } = benchService(index);
  if (isHeadless) return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: clusterAddress(index),
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace, name } },
  };
}

/** The Service as a chart makes it. */
export function serviceObject(index: number): KubernetesObject {
  const { name, namespace, isHeadless } = benchService(index);
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'Helm' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: {
      clusterIP: isHeadless ? 'None' : clusterAddress(index),
      clusterIPs: [isHeadless ? 'None' : clusterAddress(index)],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      type: 'ClusterIP',
      selector: { 'app.kubernetes.io/name': name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
    },
  };
}

/** Its EndpointSlice as the controller makes it. @param count of endpoints @param shift makes other addresses */
export function sliceObject(index: number, count = ENDPOINTS_EACH, shift = 0): KubernetesObject {
  const { name, namespace, isHeadless, sliceName } = benchService(index);
  const labels = {
    'app.kubernetes.io/name': name,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': name,
  };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: sliceName, namespace, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: count }, (_, place) => endpoint(index, place, isHeadless, shift)),
  };
}

/** Address of an endpoint, in 10.128.0.0/10; with a shift in 10.192.0.0/10. */
export function endpointAddress(index: number, place: number, shift = 0): string {
  const number = (index * ENDPOINTS_EACH + place + shift * 131) % 4_000_000;
  const second = (shift === 0 ? 128 : 192) + (number >> 16);
  return `10.${second}.${(number >> 8) & 255}.${number & 255}`;
}

function endpoint(index: number, place: number, hasHostname: boolean, shift: number): object {
  const { name, namespace } = benchService(index);
  const pod = hasHostname
    ? `${name}-${place}`
    : `${name}-${suffix(index + SERVICES)}-${suffix(index * 10 + place)}`;
  return {
    addresses: [endpointAddress(index, place, shift)],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${(index * 7 + place) % 400}.example.internal`,
    zone: `zone-${place % 3}`,
    targetRef: {
      kind: 'Pod',
      name: pod,
      namespace,
      uid: `4b6d8e2a-0f5c-4c1e-9a77-${String(index * 10 + place).padStart(12, '0')}`,
    },
    ...(hasHostname ? { hostname: pod } : {}),
  };
}

/** With what the API server adds to metadata: most of what it sends is nothing to us. */
export function asStored(object: KubernetesObject, number: number): KubernetesObject {
  const { kind, metadata } = object;
  const manager = kind === 'EndpointSlice' ? 'kube-controller-manager' : 'helm';
  const fieldsV1 = kind === 'EndpointSlice' ? SLICE_FIELDS : SERVICE_FIELDS;
  const time = '2026-11-21T07:29:52Z';
  return {
    ...object,
    metadata: {
      ...metadata,
      uid: `7c1f2a9e-5b3d-4e8f-8a66-${String(number).padStart(12, '0')}`,
      creationTimestamp: time,
      managedFields: [
        {
          manager,
          operation: 'Update',
          apiVersion: object.apiVersion,
          time,
          fieldsType: 'FieldsV1',
          fieldsV1,
        },
      ],
    },
  };
}

/** Of a Service with a cluster address. */
export function clusterAddress(index: number): string {
  return `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/** Five characters as Kubernetes makes them; a number always gives the same. */
function suffix(number: number): string {
  let state = Math.imul(number + 1, 0x9e3779b1) >>> 0;
  let text = '';
  for (let count = 0; count < 5; count++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += LETTERS[Math.floor((state / 2 ** 32) * LETTERS.length)]!;
  }
  return text;
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

const SERVICE_FIELDS = {
  'f:metadata': {
    'f:labels': { '.': {}, 'f:app.kubernetes.io/managed-by': {}, 'f:app.kubernetes.io/name': {} },
  },
  'f:spec': {
    'f:clusterIP': {},
    'f:internalTrafficPolicy': {},
    'f:ports': {
      '.': {},
      'k:{"port":80,"protocol":"TCP"}': {
        '.': {},
        'f:name': {},
        'f:port': {},
        'f:protocol': {},
        'f:targetPort': {},
      },
    },
    'f:selector': {},
    'f:sessionAffinity': {},
    'f:type': {},
  },
};

const SLICE_FIELDS = {
  'f:addressType': {},
  'f:endpoints': {},
  'f:metadata': {
    'f:generateName': {},
    'f:labels': {
      '.': {},
      'f:app.kubernetes.io/name': {},
      'f:endpointslice.kubernetes.io/managed-by': {},
      'f:kubernetes.io/service-name': {},
    },
    'f:ownerReferences': {},
  },
  'f:ports': {},
};
