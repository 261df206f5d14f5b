import { isIP } from 'node:net';
import type { EndpointInput, EndpointSliceInput, PortInput } from '../cluster-writer.ts';
import type { LabelSelector } from '../label-selector.ts';
import { kindLetters, ObjectError } from './manifest-object.ts';
import type { KindLetter, KindName, ManifestObject } from './manifest-object.ts';
import { podContent } from './read-pod.ts';
import { serviceImport } from './read-service-import.ts';
import { serviceContent } from './read-service.ts';
import { isMap, listAt, mapAt, mapsAt, portAt, textAt, textMapAt, textsAt } from './read-value.ts';
import type { ValueMap } from './read-value.ts';
import { sliceText } from './slice-text.ts';

/** What the `kubernetes` directive wants of the objects; selectors that are undefined select all. */
export interface Selectors {
  /** For Services, EndpointSlices and Pods. */
  readonly labels: LabelSelector | undefined;
  /** For Namespaces and, as in CoreDNS, ServiceImports. */
  readonly namespaceLabels: LabelSelector | undefined;
  /** Whether ServiceImports and their EndpointSlices are wanted at all. */
  readonly clusterSet: boolean;
}

/** Whether documents of this kind need parsing at all. */
export function isKeptKind(kind: string): boolean {
  return Object.hasOwn(kindLetters, kind) || kind.endsWith('List');
}

/**
 * The objects of a parsed document that matter to DNS, lists unrolled. What is wrong with one is told to `warn`, and
 * the object left out; other kinds are left out in silence.
 */
export function readObjects(
  value: unknown,
  line: number,
  selectors: Selectors,
  warn: (line: number, message: string) => void,
): ManifestObject[] {
  const objects: ManifestObject[] = [];
  const visit = (object: unknown, listKind: string, apiVersion: string, position: string): void => {
    if (object === null || object === undefined) return;
    try {
      if (!isMap(object))
        throw new ObjectError('a Kubernetes object is a map with apiVersion, kind and metadata');
      const kind = textAt(object, 'kind') || listKind;
      const version = textAt(object, 'apiVersion') || apiVersion;
      if (kind === '') throw new ObjectError('an object without kind');
      if (kind.endsWith('List') && object['items'] !== undefined) {
        const itemKind = kind.slice(0, -'List'.length);
        listAt(object, 'items').forEach((item, index) =>
          visit(item, itemKind, version, ` (item ${index + 1})`),
        );
        return;
      }
      objects.push(...readObject(object, kind, version, line, selectors));
    } catch (error) {
      if (!(error instanceof ObjectError)) throw error;
      warn(line, `${error.message}${position}; the object is left out`);
    }
  };
  visit(value, '', '', '');
  return objects;
}

function readObject(
  object: ValueMap,
  kind: string,
  apiVersion: string,
  line: number,
  selectors: Selectors,
): ManifestObject[] {
  if (!Object.hasOwn(kindLetters, kind)) return [];
  const letter = kindLetters[kind as KindName];
  if (!isVersionOf(letter, apiVersion) || (letter === 'I' && !selectors.clusterSet)) return [];
  const metadata = mapAt(object, 'metadata');
  const name = textAt(metadata, 'name');
  if (name === '') throw new ObjectError(`${kind} without metadata.name`);
  const namespace = letter === 'N' ? '' : textAt(metadata, 'namespace') || 'default';
  const title = letter === 'N' ? `Namespace ${name}` : `${kind} ${namespace}/${name}`;
  checkName(title, 'metadata.name', name, letter === 'N' || letter === 'S' || letter === 'I');
  if (letter !== 'N') checkName(title, 'metadata.namespace', namespace, true);
  try {
    const labels = textMapAt(metadata, 'labels');
    const selector = letter === 'N' || letter === 'I' ? selectors.namespaceLabels : selectors.labels;
    // The API server gives this label to every Namespace.
    if (letter === 'N') labels['kubernetes.io/metadata.name'] ??= name;
    const selected = selector === undefined || selector.matches(labels);
    const placed = { namespace: owned(namespace), line, selected };
    const imported =
      letter === 'E' && selectors.clusterSet ? importedSlice(object, namespace, name, labels) : '';
    const objects: ManifestObject[] = [];
    if (imported !== '') {
      const key = owned(`M ${namespace}/${name}`);
      objects.push({ ...placed, letter: 'M', key, service: '', content: imported });
      // It may belong to a Service of the cluster itself as well.
      if ((labels['kubernetes.io/service-name'] ?? '') === '') return objects;
    }
    const [service, content] = contentOf(letter, object, metadata, namespace, name, labels);
    const key = owned(`${letter} ${namespace}/${name}`);
    if (content !== undefined) objects.push({ ...placed, letter, key, service, content });
    return objects;
  } catch (error) {
    if (error instanceof ObjectError) throw new ObjectError(`${title}: ${error.message}`);
    throw error;
  }
}

/** Others have Services too: serving.knative.dev. */
function isVersionOf(letter: KindLetter, apiVersion: string): boolean {
  if (letter === 'E') return apiVersion === '' || apiVersion.startsWith('discovery.k8s.io/');
  if (letter === 'I') return apiVersion === '' || apiVersion.startsWith('multicluster.x-k8s.io/');
  return apiVersion === '' || apiVersion === 'v1';
}

/** The message of an EndpointSlice of a ServiceImport, by KEP-1645's labels; '' where it is none. */
function importedSlice(
  object: ValueMap,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): string {
  const service = labels['multicluster.kubernetes.io/service-name'];
  if (service === undefined) return '';
  const cluster = labels['multicluster.kubernetes.io/source-cluster'] ?? '';
  return `M${sliceText({ ...sliceOf(object, namespace, name, service), cluster })}`;
}

function contentOf(
  letter: KindLetter,
  object: ValueMap,
  metadata: ValueMap,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): [service: string, content: string | undefined] {
  if (letter === 'N') return ['', ''];
  if (letter === 'I') return ['', `I${JSON.stringify(serviceImport(object, namespace, name))}`];
  if (letter === 'S') return ['', JSON.stringify(serviceContent(object, namespace, name))];
  if (letter === 'P') {
    const pod = podContent(object, metadata, namespace, name, labels);
    return ['', pod && JSON.stringify(pod)];
  }
  if (letter === 'B')
    return [`S ${namespace}/${name}`, JSON.stringify(slicesOfEndpoints(object, namespace, name))];
  const service = labels['kubernetes.io/service-name'] ?? '';
  const slice = sliceOf(object, namespace, name, service);
  return [service && owned(`S ${namespace}/${service}`), `E${sliceText(slice)}`];
}

function sliceOf(object: ValueMap, namespace: string, name: string, service: string): EndpointSliceInput {
  const ports = mapsAt(object, 'ports').map(portOf);
  return { namespace, name, service, ports, endpoints: endpointsOf(object) };
}

/** The ready endpoints of a slice; those of type FQDN are no addresses. */
function endpointsOf(slice: ValueMap): EndpointInput[] {
  const endpoints: EndpointInput[] = [];
  if (textAt(slice, 'addressType') === 'FQDN') return endpoints;
  for (const endpoint of mapsAt(slice, 'endpoints')) {
    if (mapAt(endpoint, 'conditions')['ready'] === false) continue;
    const addresses = textsAt(endpoint, 'addresses');
    for (const address of addresses) {
      if (isIP(address) === 0) throw new ObjectError(`endpoint address '${address}' is not an IP address`);
    }
    endpoints.push({
      addresses,
      ready: true,
      hostname: textAt(endpoint, 'hostname'),
      targetName: textAt(mapAt(endpoint, 'targetRef'), 'name'),
      node: textAt(endpoint, 'nodeName'),
      zone: textAt(endpoint, 'zone'),
    });
  }
  return endpoints;
}

/** The slices that stand for Endpoints: one a subset, of its ready addresses. */
function slicesOfEndpoints(object: ValueMap, namespace: string, name: string): EndpointSliceInput[] {
  return mapsAt(object, 'subsets').map((subset, index) => {
    const endpoints = mapsAt(subset, 'addresses').map((address): EndpointInput => {
      const ip = textAt(address, 'ip');
      if (isIP(ip) === 0) throw new ObjectError(`endpoint address '${ip}' is not an IP address`);
      return {
        addresses: [ip],
        ready: true,
        hostname: textAt(address, 'hostname'),
        targetName: textAt(mapAt(address, 'targetRef'), 'name'),
        node: textAt(address, 'nodeName'),
        zone: '',
      };
    });
    const ports = mapsAt(subset, 'ports').map((port) => ({
      ...portOf(port),
      protocol: textAt(port, 'protocol') || 'TCP',
    }));
    // No object of Kubernetes has a name with a slash, so this one is nobody else's.
    return { namespace, name: `${name}/endpoints-${index}`, service: name, ports, endpoints };
  });
}

function portOf(port: ValueMap): PortInput {
  return { name: textAt(port, 'name'), protocol: textAt(port, 'protocol'), number: portAt(port, 'port') };
}

function checkName(title: string, key: string, name: string, label: boolean): void {
  const pattern = label
    ? /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
    : /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/;
  if (pattern.test(name)) return;
  const allowed = label
    ? 'at most 63 lower-case letters, digits and -'
    : 'lower-case letters, digits, - and .';
  throw new ObjectError(`${title}: ${key} '${name}' is not a valid name (${allowed})`);
}

/** A copy that does not keep the document's whole text alive, as a piece of it would. */
function owned(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}
