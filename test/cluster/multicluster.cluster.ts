import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { kubernetesOf } from '../../plugins/kubernetes/test-machine.ts';
import { openApiConnection } from '../../src/cluster/api-server/open-connection.ts';
import { podCredentials } from '../../src/cluster/api-server/pod-credentials.ts';
import { Readiness } from '../../src/plugin/capability.ts';
import { systemClock } from '../../src/plugin/clock.ts';
import { multiclusterBattery, multiclusterCorefile, turns } from '../battery/multicluster.ts';
import { sharedShop } from '../battery/multicluster-objects.ts';
import { pluginMap } from '../kit/answering.ts';
import { root } from '../kit/project-files.ts';
import { startServer } from '../kit/server.ts';
import type { TestServer } from '../kit/server.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { ADMIN } from '../kube-apiserver/credentials.ts';
import { readObjects } from '../kube-apiserver/object-path.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { serviceImportDefinition } from '../kube-apiserver/service-import-definition.ts';
import { listings, startApiServer } from './world.ts';

/** The zone of a ClusterSet from a real API server, which knows ServiceImports only once somebody has defined them. */
for (const [title, withExternalEtcd] of listings) {
  test(`a ClusterSet from an API server ${title}`, async (context) => {
    const [imports, others] = [sharedShop.filter(isImport), sharedShop.filter((object) => !isImport(object))];
    const api = await startApiServer(context, others, { withExternalEtcd });
    const client = api.client();
    const server = await startPod(context, api);

    await context.test('before ServiceImports are defined, the cluster’s own zone is served', async () => {
      assert.ok(readiness(server).ready());
      await turns(stage(server), 'web.shop.svc.cluster.local A', ['A 10.96.0.10']);
      await turns(stage(server), 'no.shop.svc.cluster.local A', ['NXDOMAIN']);
      await turns(stage(server), 'web.shop.svc.clusterset.local A', ['SERVFAIL']);
    });

    await context.test('once they are, they are found, and it was told once', async () => {
      await client.createAll([...imports, serviceImportDefinition]);
      await becomes(server, /^cluster set: fresh, 5 service imports, 5 endpoint slices$/m);
      const lines = server.lines.filter((line) => line.includes('serviceimports'));
      assert.deepEqual(
        lines.filter((line) => line.includes('404')).length,
        1,
        `instead of one line: ${lines.join('\n')}`,
      );
    });

    await multiclusterBattery(context, {
      ...stage(server),
      put: async (object) => client.createAll([object]),
      remove: (object) => client.delete(object),
    });
  });
}

test('the rights that deploy/kubernetes/multicluster adds are those that a ClusterSet takes', async (context) => {
  const api = await ApiServer.start({ authorization: 'RBAC' });
  context.after(() => api.stop());
  const admin = api.client(ADMIN);
  await admin.createAll([...deployed('rbac.yaml'), ...sharedShop, serviceImportDefinition]);
  const server = await startPod(context, api);
  assert.ok(readiness(server).ready());
  await turns(stage(server), 'web.shop.svc.cluster.local A', ['A 10.96.0.10']);
  await turns(stage(server), 'web.shop.svc.clusterset.local A', ['SERVFAIL']);
  await admin.createAll(deployed('multicluster/rbac.yaml'));
  await turns(stage(server), 'web.shop.svc.clusterset.local A', ['A 10.112.0.1'], 45_000);
});

/** A server with the credentials that a pod of CoreDNS has. */
async function startPod(context: TestContext, api: ApiServer): Promise<TestServer> {
  const environment = { KUBERNETES_SERVICE_HOST: api.host, KUBERNETES_SERVICE_PORT: String(api.port) };
  const pod = { environment, serviceAccount: api.inClusterFiles().path };
  const plugin = kubernetesOf((limits, { clock, metrics }) =>
    Promise.resolve(
      openApiConnection(podCredentials(clock, pod), { clock, metrics, limits, version: 'test' }),
    ),
  );
  const plugins = pluginMap(plugin);
  const server = await startServer(multiclusterCorefile(''), { clock: systemClock, plugins });
  context.after(() => server.close());
  return server;
}

function stage(server: TestServer): { server: TestServer; pass: () => Promise<void> } {
  return { server, pass: () => pause(5) };
}

function readiness(server: TestServer): { ready(): boolean; readonly detail?: () => string } {
  return server.signpost.configuration!.offered(Readiness)[0]!;
}

/** Waits until the server tells this of itself; 45 seconds at most, for it asks again every 30. */
async function becomes(server: TestServer, detail: RegExp): Promise<void> {
  const giveUp = performance.now() + 45_000;
  while (!detail.test(readiness(server).detail!()) && performance.now() < giveUp) await pause(5);
  assert.match(readiness(server).detail!(), detail);
}

function isImport({ kind }: { readonly kind: string }): boolean {
  return kind === 'ServiceImport';
}

function deployed(file: string): KubernetesObject[] {
  return readObjects(join(root, 'deploy/kubernetes', file));
}
