/** An object of the Kubernetes API, as a file or a client writes it. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What the cluster shares with the clusters east and west, and two Services of its own. */
export const sharedShop: readonly WrittenObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  service('web', '10.96.0.10'),
  service('solo', '10.96.0.11'),
  serviceImport('web', {
    type: 'ClusterSetIP',
    ips: ['10.112.0.1', 'fd00:112::1'],
    ports: [
      { name: 'http', protocol: 'TCP', port: 80 },
      { name: 'https', protocol: 'TCP', port: 443 },
    ],
  }),
  importedSlice('web-east', 'web', 'east', ['10.1.0.1']),
  importedSlice('web-west', 'web', 'west', ['10.2.0.1']),
  serviceImport('db', { type: 'Headless', ports: [{ name: 'http', protocol: 'TCP', port: 80 }] }),
  importedSlice('db-east', 'db', 'east', ['10.1.1.1 db-0', '!10.1.1.2 db-1']),
  importedSlice('db-west', 'db', 'west', ['10.2.1.1 db-0', '10.2.1.2']),
  importedSlice('db-west-6', 'db', 'west', ['fd00:2::1 db-0']),
  serviceImport('portless', { type: 'ClusterSetIP', ips: ['10.112.0.2'] }),
  serviceImport('waiting', {
    type: 'ClusterSetIP',
    ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  }),
  serviceImport('idle', { type: 'Headless' }),
];

/** A Service of the cluster itself. */
export function service(name: string, clusterIP: string): WrittenObject {
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }];
  const metadata = { name, namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ClusterIP', clusterIP, ports } };
}

export function serviceImport(name: string, spec: object): WrittenObject {
  const metadata = { name, namespace: 'shop' };
  return { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport', metadata, spec };
}

/** @param endpoints as `address hostname`, `!` before those that are not ready; all of one family */
export function importedSlice(
  name: string,
  service: string,
  cluster: string,
  endpoints: readonly string[],
): WrittenObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `imported-${name}`,
      namespace: 'shop',
      labels: {
        'multicluster.kubernetes.io/service-name': service,
        'multicluster.kubernetes.io/source-cluster': cluster,
      },
    },
    addressType: endpoints[0]!.includes(':') ? 'IPv6' : 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: endpoints.map((text) => {
      const [address, hostname] = text.replace('!', '').split(' ');
      const conditions = { ready: !text.startsWith('!') };
      return { addresses: [address], conditions, ...(hostname !== undefined && { hostname }) };
    }),
  };
}
