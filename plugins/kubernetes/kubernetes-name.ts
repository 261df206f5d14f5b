/** What the labels left of a zone ask for. */
export const NameKind = {
  /** The zone itself, or `svc` or `pod` alone. */
  Empty: 0,
  Service: 1,
  Pod: 2,
  /** No form of the Kubernetes DNS specification. */
  Invalid: 3,
} as const;
export type NameKind = (typeof NameKind)[keyof typeof NameKind];

/**
 * A name of the Kubernetes DNS specification, taken apart. All parts are in lower case; '' where the name has no
 * such part. Empty `port` and `protocol` match every port.
 */
export class KubernetesName {
  readonly kind: NameKind;
  readonly namespace: string;
  /** `service.namespace` as it stands in the name; for pods `dashed-address.namespace`. '' without a service label. */
  readonly key: string;
  readonly endpoint: string;
  readonly port: string;
  readonly protocol: string;
  /** Cluster of a ClusterSet that the endpoint is in. */
  readonly cluster: string;
  /** `pin` or `prefer` of a zonal name. */
  readonly locality: string;
  /** Topology zone of a zonal name. */
  readonly topologyZone: string;

  constructor(
    kind: NameKind,
    namespace = '',
    key = '',
    endpoint = '',
    port = '',
    protocol = '',
    cluster = '',
    locality = '',
    topologyZone = '',
  ) {
    this.kind = kind;
    this.namespace = namespace;
    this.key = key;
    this.endpoint = endpoint;
    this.port = port;
    this.protocol = protocol;
    this.cluster = cluster;
    this.locality = locality;
    this.topologyZone = topologyZone;
  }

  /** The label left of the namespace. */
  get firstLabel(): string {
    return this.key.slice(0, this.key.length - this.namespace.length - 1);
  }
}

/** Which of the less usual forms a zone has. */
export interface NameForms {
  /** Two labels without an underscore are an endpoint in a cluster. */
  readonly multicluster: boolean;
  readonly zonal: boolean;
}

const EMPTY = new KubernetesName(NameKind.Empty);
const INVALID = new KubernetesName(NameKind.Invalid);

/**
 * Takes a name below `zone` apart, from the right:
 * `service.namespace.svc`, `endpoint.service.namespace.svc`, `_port._protocol.service.namespace.svc`,
 * `1-2-3-4.namespace.pod`, and the forms of `forms`. Both names are in lower case and fully qualified.
 */
export function parseKubernetesName(name: string, zone: string, forms: NameForms): KubernetesName {
  const end = zone === '.' ? name.length - 1 : name.length - zone.length - 1;
  if (end <= 0) return EMPTY;
  const kindAt = labelStart(name, end);
  const kind = kindOf(name, kindAt, end);
  if (kind === NameKind.Invalid) return INVALID;
  if (kindAt === 0) return EMPTY;
  const namespaceAt = labelStart(name, kindAt - 1);
  const namespace = name.slice(namespaceAt, kindAt - 1);
  if (namespaceAt === 0) return new KubernetesName(kind, namespace);
  const keyAt = labelStart(name, namespaceAt - 1);
  const key = name.slice(keyAt, kindAt - 1);
  if (keyAt === 0) return new KubernetesName(kind, namespace, key);
  return parseFurtherLabels(name, keyAt - 1, forms, new KubernetesName(kind, namespace, key));
}

/** The labels left of the service; `end` is the dot behind them. */
function parseFurtherLabels(
  name: string,
  end: number,
  forms: NameForms,
  base: KubernetesName,
): KubernetesName {
  const { kind, namespace, key } = base;
  const nearAt = labelStart(name, end);
  const near = name.slice(nearAt, end);
  if (nearAt === 0) return new KubernetesName(kind, namespace, key, near);
  const farAt = labelStart(name, nearAt - 1);
  const far = name.slice(farAt, nearAt - 1);
  if (farAt > 0) {
    const locality = forms.zonal && !forms.multicluster && near === '_zone' && isLocality(far) ? far : '';
    if (locality === '' || kind !== NameKind.Service) return INVALID;
    return new KubernetesName(kind, namespace, key, '', '', '', '', locality, name.slice(0, farAt - 1));
  }
  if (forms.multicluster && !near.startsWith('_') && !far.startsWith('_')) {
    return new KubernetesName(kind, namespace, key, far, '', '', near);
  }
  return new KubernetesName(kind, namespace, key, '', withoutUnderscore(far), withoutUnderscore(near));
}

function kindOf(name: string, start: number, end: number): NameKind {
  if (end - start !== 3) return NameKind.Invalid;
  if (name.startsWith('svc', start)) return NameKind.Service;
  return name.startsWith('pod', start) ? NameKind.Pod : NameKind.Invalid;
}

/** Only these two: the name says whether other zones may serve when this one has no endpoints. */
function isLocality(label: string): boolean {
  return label === 'pin' || label === 'prefer';
}

/** Optional in CoreDNS: `http.tcp.web…` is `_http._tcp.web…`. */
function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label;
}

/** Where the label begins that ends before the dot at `end`. A dot written `\.` is a part of its label. */
function labelStart(name: string, end: number): number {
  let dot = name.lastIndexOf('.', end - 1);
  while (dot > 0 && isEscaped(name, dot)) dot = name.lastIndexOf('.', dot - 1);
  return dot + 1;
}

function isEscaped(name: string, index: number): boolean {
  let before = index - 1;
  while (before >= 0 && name.charCodeAt(before) === 0x5c) before--;
  return (index - 1 - before) % 2 === 1;
}
