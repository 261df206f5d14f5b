import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shown } from '../../../test/kit/manifest-harness.ts';

const world = readFileSync(new URL('./testdata/world.yaml', import.meta.url), 'utf8');

test("an API server's objects show as they are", async (context) => {
  const { writer, warnings } = await shown(context, world, { watchPods: true });
  assert.deepEqual(warnings, []);
  const counts = [writer.namespaces, writer.services, writer.slices, writer.pods].map(({ size }) => size);
  // One of the six Pods has Succeeded.
  assert.deepEqual(counts, [9, 32, 19, 5]);
  assert.deepEqual(writer.services.get('prod/web'), {
    namespace: 'prod',
    name: 'web',
    type: 'ClusterIP',
    clusterIPs: ['10.96.1.10', 'fd00:10:96::110'],
    externalName: '',
    ports: [
      { name: 'http', protocol: 'TCP', number: 80 },
      { name: 'https', protocol: 'TCP', number: 443 },
    ],
    externalAddresses: [],
  });
  const gateway = writer.services.get('prod/gateway');
  assert.deepEqual(gateway?.externalAddresses, ['203.0.113.10', 'lb.example.net']);
  assert.deepEqual(writer.services.get('prod/exip')?.externalAddresses, ['198.51.100.1', '2001:db8::1']);
  assert.deepEqual(writer.services.get('prod/db')?.clusterIPs, ['None']);
  const external = writer.services.get('prod/ext-out');
  assert.deepEqual([external?.type, external?.externalName], ['ExternalName', 'api.example.com']);
  assert.deepEqual(writer.slices.get('edge/sensor-1'), {
    namespace: 'edge',
    name: 'sensor-1',
    service: 'sensor',
    ports: [{ name: 'coap', protocol: 'UDP', number: 5683 }],
    endpoints: [
      { addresses: ['10.244.5.1'], ready: true, hostname: 's-0', targetName: 's-0', node: '', zone: '' },
    ],
  });
  assert.deepEqual(writer.pods.get('edge/hostnet'), {
    namespace: 'edge',
    name: 'hostnet',
    address: '192.0.2.50',
  });
});

const item = (name: string, more = ''): string => `{kind: Service, metadata: {name: ${name}}${more}}`;

const lists: readonly [title: string, text: string][] = [
  ['List', `apiVersion: v1\nkind: List\nitems:\n  - ${item('a')}\n  - ${item('b')}\n`],
  [
    'ServiceList, whose items need no kind',
    'apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]\n',
  ],
  [
    'List as kubectl prints it',
    'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: a\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: b\nkind: List\nmetadata:\n  resourceVersion: ""\n',
  ],
  [
    'List with an anchor in another item',
    'kind: List\nitems:\n- kind: Service\n  metadata: {name: a, labels: &l {x: y}}\n- kind: Service\n  metadata: {name: b, labels: *l}\n',
  ],
  [
    'List in JSON',
    `{"kind": "List", "items": [${item('a').replaceAll(/\w+/g, '"$&"')}, ${item('b').replaceAll(/\w+/g, '"$&"')}]}`,
  ],
  [
    'List of Lists',
    `kind: List\nitems: [{kind: List, items: [${item('a')}]}, {kind: ServiceList, items: [{metadata: {name: b}}]}]`,
  ],
  ['documents after each other', `--- # first\n${item('a')}\n...\n---\n${item('b')}\n`],
  [
    'Windows lines',
    `kind: Service\r\nmetadata:\r\n  name: a\r\n---\r\nkind: Service\r\nmetadata:\r\n  name: b\r\n`,
  ],
];
for (const [title, text] of lists) {
  test(`manifests: ${title}`, async (context) => {
    const { writer, warnings } = await shown(context, text);
    assert.deepEqual(warnings, []);
    assert.deepEqual([...writer.services.keys()], ['default/a', 'default/b']);
  });
}

const ignored: readonly [title: string, text: string][] = [
  ['a Deployment', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n'],
  ['a Deployment in a List', 'kind: List\nitems: [{apiVersion: apps/v1, kind: Deployment}]\n'],
  ["another one's Service", 'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n'],
  ['a list of nothing', 'apiVersion: v1\nitems: []\nkind: List\n'],
  ['a kind with quotes and a comment', 'kind: "ConfigMap" # mine\ndata: {a: b}\n'],
  ['a document of comments', '# kind: Service\n---\n# nothing\n'],
];
for (const [title, text] of ignored) {
  test(`manifests: ignored without noise: ${title}`, async (context) => {
    const { writer, warnings } = await shown(context, text);
    assert.deepEqual([warnings, writer.calls], [[], []]);
  });
}

test('manifests: an object in a namespace makes the namespace', async (context) => {
  const text =
    'kind: Service\nmetadata: {name: a, namespace: shop}\n---\nkind: Service\nmetadata: {name: b}\n';
  const { writer } = await shown(context, `${text}---\nkind: Namespace\nmetadata: {name: empty}\n`);
  assert.deepEqual([...writer.namespaces].sort(), ['default', 'empty', 'shop']);
});

const namespaces = `kind: Namespace
metadata: {name: live, labels: {tier: live}}
---
kind: Namespace
metadata: {name: test, labels: {tier: test}}
---
kind: Service
metadata: {name: a, namespace: test}
---
kind: Service
metadata: {name: b, namespace: implied}
`;
const namespaceSelectors: readonly [selector: string, expected: string[]][] = [
  ['tier=live', ['live']],
  ['tier!=live', ['implied', 'test']],
  ['kubernetes.io/metadata.name in (test, implied)', ['implied', 'test']],
  ['tier', ['live', 'test']],
];
for (const [namespaceLabels, expected] of namespaceSelectors) {
  test(`manifests: namespace_labels ${namespaceLabels}`, async (context) => {
    const { writer } = await shown(context, namespaces, { namespaceLabels });
    assert.deepEqual([...writer.namespaces].sort(), expected);
    assert.equal(writer.services.size, 2, 'Services are the business of whoever asks for namespaces');
  });
}

test('manifests: labels select Services, EndpointSlices and Pods', async (context) => {
  const one = (kind: string, name: string, labels: string): string =>
    `kind: ${kind}\nmetadata: {name: ${name}, labels: {${labels}}}\nstatus: {podIP: 10.0.0.1}\n`;
  const kinds = ['Service', 'EndpointSlice', 'Pod'];
  const text = kinds
    .flatMap((kind) => [one(kind, 'yes', 'expose: "on"'), one(kind, 'no', 'x: y')])
    .join('---\n');
  const { writer } = await shown(context, text, { labels: 'expose=on', watchPods: true });
  for (const objects of [writer.services, writer.slices, writer.pods]) {
    assert.deepEqual([...objects.keys()], ['default/yes']);
  }
});

const pods: readonly [title: string, metadata: string, status: string, expected: boolean][] = [
  ['one that runs', '', 'phase: Running, podIP: 10.0.0.1', true],
  ['one that is not ready', '', 'podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]', true],
  ['one without address', '', 'phase: Pending', false],
  ['one that has only podIPs', '', 'podIPs: [{ip: 10.0.0.1}]', false],
  ['one that succeeded', '', 'phase: Succeeded, podIP: 10.0.0.1', false],
  ['one that failed', '', 'phase: Failed, podIP: 10.0.0.1', false],
  ['one that is unknown', '', 'phase: Unknown, podIP: 10.0.0.1', false],
  ['one that is going', ', deletionTimestamp: 2026-11-21T07:29:52Z', 'podIP: 10.0.0.1', false],
];
for (const [title, metadata, status, expected] of pods) {
  test(`manifests: Pods watched: ${title}`, async (context) => {
    const text = `kind: Pod\nmetadata: {name: p${metadata}}\nstatus: {${status}}\n`;
    const { writer } = await shown(context, text, { watchPods: true });
    assert.equal(writer.pods.has('default/p'), expected);
    assert.equal((await shown(context, text)).writer.pods.size, 0);
  });
}

test('manifests: of a slice only what DNS needs is kept', async (context) => {
  const text = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s, labels: {kubernetes.io/service-name: web}}
ports: [{port: 80}, {name: x, protocol: UDP}]
endpoints:
- {addresses: [10.0.0.1], conditions: {ready: true}, nodeName: n, zone: z, hostname: h, targetRef: {name: p}}
- {addresses: [10.0.0.2], conditions: {serving: false}}
- {addresses: [10.0.0.3], conditions: {ready: false}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
addressType: FQDN
metadata: {name: t}
endpoints: [{addresses: [example.com]}]
`;
  const { writer, warnings } = await shown(context, text);
  assert.deepEqual(warnings, []);
  const blank = { ready: true, hostname: '', targetName: '', node: '', zone: '' };
  assert.deepEqual(writer.slices.get('default/s'), {
    namespace: 'default',
    name: 's',
    service: 'web',
    ports: [
      { name: '', protocol: '', number: 80 },
      { name: 'x', protocol: 'UDP', number: -1 },
    ],
    endpoints: [
      { addresses: ['10.0.0.1'], ready: true, hostname: 'h', targetName: 'p', node: 'n', zone: 'z' },
      { ...blank, addresses: ['10.0.0.2'] },
    ],
  });
  assert.deepEqual(writer.slices.get('default/t')?.endpoints, []);
});
