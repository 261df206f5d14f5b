import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { ApiClient } from '../kube-apiserver/api-client.ts';
import type { WatchEvent } from '../kube-apiserver/api-client.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import type { ApiServerOptions } from '../kube-apiserver/api-server.ts';
import { ADMIN, COREDNS, serviceAccount } from '../kube-apiserver/credentials.ts';
import { ExternalEtcd } from '../kube-apiserver/etcd.ts';
import { collectionPath, readObjects } from '../kube-apiserver/object-path.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { Relay } from '../kube-apiserver/relay.ts';
import { serviceImportDefinition } from '../kube-apiserver/service-import-definition.ts';

/** What the other suites rely on: that the API server of the tests is a real one, and that its faults can be made. */
const world = readObjects(new URL('../parity/world.yaml', import.meta.url).pathname);
const kinds = ['Namespace', 'Service', 'EndpointSlice', 'Pod'];
const WATCH_LIST =
  'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

test('etcd 3.6 inside the API server', async (context) => {
  const server = await startServer(context);
  const client = server.client();

  await context.test('it is Kubernetes 1.34.3', async () => {
    const { body } = await client.raw('GET', '/version');
    assert.equal((JSON.parse(body) as { gitVersion: string }).gitVersion, 'v1.34.3');
  });
  await holdsTheWorld(context, client);

  await context.test('WatchList sends every Service, and a bookmark at the end', async () => {
    const events = await takeWatch(
      client,
      `/api/v1/services?${WATCH_LIST}`,
      ({ type }) => type === 'BOOKMARK',
    );
    const bookmark = events.pop()!;
    const { annotations } = bookmark.object.metadata as { annotations?: Record<string, string> };
    assert.equal(annotations?.['k8s.io/initial-events-end'], 'true');
    assert.deepEqual([...new Set(events.map(({ type }) => type))], ['ADDED']);
    assert.equal(events.length, (await client.list('/api/v1/services')).length);
  });

  await context.test('ServiceImports are served once they are defined', async () => {
    const imported: KubernetesObject = {
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ServiceImport',
      metadata: { name: 'remote', namespace: 'prod' },
      spec: {
        type: 'ClusterSetIP',
        ips: ['10.112.0.1'],
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
      },
      status: { clusters: [{ cluster: 'east' }] },
    };
    await client.createAll([imported, serviceImportDefinition]);
    const [found] = await client.list('/apis/multicluster.x-k8s.io/v1alpha1/serviceimports');
    assert.deepEqual([found?.spec, found?.status], [imported.spec, imported.status]);
  });

  await context.test('a dry run checks an object and keeps nothing', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dry', namespace: 'prod' } };
    await client.apply({ ...service, spec: { ports: [{ port: 80 }] } }, { dryRun: true });
    await assert.rejects(
      client.apply({ ...service, spec: { ports: [{ port: 0 }] } }, { dryRun: true }),
      /422/,
    );
    await assert.rejects(client.apply({ ...service, spec: { prots: [] } }, { dryRun: true }), /prots/);
    await assert.rejects(client.get(service), /404/);
  });

  await context.test('an object that no client could make is listed and watched', async () => {
    const metadata = { name: 'hostile', namespace: 'prod' };
    const endpoints = [{ addresses: ['not an address', '256.0.0.1'], hostname: 'x'.repeat(300) }];
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4' };
    const hostile = { ...slice, endpoints, ports: null };
    await assert.rejects(client.create(hostile), /422/);
    const path = `/apis/discovery.k8s.io/v1/endpointslices?${WATCH_LIST}`;
    const isHostile = ({ object }: WatchEvent): boolean => object.metadata.name === 'hostile';
    const watched = takeWatch(client, path, isHostile);
    await server.smuggle(hostile);
    assert.deepEqual((await watched).at(-1)?.object['endpoints'], (await client.get(hostile))['endpoints']);
    await client.delete(hostile);
  });

  await context.test('after a restart the objects are there, on the same port', async () => {
    const before = names(await client.list('/api/v1/services'));
    await server.restart();
    assert.deepEqual(names(await client.list('/api/v1/services')), before);
  });

  await context.test('after another the last version that was seen is too old', async () => {
    const path = '/api/v1/services';
    const { metadata } = JSON.parse((await client.raw('GET', path)).body) as KubernetesObject;
    await server.restartExpired();
    const last = `resourceVersion=${metadata.resourceVersion}`;
    const [event] = await takeWatch(client, `${path}?watch=1&${last}`, () => true);
    assert.deepEqual([event?.type, event?.object.code], ['ERROR', 410]);
    const exact = await client.raw('GET', `${path}?${last}&resourceVersionMatch=Exact&limit=1`);
    assert.equal(exact.status, 410);
  });
});

test("Debian's etcd 3.4", async (context) => {
  const etcd = await ExternalEtcd.start();
  context.after(() => etcd.stop());
  const server = await startServer(context, { etcd });
  const client = server.client();
  await holdsTheWorld(context, client);

  await context.test('WatchList is refused with an event of status 500', async () => {
    const [event] = await takeWatch(client, `/api/v1/services?${WATCH_LIST}`, () => true);
    assert.deepEqual([event?.type, event?.object.code], ['ERROR', 500]);
    assert.match(event!.object.message!, /RequestWatchProgress is disabled/);
  });

  await context.test('a list and a watch from its version work', async () => {
    const { body } = await client.raw('GET', '/api/v1/namespaces');
    const { resourceVersion } = (JSON.parse(body) as KubernetesObject).metadata;
    const path = `/api/v1/namespaces?watch=1&resourceVersion=${resourceVersion}`;
    const watched = takeWatch(client, path, () => true);
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'later' } });
    assert.deepEqual(
      (await watched).map(({ type, object }) => [type, object.metadata.name]),
      [['ADDED', 'later']],
    );
  });
});

test('RBAC, credentials and certificates', async (context) => {
  const server = await startServer(context, { authorization: 'RBAC' });
  const admin = server.client(ADMIN);

  await context.test('a ServiceAccount may do what its ClusterRole says', async () => {
    const coredns = server.client(COREDNS);
    assert.equal((await coredns.raw('GET', '/api/v1/services')).status, 403);
    await admin.createAll(roleOf('coredns'));
    await eventually(async () => (await coredns.raw('GET', '/api/v1/services')).status === 200);
    assert.equal((await coredns.raw('GET', '/api/v1/secrets')).status, 403);
  });

  await context.test('and so with a token that the API server signed', async () => {
    const metadata = { name: 'coredns', namespace: 'kube-system' };
    await admin.createAll([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
    const token = await admin.serviceAccountToken('kube-system', 'coredns');
    assert.equal((await server.client({ token }).raw('GET', '/api/v1/services')).status, 200);
    assert.equal((await server.client({ token: `${token}x` }).raw('GET', '/api/v1/services')).status, 401);
  });

  await context.test('and with a client certificate', async () => {
    const { name, groups } = serviceAccount('kube-system', 'coredns');
    const client = server.client(server.authority.issueForClient(name, groups));
    assert.equal((await client.raw('GET', '/api/v1/services')).status, 200);
    assert.equal((await client.raw('GET', '/api/v1/secrets')).status, 403);
  });

  await context.test('a new certificate is taken without a restart', async () => {
    const before = await fingerprint(server.port);
    server.rotateCertificate();
    await eventually(async () => (await fingerprint(server.port)) !== before);
    assert.equal((await admin.raw('GET', '/readyz')).status, 200);
  });

  await context.test('a relay forwards, swallows, cuts and refuses', async (inner) => {
    const relay = await Relay.start(server.port);
    inner.after(() => relay.stop());
    const client = server.client(ADMIN, `https://127.0.0.1:${relay.port}`);
    const ask = async (): Promise<number> => (await client.raw('GET', '/readyz')).status;
    assert.equal(await ask(), 200);
    relay.swallow();
    const swallowed = ask();
    assert.equal(await Promise.race([swallowed, pause(300, 'silence')]), 'silence');
    await relay.forward();
    assert.equal(await swallowed, 200);
    relay.swallow();
    const cut = assert.rejects(ask());
    relay.cut();
    await cut;
    await relay.refuse();
    await assert.rejects(ask(), /ECONNREFUSED|ECONNRESET|hang up/);
    await relay.forward();
    assert.equal(await ask(), 200);
  });
});

async function startServer(context: TestContext, options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await ApiServer.start(options);
  context.after(() => server.stop());
  return server;
}

/** Creates the objects of world.yaml and looks whether they are served as they were written down. */
async function holdsTheWorld(context: TestContext, client: ApiClient): Promise<void> {
  await client.createAll(world);
  for (const kind of kinds) {
    await context.test(`every ${kind} of the world is there`, async () => {
      const wanted = world.filter((object) => object.kind === kind);
      const { apiVersion } = wanted[0]!;
      const path = collectionPath({ apiVersion, kind, metadata: { name: '' } });
      const all = await client.list(path.replace('/namespaces/default', ''));
      const found = new Map(all.map((object) => [nameOf(object), object]));
      for (const object of wanted) assert.deepEqual(served(found.get(nameOf(object))), served(object));
    });
  }
}

/** What DNS is made of. */
function served(object: KubernetesObject | undefined): unknown {
  const { labels } = (object?.metadata ?? {}) as { labels?: unknown };
  const spec = object?.spec as Record<string, unknown> | undefined;
  const { clusterIPs, type, externalName, ports } = spec ?? {};
  const status = object?.status as Record<string, unknown> | undefined;
  const { phase, podIPs, loadBalancer } = status ?? {};
  const slice = [object?.addressType, object?.endpoints, object?.ports];
  return [
    object && nameOf(object),
    labels,
    clusterIPs,
    type,
    externalName,
    ports,
    phase,
    podIPs,
    loadBalancer,
    slice,
  ];
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function names(objects: readonly KubernetesObject[]): string[] {
  return objects.map(nameOf).sort();
}

/** The events of a watch up to one that is the last wanted. */
async function takeWatch(
  client: ApiClient,
  path: string,
  isLast: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch(`${path}&timeoutSeconds=20`)) {
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

function roleOf(name: string): KubernetesObject[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] }];
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }];
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects },
  ];
}

/** Of the certificate that a server of 127.0.0.1 shows now. */
function fingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 90_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUp, `not so after 90 s: ${String(isSo)}`);
    await pause(50);
  }
}
