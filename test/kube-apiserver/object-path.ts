import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** An object of the Kubernetes API, as far as tests care. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
  readonly uid?: string;
  readonly [field: string]: unknown;
}

/** The path that objects of this kind are created at, `/api/v1/namespaces/NAME/services`. */
export function collectionPath({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = withoutNamespace.has(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`;
  return `${group}${scope}/${plural(kind)}`;
}

/** The path of the object itself. */
export function objectPath(object: KubernetesObject): string {
  return `${collectionPath(object)}/${encodeURIComponent(object.metadata.name)}`;
}

/** Groups of objects, of which each needs those before. */
export function creationOrder(objects: readonly KubernetesObject[]): KubernetesObject[][] {
  const rank = ({ kind }: KubernetesObject): number => {
    const place = firstKinds.indexOf(kind);
    return place === -1 ? firstKinds.length : place;
  };
  const groups = Object.groupBy(objects, (object) => String(rank(object)));
  return [...firstKinds.keys(), firstKinds.length].map((place) => groups[place] ?? []);
}

/** The objects of a file of YAML documents. */
export function readObjects(path: string): KubernetesObject[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'));
  return documents
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

const firstKinds = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'Service'];

const withoutNamespace = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'Namespace',
  'Node',
]);

function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
