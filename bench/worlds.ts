/** Kubernetes objects and Corefiles that the benches serve. */

/** Web has a cluster IP, db is headless with four endpoints; as kubectl prints such things. */
export function smallWorld(): string {
  const endpoints = [1, 2, 3, 4].map(
    (index) => `- addresses: [10.244.0.${index}]\n  hostname: db-${index}\n  conditions: {ready: true}`,
  );
  return [
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}`,
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: prod}\nspec:\n  clusterIP: 10.96.0.20\n  ports:\n  - {name: http, port: 80}`,
    `apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: prod}\nspec:\n  clusterIP: None\n  ports:\n  - {name: sql, port: 5432}`,
    `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: db-1\n  namespace: prod\n  labels: {kubernetes.io/service-name: db}\naddressType: IPv4\nports:\n- {name: sql, port: 5432, protocol: TCP}\nendpoints:\n${endpoints.join('\n')}`,
  ].join('\n---\n');
}

/** The questions that are measured. */
export const questions: readonly { readonly title: string; readonly name: string; readonly type: string }[] =
  [
    { title: 'kubernetes A', name: 'web.prod.svc.cluster.local.', type: 'A' },
    { title: 'kubernetes NXDOMAIN', name: 'web.prod.svc.cluster.local.prod.svc.cluster.local.', type: 'A' },
    { title: 'kubernetes SRV, four targets', name: '_sql._tcp.db.prod.svc.cluster.local.', type: 'SRV' },
  ];

/** Asked in turn: what the pods of a cluster ask all day. */
export const hotQuestions: readonly { readonly name: string; readonly type: string }[] = [
  ...['A', 'AAAA'].flatMap((type) =>
    [
      'web.prod.svc.cluster.local.',
      'db.prod.svc.cluster.local.',
      'db-1.db.prod.svc.cluster.local.',
      'web.prod.svc.cluster.local.prod.svc.cluster.local.',
      'web.prod.svc.cluster.local.svc.cluster.local.',
    ].map((name) => ({ name, type })),
  ),
  { name: '_http._tcp.web.prod.svc.cluster.local.', type: 'SRV' },
  { name: '_sql._tcp.db.prod.svc.cluster.local.', type: 'SRV' },
];

/** What is measured of the cache alone. */
export const cacheQuestions = { hit: 'cache hit', miss: 'cache miss' } as const;

/** What most clusters run, with what the bench has to vary. */
export interface StockSettings {
  /** Files or folders for `kubernetes`. */
  readonly manifests: string;
  /** Port on 127.0.0.1 that `forward` goes to; none answers at 1. */
  readonly upstream?: number;
  readonly cache?: boolean;
  /** Further lines of the block. */
  readonly extra?: readonly string[];
}

/** What most clusters run, on 127.0.0.1. @param metricsPort 0: any */
export function stockCorefile(
  { manifests, upstream = 1, cache = true, extra = [] }: StockSettings,
  { port, metricsPort = 0 }: { port: number; metricsPort?: number },
): string {
  const lines = [
    'bind 127.0.0.1',
    'errors',
    'health 127.0.0.1:0',
    'ready 127.0.0.1:0',
    'kubernetes cluster.local in-addr.arpa ip6.arpa {',
    `    manifests ${manifests}`,
    '    pods insecure',
    '    fallthrough in-addr.arpa ip6.arpa',
    '    ttl 30',
    '}',
    `prometheus 127.0.0.1:${metricsPort}`,
    `forward . 127.0.0.1:${upstream}`,
    ...(cache ? ['cache 30'] : []),
    'loop',
    'reload',
    'loadbalance',
    ...extra,
  ];
  return `.:${port} {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}
