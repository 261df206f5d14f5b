import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../test/kit/manifest-harness.ts';

const web = `apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: { name: web, namespace: shop, labels: { tier: live } }
spec: { type: ClusterSetIP, ips: [10.112.0.1], ports: [{ name: http, port: 80 }] }
status: { clusters: [{ cluster: east }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-east
  namespace: shop
  labels:
    app: web
    multicluster.kubernetes.io/service-name: web
    multicluster.kubernetes.io/source-cluster: east
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints: [{ addresses: [10.1.0.1], hostname: web-0 }, { addresses: [10.1.0.2], conditions: { ready: false } }]
`;

test('manifests: a ServiceImport and its slices go to the ClusterSet, and their namespace is there', async (context) => {
  const { writer, clusterSet, warnings } = await shown(context, web, { watchClusterSet: true });
  assert.deepEqual(warnings, []);
  assert.deepEqual(writer.takeCalls(), ['putNamespace shop']);
  assert.deepEqual(clusterSet.services.get('shop/web'), {
    namespace: 'shop',
    name: 'web',
    type: 'ClusterIP',
    clusterIPs: ['10.112.0.1'],
    externalName: '',
    ports: [{ name: 'http', protocol: 'TCP', number: 80 }],
    externalAddresses: [],
  });
  assert.deepEqual(clusterSet.slices.get('shop/web-east'), {
    namespace: 'shop',
    name: 'web-east',
    service: 'web',
    cluster: 'east',
    ports: [{ name: 'http', protocol: 'TCP', number: 8080 }],
    endpoints: [
      { addresses: ['10.1.0.1'], ready: true, hostname: 'web-0', targetName: '', node: '', zone: '' },
    ],
  });
});

test('manifests: where nobody wants a ClusterSet, ServiceImports are other people’s objects', async (context) => {
  const broken = `${web}---\napiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceImport\nmetadata: {}\n`;
  const { writer, clusterSet, warnings } = await shown(context, broken);
  assert.deepEqual(warnings, []);
  assert.deepEqual(clusterSet.takeCalls(), []);
  assert.deepEqual(writer.takeCalls(), ['putNamespace shop', 'putEndpointSlice shop/web-east']);
});

test('manifests: a slice of a Service and of a ServiceImport is both', async (context) => {
  const both = web.replace('app: web', 'kubernetes.io/service-name: own');
  const { writer, clusterSet } = await shown(context, both, { watchClusterSet: true });
  assert.equal(writer.slices.get('shop/web-east')?.service, 'own');
  assert.equal(writer.slices.get('shop/web-east')?.cluster, undefined);
  assert.equal(clusterSet.slices.get('shop/web-east')?.service, 'web');
});

const selections: readonly (readonly [selectors: object, imports: string[], slices: string[]])[] = [
  [{ labels: 'app=web' }, ['shop/web'], ['shop/web-east']],
  [{ labels: 'app=db' }, ['shop/web'], []],
  [{ namespaceLabels: 'tier=live' }, ['shop/web'], ['shop/web-east']],
  [{ namespaceLabels: 'tier=test' }, [], ['shop/web-east']],
];
for (const [selectors, imports, slices] of selections) {
  test(`manifests: of a ClusterSet ${JSON.stringify(selectors)} selects as in CoreDNS`, async (context) => {
    const { clusterSet } = await shown(context, web, { ...selectors, watchClusterSet: true });
    assert.deepEqual([...clusterSet.services.keys()], imports);
    assert.deepEqual([...clusterSet.slices.keys()], slices);
  });
}

const faults: readonly (readonly [title: string, from: string, to: string, warning: RegExp])[] = [
  ['of no type', 'ClusterSetIP', 'NodePort', /spec\.type 'NodePort' is neither ClusterSetIP nor Headless/],
  ['with a port without number', 'port: 80 ', 'x: 80 ', /a port without number/],
  ['with a name that is none', 'name: web,', 'name: Web,', /metadata\.name 'Web' is not a valid name/],
];
for (const [title, from, to, warning] of faults) {
  test(`manifests: a ServiceImport ${title} is told and left out, and its slices are not`, async (context) => {
    const { clusterSet, warnings } = await shown(context, web.replace(from, to), { watchClusterSet: true });
    assert.match(warnings.join('\n'), warning);
    assert.match(warnings.join('\n'), /^x\.yaml:1: ServiceImport shop\/\w+: .*; the object is left out$/);
    assert.deepEqual(clusterSet.takeCalls(), ['putEndpointSlice shop/web-east']);
  });
}

test('manifests: two ServiceImports of one name are told', async (context) => {
  const { warnings } = await shown(context, `${web}---\n${web}`, { watchClusterSet: true });
  assert.deepEqual(warnings, [
    'x.yaml:20: ServiceImport shop/web stands in x.yaml:1 too; the one in x.yaml counts',
    'x.yaml:26: EndpointSlice shop/web-east stands in x.yaml:7 too; the one in x.yaml counts',
  ]);
});
