import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { AnnouncedServices } from '../../src/plugin/capability.ts';
import type { AnnouncedService } from '../../src/plugin/capability.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { fakePlugin } from '../../test/kit/fake-plugin.ts';
import { startServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { kubernetes } from './index.ts';

function manifest(namespace: string, name: string): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
  annotations: { signpost.dev/mdns: _http._tcp }
spec:
  type: NodePort
  externalTrafficPolicy: Local
  ports: [{ name: http, port: 80, nodePort: 30080 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}-1
  namespace: ${namespace}
  labels: { kubernetes.io/service-name: ${name} }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints:
  - addresses: [10.1.0.1]
    nodeName: node-1
`;
}

/** What another plugin is offered of two Services in two namespaces. */
async function offered(context: TestContext, property: string): Promise<AnnouncedService[]> {
  const files = { 'a.yaml': `${manifest('shop', 'web')}---\n${manifest('office', 'wiki')}` };
  const { path } = temporaryFolder(context, files);
  let list: AnnouncedService[] = [];
  const asking = fakePlugin('mdns', {
    setup: (controller) => {
      controller.onStart(() => {
        list = controller.askAll(AnnouncedServices).flatMap((source) => source.list());
      });
    },
  });
  const corefile = `. {\n kubernetes cluster.local {\n manifests ${path}\n ${property}\n }\n mdns\n}`;
  await using _server = await startServer(corefile, { plugins: pluginMap(kubernetes, asking) });
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const rows = [
  { property: '', names: ['web', 'wiki'], nodes: ['node-1'], isLocal: true },
  { property: 'namespaces shop', names: ['web'], nodes: ['node-1'], isLocal: true },
  { property: 'noendpoints', names: ['web', 'wiki'], nodes: [''], isLocal: false },
];
for (const { property, names, nodes, isLocal } of rows) {
  test(`Services to be announced are offered to other plugins: ${property || 'all'}`, async (context) => {
    const services = await offered(context, property);
    assert.deepEqual(
      services.map(({ name }) => name),
      names,
    );
    assert.deepEqual([[...services[0]!.readyNodes], services[0]!.isLocal], [nodes, isLocal]);
    assert.deepEqual(
      [services[0]!.type, services[0]!.port, services[0]!.nodePort],
      ['_http._tcp', 80, 30080],
    );
  });
}
