import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { ExternalEtcd } from '../kube-apiserver/etcd.ts';
import { creationOrder, readObjects } from '../kube-apiserver/object-path.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { Pod } from './pod.ts';
import {
  DATABASE,
  DATABASE_ADDRESSES,
  MISSING,
  WEB,
  WEB_ADDRESS,
  namespace,
  runningPod,
  shop,
} from './shop.ts';
import { stockObjects, stockRole } from './stock-objects.ts';

/** What deploy/kubernetes says, taken by a real API server; and that its rights, or CoreDNS's own, are enough. */
const folder = new URL('../../deploy/kubernetes/', import.meta.url);

const roles: readonly (readonly [title: string, role: KubernetesObject, withEtcd34: boolean])[] = [
  ['the ClusterRole of deploy/kubernetes', deployed('ClusterRole'), false],
  ['the ClusterRole of deploy/kubernetes, lists in pages', deployed('ClusterRole'), true],
  ["CoreDNS's own ClusterRole", stockRole, false],
  ["CoreDNS's own ClusterRole, lists in pages", stockRole, true],
];

for (const [title, role, withEtcd34] of roles) {
  test(`${title} is enough to serve all that there is`, async (context) => {
    const server = await startServer(context, withEtcd34);
    const admin = server.client();
    await admin.createAll([...shop, runningPod('db-0', '10.244.1.1')]);
    await admin.createAll([deployed('ServiceAccount'), role, deployed('ClusterRoleBinding')]);
    const token = await admin.serviceAccountToken('kube-system', 'coredns');
    const forbidden = await server.client({ token }).raw('GET', '/api/v1/secrets');
    assert.equal(forbidden.status, 403);

    const pod = await Pod.start(context, {
      serviceAccount: server.inClusterFiles({ token }).path,
      apiPort: server.port,
      properties: ['pods verified'],
    });
    const { status, body } = await pod.ready();
    assert.equal(status, 200, body);
    assert.match(body, /, 1 pods$/m);
    assert.equal(await pod.ask(WEB), WEB_ADDRESS);
    assert.equal(await pod.ask(DATABASE), DATABASE_ADDRESSES);
    assert.equal(await pod.ask('10-244-1-1.shop.pod.cluster.local'), '10.244.1.1');
    assert.equal(await pod.ask(MISSING), 'NXDOMAIN');
    assert.deepEqual(pod.log(/forbidden/i), []);
  });
}

test('without a role it says so, and is right once it has one', async (context) => {
  const server = await startServer(context, false);
  const admin = server.client();
  await admin.createAll([...shop, deployed('ServiceAccount')]);
  const token = await admin.serviceAccountToken('kube-system', 'coredns');
  const pod = await Pod.start(context, {
    serviceAccount: server.inClusterFiles({ token }).path,
    apiPort: server.port,
    properties: ['startup_timeout 1s'],
  });
  for (const name of [WEB, MISSING]) assert.equal(await pod.ask(name), 'SERVFAIL', name);
  const { status, body } = await pod.ready();
  assert.equal(status, 503);
  assert.match(body, /403 Forbidden: .*system:serviceaccount:kube-system:coredns/);
  await admin.createAll([deployed('ClusterRole'), deployed('ClusterRoleBinding')]);
  // It is asked less and less often, up to twice a minute.
  await pod.turns(WEB, WEB_ADDRESS, 40_000);
  await pod.becomesReady();
});

test('deploy/kubernetes', async (context) => {
  const server = await startServer(context, false);
  const client = server.client();
  const objects = deployment();

  await context.test('is accepted, with strict validation', async () => {
    for (const object of [...objects, ...read('multicluster/rbac.yaml')])
      await client.apply(object, { dryRun: true });
  });

  await context.test("applied over CoreDNS's objects, it takes their place", async () => {
    await client.createAll(stockObjects);
    const [service, deployment] = [find(stockObjects, 'Service'), find(stockObjects, 'Deployment')];
    const before = await client.get(service);
    for (const object of objects) await client.apply(object);
    const after = await client.get(service);
    assert.equal(after.metadata.uid, before.metadata.uid);
    assert.deepEqual(after.spec, before.spec);
    const { spec } = (await client.get(deployment)) as unknown as Deployment;
    assert.deepEqual(
      spec.template.spec.containers.map(({ name, image }) => [name, image.split(':')[0]]),
      [['coredns', 'signpost']],
    );
    const { rules } = await client.get(stockRole);
    assert.deepEqual(rules, deployed('ClusterRole')['rules']);
  });

  await context.test('and the way back leads to where it began', async () => {
    const service = find(stockObjects, 'Service');
    const { uid } = (await client.get(service)).metadata;
    for (const object of stockObjects) await client.apply(object);
    assert.equal((await client.get(service)).metadata.uid, uid);
    const { spec } = (await client.get(find(stockObjects, 'Deployment'))) as unknown as Deployment;
    assert.equal(spec.template.spec.containers.length, 1);
    assert.match(spec.template.spec.containers[0]!.image, /coredns/);
  });
});

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
    };
  };
}

/** What the kustomization names, Namespaces and what others need first. */
function deployment(): KubernetesObject[] {
  const [kustomization] = read('kustomization.yaml');
  const files = kustomization!['resources'] as readonly string[];
  return creationOrder(files.flatMap(read)).flat();
}

function deployed(kind: string): KubernetesObject {
  return find(deployment(), kind);
}

function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  return objects.find((object) => object.kind === kind)!;
}

function read(file: string): KubernetesObject[] {
  return readObjects(fileURLToPath(new URL(file, folder)));
}

async function startServer(context: TestContext, withEtcd34: boolean): Promise<ApiServer> {
  const etcd = withEtcd34 ? await ExternalEtcd.start() : undefined;
  if (etcd !== undefined) context.after(() => etcd.stop());
  const server = await ApiServer.start({ authorization: 'RBAC', ...(etcd !== undefined && { etcd }) });
  context.after(() => server.stop());
  await server.client().createAll([namespace('kube-system')]);
  return server;
}
