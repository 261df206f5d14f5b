import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openApiConnection } from '../../src/cluster/api-server/open-connection.ts';
import { podCredentials } from '../../src/cluster/api-server/pod-credentials.ts';
import { LeaseCandidate } from '../../src/cluster/leases/lease-candidate.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import { systemClock } from '../../src/plugin/clock.ts';
import { secureRandom } from '../../src/plugin/random.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { readObjects } from '../kube-apiserver/object-path.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { eventually } from './pod.ts';
import { namespace } from './shop.ts';

/** Leases on a real API server, with the rights that deploy/edge/announce gives and no more. */
const rights = readObjects(fileURLToPath(new URL('../../deploy/edge/announce/rbac.yaml', import.meta.url)));
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'a-link', namespace: 'kube-system' },
};
/** Milliseconds: the lease, what an observer may be late, and as much again for a busy machine. */
const LIMIT = 10_000;

interface World {
  readonly server: ApiServer;
  /** Of the ServiceAccount of deploy/edge/announce. */
  readonly token: string;
}

async function start(context: TestContext, objects: readonly KubernetesObject[], flag = ''): Promise<World> {
  const flags = flag === '' ? [] : [flag];
  const server = await ApiServer.start({ authorization: 'RBAC', flags });
  context.after(() => server.stop());
  const admin = server.client();
  await admin.createAll([namespace('kube-system'), ...objects]);
  const token = await admin.serviceAccountToken('kube-system', 'signpost-links');
  // The API server takes a moment to know of the rights; who is refused asks again late.
  const expected = objects.some(({ kind }) => kind === 'RoleBinding') ? 404 : 403;
  const client = server.client({ token });
  await eventually(async () => (await client.raw('GET', `${LEASES}/a-link`)).status === expected);
  return { server, token };
}

/** An instance that would hold the lease, in a pod of the ServiceAccount. */
function candidate(context: TestContext, { server, token }: World, holder: string) {
  const clock = systemClock;
  const metrics = new PrometheusRegistry();
  const credentials = podCredentials(clock, {
    environment: { KUBERNETES_SERVICE_HOST: server.host, KUBERNETES_SERVICE_PORT: String(server.port) },
    serviceAccount: server.inClusterFiles({ token }).path,
  });
  // So little is left to lists that a renewal could not wait for its turn.
  const limits = { qps: 0.01, burst: 1, maximumInFlight: 1 };
  const connection = openApiConnection(credentials, { clock, version: 'test', metrics, limits });
  context.after(() => connection.close());
  const lines: string[] = [];
  const log = createLogger((line) => lines.push(line));
  const wish = { name: 'a-link', holder, isAside: () => false, heard: () => undefined };
  const part = new LeaseCandidate(wish, { clock, random: secureRandom(), log });
  context.after(() => part.leave());
  part.begin(connection);
  return { part, lines, metrics };
}

for (const [title, flag] of [
  ['HTTP/2', ''],
  ['HTTP/1.1', '--disable-http2-serving'],
] as const) {
  test(`a lease goes from hand to hand by ${title}, with the rights of deploy/edge/announce`, async (context) => {
    const world = await start(context, rights, flag);
    const admin = world.server.client();
    const spec = async () => (await admin.get(LEASE))['spec'] as Record<string, unknown>;
    const one = candidate(context, world, 'node-1_01');
    await eventually(() => one.part.holder === 'node-1_01', LIMIT);
    const two = candidate(context, world, 'node-2_02');
    await eventually(() => two.part.holder === 'node-1_01', LIMIT);
    assert.equal((await spec())['holderIdentity'], 'node-1_01');
    assert.equal((await spec())['leaseDurationSeconds'], 3);

    const first = (await spec())['renewTime'];
    await eventually(async () => (await spec())['renewTime'] !== first, LIMIT);
    await one.part.close();
    assert.equal((await spec())['holderIdentity'] ?? '', '');
    const released = await eventually(() => two.part.holder === 'node-2_02', LIMIT);

    two.part.leave();
    const three = candidate(context, world, 'node-3_03');
    const taken = await eventually(() => three.part.holder === 'node-3_03', LIMIT);
    context.diagnostic(`after a release: ${Math.round(released)} ms, after a death: ${Math.round(taken)} ms`);
    assert.ok(Number((await spec())['leaseTransitions']) >= 2);
    assert.deepEqual(
      [one, two, three].flatMap(({ lines }) => lines.filter((line) => line.includes('WARNING'))),
      [],
    );
    const { body } = await one.metrics.expose();
    const counted = (code: number, method: string): boolean =>
      body.includes(`coredns_kubernetes_rest_client_requests_total{code="${code}",method="${method}"`);
    assert.ok(counted(404, 'GET') && counted(201, 'POST') && counted(200, 'PUT'), body);
  });
}

test('the rights of deploy/edge/announce are no more than that, and taken with strict validation', async (context) => {
  const { server, token } = await start(context, rights);
  for (const object of rights) await server.client().apply(object, { dryRun: true });
  const client = server.client({ token });
  const status = async (method: string, path: string, body?: object): Promise<number> =>
    (await client.raw(method, path, body)).status;
  assert.equal(await status('POST', LEASES, LEASE), 201);
  assert.equal(await status('GET', `${LEASES}/a-link`), 200);
  assert.equal(await status('GET', LEASES), 403);
  assert.equal(await status('GET', `${LEASES}?watch=1`), 403);
  assert.equal(await status('DELETE', `${LEASES}/a-link`), 403);
  assert.equal(await status('DELETE', LEASES), 403);
  assert.equal(await status('GET', `${LEASES.replace('kube-system', 'default')}/a-link`), 403);
  assert.equal(await status('GET', '/api/v1/namespaces/kube-system/secrets'), 403);
});

test('without the role it says once what it takes', async (context) => {
  const world = await start(
    context,
    rights.filter(({ kind }) => kind !== 'RoleBinding'),
  );
  const { part, lines } = candidate(context, world, 'node-1_01');
  await eventually(() => lines.length > 0, LIMIT);
  assert.equal(part.holder, undefined);
  assert.match(
    lines[0]!,
    /^\[WARNING\] cannot get lease kube-system\/a-link: 403 Forbidden: .*signpost-links.*get, create and update/,
  );
});
