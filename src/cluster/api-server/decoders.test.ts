import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { encodeObject } from '../../../test/kit/kubernetes-protobuf.ts';
import { readObjects } from '../manifests/read-objects.ts';
import { resolveObjects } from '../manifests/resolve-objects.ts';
import { sliceFromText } from '../manifests/slice-text.ts';
import {
  endpointSliceDecoder,
  multiclusterEndpointSliceDecoder,
  namespaceDecoder,
  podDecoder,
  serviceDecoder,
  serviceImportDecoder,
} from './decoders.ts';
import type { ObjectDecoder } from './watched-object.ts';

/** What real objects have and DNS does not need. */
const noise = {
  generateName: 'web-',
  uid: '0b0f3a1e-5a6f-4b6e-9d6c-0c8d5f1f2a3b',
  generation: 3,
  creationTimestamp: '2026-11-21T12:00:00Z',
  finalizers: ['example.org/hold'],
  managedFields: [{ manager: 'kubectl', operation: 'Apply', time: '2026-11-21T12:00:00Z' }],
};
const metadata = { name: 'web', namespace: 'shop', resourceVersion: '4711', ...noise };
const plain = {
  namespace: 'shop',
  name: 'web',
  resourceVersion: '4711',
  deleting: false,
  triggered: undefined,
};
const service = {
  namespace: 'shop',
  name: 'web',
  type: 'ClusterIP',
  clusterIPs: ['10.0.0.1'],
  externalName: '',
  ports: [],
  externalAddresses: [],
};
const slice = { namespace: 'shop', name: 'web', service: '', ports: [], endpoints: [] };
const endpoint = { addresses: ['10.1.0.1'], ready: true, hostname: '', targetName: '', node: '', zone: '' };

const objects: readonly [title: string, decoder: ObjectDecoder<unknown>, object: object, expected: object][] =
  [
    [
      'a Namespace',
      namespaceDecoder,
      { metadata: { ...noise, name: 'shop', resourceVersion: '1' }, status: { phase: 'Active' } },
      { ...plain, namespace: '', name: 'shop', resourceVersion: '1', input: noise.uid },
    ],
    [
      'a Namespace that is being deleted',
      namespaceDecoder,
      { metadata: { name: 'shop', deletionTimestamp: '2026-11-21T12:00:00Z' } },
      { ...plain, namespace: '', name: 'shop', resourceVersion: '', deleting: true, input: '' },
    ],
    [
      'a Service with all that is read',
      serviceDecoder,
      {
        metadata,
        spec: {
          type: 'LoadBalancer',
          selector: { app: 'web' },
          clusterIP: '10.0.0.1',
          clusterIPs: ['10.0.0.1', 'fd00::1'],
          externalIPs: ['192.0.2.1'],
          ipFamilies: ['IPv4', 'IPv6'],
          ports: [
            { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
            { name: '', protocol: '', port: 65535 },
          ],
        },
        status: {
          loadBalancer: {
            ingress: [
              { ip: '192.0.2.2', ipMode: 'VIP' },
              { hostname: 'lb.example.org' },
              { ip: '192.0.2.3', hostname: 'x' },
              {},
            ],
          },
        },
      },
      {
        ...plain,
        input: {
          ...service,
          type: 'LoadBalancer',
          clusterIPs: ['10.0.0.1', 'fd00::1'],
          ports: [
            { name: 'http', protocol: 'TCP', number: 80 },
            { name: '', protocol: 'TCP', number: 65535 },
          ],
          externalAddresses: ['192.0.2.1', '192.0.2.2', 'lb.example.org', '192.0.2.3'],
        },
      },
    ],
    [
      'a Service without clusterIPs has its clusterIP',
      serviceDecoder,
      { metadata, spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', clusterIPs: [''] } },
      { ...plain, input: service },
    ],
    [
      'a headless Service',
      serviceDecoder,
      { metadata, spec: { clusterIP: 'None', clusterIPs: ['None'] } },
      { ...plain, input: { ...service, clusterIPs: ['None'] } },
    ],
    [
      'an ExternalName has a name and no addresses',
      serviceDecoder,
      { metadata, spec: { type: 'ExternalName', externalName: 'example.org', clusterIP: '10.0.0.9' } },
      {
        ...plain,
        input: { ...service, type: 'ExternalName', clusterIPs: [], externalName: 'example.org' },
      },
    ],
    [
      'an externalName of another type is left out',
      serviceDecoder,
      { metadata, spec: { clusterIP: '10.0.0.1', externalName: 'example.org' } },
      { ...plain, input: service },
    ],
    [
      'a Service without spec',
      serviceDecoder,
      { metadata },
      { ...plain, input: { ...service, clusterIPs: [] } },
    ],
    [
      'a slice with all that is read',
      endpointSliceDecoder,
      {
        metadata: {
          ...metadata,
          name: 'web-x7k2p',
          labels: { 'a/b': 'c', 'kubernetes.io/service-name': 'web', 'kubernetes.io/service-names': 'no' },
          annotations: {
            'endpoints.kubernetes.io/last-change-trigger-time': '2026-11-21T12:43:15.25Z',
            'example.org/note': 'ü',
          },
        },
        addressType: 'IPv4',
        ports: [{ name: 'http', protocol: 'TCP', port: 8080, appProtocol: 'http' }, { name: 'all' }, {}],
        endpoints: [
          {
            addresses: ['10.1.0.1', '10.1.0.2'],
            conditions: { ready: true, serving: true, terminating: false },
            hostname: 'web-0',
            targetRef: { kind: 'Pod', namespace: 'other', name: 'web-0-pod', uid: 'x' },
            deprecatedTopology: { zone: 'no' },
            nodeName: 'node-1',
            zone: 'eu-west-1a',
          },
          { addresses: ['10.1.0.3'], conditions: { ready: false, serving: true }, hostname: 'web-1' },
          { addresses: ['10.1.0.1'], conditions: { serving: false } },
          { addresses: ['10.1.0.1'] },
        ],
      },
      {
        ...plain,
        name: 'web-x7k2p',
        triggered: Date.UTC(2026, 10, 21, 12, 43, 15, 250),
        input: {
          ...slice,
          name: 'web-x7k2p',
          service: 'web',
          ports: [
            { name: 'http', protocol: 'TCP', number: 8080 },
            { name: 'all', protocol: '', number: -1 },
            { name: '', protocol: '', number: -1 },
          ],
          endpoints: [
            {
              addresses: ['10.1.0.1', '10.1.0.2'],
              ready: true,
              hostname: 'web-0',
              targetName: 'web-0-pod',
              node: 'node-1',
              zone: 'eu-west-1a',
            },
            endpoint,
            endpoint,
          ],
        },
      },
    ],
    ['a slice of nobody', endpointSliceDecoder, { metadata }, { ...plain, input: slice }],
    [
      'a slice of host names has no addresses',
      endpointSliceDecoder,
      { metadata, addressType: 'FQDN', endpoints: [{ addresses: ['example.org'] }], ports: [{ port: 1 }] },
      { ...plain, input: { ...slice, ports: [{ name: '', protocol: '', number: 1 }] } },
    ],
    [
      'a time that is none',
      endpointSliceDecoder,
      {
        metadata: {
          ...metadata,
          annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'yesterday' },
        },
      },
      { ...plain, input: slice },
    ],
    [
      'a slice of another cluster',
      multiclusterEndpointSliceDecoder,
      {
        metadata: {
          ...metadata,
          labels: {
            'kubernetes.io/service-name': 'derived-x',
            'multicluster.kubernetes.io/service-name': 'web',
            'multicluster.kubernetes.io/source-cluster': 'east',
          },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.1.0.1'] }],
      },
      { ...plain, input: { ...slice, service: 'web', cluster: 'east', endpoints: [endpoint] } },
    ],
    [
      'a multicluster slice without labels',
      multiclusterEndpointSliceDecoder,
      { metadata },
      { ...plain, input: { ...slice, cluster: '' } },
    ],
    [
      'a Pod: its first address only',
      podDecoder,
      {
        metadata: { ...metadata, labels: { app: 'web' } },
        spec: { nodeName: 'node-1', hostNetwork: false },
        status: { phase: 'Running', hostIP: '192.0.2.9', podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }] },
      },
      { ...plain, input: { namespace: 'shop', name: 'web', address: '10.1.0.1' } },
    ],
    [
      'a Pod without address',
      podDecoder,
      { metadata, status: { phase: 'Pending' } },
      { ...plain, input: { namespace: 'shop', name: 'web', address: '' } },
    ],
    [
      'names that are not ASCII',
      podDecoder,
      { metadata: { ...metadata, name: 'wéb', namespace: 'šop' } },
      { ...plain, namespace: 'šop', name: 'wéb', input: { namespace: 'šop', name: 'wéb', address: '' } },
    ],
  ];
for (const [title, decoder, object, expected] of objects) {
  test(`${title}, in protobuf`, () => {
    const bytes = encodeObject(decoder.kind, object);
    const padded = Buffer.concat([Buffer.from([255, 255]), bytes, Buffer.from([255])]);
    assert.deepEqual(decoder.fromProtobuf(bytes, 0, bytes.length), expected);
    assert.deepEqual(decoder.fromProtobuf(padded, 2, 2 + bytes.length), expected, 'amid other bytes');
    assert.deepEqual(decoder.fromProtobuf(new Uint8Array(bytes), 0, bytes.length), expected, 'no Buffer');
  });
  test(`${title}, in JSON`, () => assert.deepEqual(decoder.fromJson(object), expected));
}

const imports: readonly [title: string, spec: object, expected: object][] = [
  [
    'with addresses',
    {
      type: 'ClusterSetIP',
      ips: ['10.2.0.1'],
      ports: [
        { name: 'http', port: 80 },
        { port: 53, protocol: 'UDP' },
      ],
    },
    {
      ...service,
      clusterIPs: ['10.2.0.1'],
      ports: [
        { name: 'http', protocol: 'TCP', number: 80 },
        { name: '', protocol: 'UDP', number: 53 },
      ],
    },
  ],
  ['headless', { type: 'Headless', ips: [] }, { ...service, clusterIPs: ['None'] }],
  ['without address yet', { type: 'ClusterSetIP' }, { ...service, type: 'ClusterSetIP', clusterIPs: [] }],
];
for (const [title, spec, input] of imports) {
  test(`a ServiceImport ${title}`, () => {
    assert.deepEqual(serviceImportDecoder.fromJson({ metadata, spec }), { ...plain, input });
  });
}

test('the time of a change, to its nanoseconds', () => {
  const at = (time: string): number | undefined =>
    endpointSliceDecoder.fromJson({
      metadata: { ...metadata, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': time } },
    }).triggered;
  const second = Date.UTC(2026, 10, 21, 12, 43, 15);
  assert.equal(at('2026-11-21T12:43:15Z'), second);
  assert.ok(Math.abs(at('2026-11-21T12:43:15.123456789Z')! - (second + 123.456789)) < 0.001);
  assert.equal(at('2026-11-21T14:43:15.5+02:00'), second + 500);
  assert.equal(at('2026-13-21T12:43:15Z'), undefined);
  assert.equal(at('2026-11-21T12:43:15.1234567890Z'), undefined);
});

test('objects are read as the manifests’ reader reads them', () => {
  const file = new URL('../manifests/testdata/world.yaml', import.meta.url);
  let count = 0;
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    const object = document.toJS() as { kind: string; metadata: Record<string, unknown> } | null;
    const decoder = decoders.find(({ kind }) => kind === object?.kind);
    if (object === null || decoder === undefined) continue;
    if (object.kind !== 'Namespace') object.metadata['namespace'] ??= 'default';
    const expected = fromManifest(object);
    const bytes = encodeObject(object.kind, object);
    if (expected === undefined) continue;
    assert.deepEqual(decoder.fromProtobuf(bytes, 0, bytes.length).input, expected);
    assert.deepEqual(decoder.fromJson(object).input, expected);
    count++;
  }
  assert.ok(count > 20, `${count} objects`);
});

const decoders: readonly ObjectDecoder<unknown>[] = [endpointSliceDecoder, podDecoder, serviceDecoder];

/** What the store is given of an object in a file; undefined for nothing. */
function fromManifest(object: object): unknown {
  const selectors = { labels: undefined, namespaceLabels: undefined, clusterSet: false };
  const [read] = readObjects(object, 1, selectors, (_, message) => assert.fail(message));
  if (read === undefined) return undefined;
  const placed = [{ object: read, file: 'world.yaml' }];
  const { messages } = resolveObjects(placed, { pools: [], watchPods: true, namespaceLabels: undefined });
  const message = messages.get(read.key)?.slice(1);
  if (message === undefined) return undefined;
  return read.letter === 'E' ? sliceFromText(message) : (JSON.parse(message) as unknown);
}
