import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Readiness } from '../../src/plugin/capability.ts';
import type { ReadinessCheck } from '../../src/plugin/controller.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { until } from '../../test/kit/until.ts';
import { ApiBench, IMPORTS, SLICES } from './test-api-server.ts';

const IMPORTED = 'multicluster.kubernetes.io/service-name';
const SYSTEM = { metadata: { name: 'kube-system', uid: 'uid-1', resourceVersion: '1' } };
const SHOP = { metadata: { name: 'shop', resourceVersion: '1' } };
const WEB = service('web', '10.96.0.10');
const NAME = 'web.shop.svc.cluster.local.';

function service(name: string, clusterIP: string): object {
  const spec = {
    type: 'ClusterIP',
    clusterIP,
    clusterIPs: [clusterIP],
    ports: [{ port: 80, protocol: 'TCP' }],
  };
  return { metadata: { name, namespace: 'shop', resourceVersion: '2' }, spec };
}

/** A folder in which a server has left its snapshot, and how the next one is made. */
async function leftBehind(context: TestContext, more = ''): Promise<() => ApiBench> {
  const folder = temporaryFolder(context);
  const file = join(folder.path, 'cluster.snapshot');
  const next = (): ApiBench => new ApiBench(`snapshot ${file}\nttl 30\n${more}`);
  const bench = next();
  await bench.begin();
  tellAll(bench);
  await bench.serves();
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 30 A 10.96.0.10`]);
  await bench.server.close();
  assert.ok(existsSync(file));
  return next;
}

function tellAll(bench: ApiBench, system: object = SYSTEM): void {
  bench.tell('/api/v1/namespaces', '', system, SHOP);
  bench.tell('/api/v1/services', '', WEB);
  bench.tell(SLICES);
}

function readiness(bench: ApiBench): ReadinessCheck {
  return bench.server.signpost.configuration!.offered(Readiness)[0]!;
}

test('a server without an API server answers from the snapshot after a second, and is ready', async (context) => {
  const bench = (await leftBehind(context))();
  await bench.begin();
  bench.clock.advance(999);
  assert.equal(bench.server.signpost.configuration, undefined);
  bench.clock.advance(1);
  await bench.serves();
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 5 A 10.96.0.10`], 'a low TTL');
  assert.equal(await bench.extendedError(NAME), 3);
  assert.equal(await bench.rcode(`no.${NAME}`), 'NXDOMAIN');
  assert.ok(readiness(bench).ready());
  assert.match(
    readiness(bench).detail!(),
    /^state: stale\n.*1 services.*\nsnapshot of 2026-01-01T00:00:00.000Z$/m,
  );
  bench.clock.advance(99_000);
  const age = 'signpost_kubernetes_watch_age_seconds{zone="cluster.local."}';
  assert.equal(await bench.server.metric(age), 100);

  tellAll(bench);
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 30 A 10.96.0.10`]);
  assert.equal(await bench.extendedError(NAME), undefined);
  assert.doesNotMatch(readiness(bench).detail!(), /snapshot/);
  assert.equal(await bench.server.metric(age), 0);
  await bench.server.close();
});

test('where nobody listens at all, the snapshot is not waited for', async (context) => {
  const bench = (await leftBehind(context))();
  await bench.begin();
  const refusal = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  for (const request of bench.connection.requests) request.end(refusal);
  bench.clock.advance(100);
  await bench.serves();
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 5 A 10.96.0.10`]);
  await bench.server.close();
});

test('what has gone meanwhile goes with the first list', async (context) => {
  const bench = (await leftBehind(context))();
  await bench.begin();
  bench.clock.advance(1000);
  await bench.serves();
  bench.tell('/api/v1/services', '', service('new', '10.96.0.11'));
  assert.equal(await bench.rcode(NAME), 'NXDOMAIN');
  assert.deepEqual(await bench.answer('new.shop.svc.cluster.local.'), [
    'new.shop.svc.cluster.local. 5 A 10.96.0.11',
  ]);
  await bench.server.close();
});

test('where the API server tells of another cluster, nothing of the snapshot is answered from then on', async (context) => {
  const bench = (await leftBehind(context))();
  await bench.begin();
  bench.clock.advance(1000);
  await bench.serves();
  const other = { kind: 'Namespace', metadata: { name: 'kube-system', uid: 'uid-2', resourceVersion: '1' } };
  bench.request('/api/v1/namespaces').accept().send({ type: 'ADDED', object: other });
  assert.equal(await bench.rcode(NAME), 'SERVFAIL');
  assert.ok(!readiness(bench).ready());
  tellAll(bench, { metadata: other.metadata });
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 30 A 10.96.0.10`]);
  await bench.server.close();
});

test('an API server that answers in time is all that counts', async (context) => {
  const bench = (await leftBehind(context))();
  await bench.begin();
  tellAll(bench);
  await bench.serves();
  bench.clock.advance(5000);
  assert.deepEqual(await bench.answer(NAME), [`${NAME} 30 A 10.96.0.10`]);
  assert.ok(!bench.server.lines.some((line) => line.includes('snapshot')));
  await bench.server.close();
});

test('without a snapshot a silent API server is waited for as ever', async (context) => {
  const folder = temporaryFolder(context);
  const bench = new ApiBench(`snapshot ${folder.path}/none`);
  await bench.begin();
  bench.clock.advance(1000);
  await until(() => bench.server.lines.some((line) => line.includes('there is none yet')));
  assert.equal(bench.server.signpost.configuration, undefined);
  bench.clock.advance(4000);
  await bench.serves();
  assert.equal(await bench.rcode(NAME), 'SERVFAIL');
  await bench.server.close();
  assert.ok(!existsSync(`${folder.path}/none`), 'nothing was known');
});

test('where nobody listens and there is no snapshot, other zones wait no longer than without one', async (context) => {
  const folder = temporaryFolder(context);
  const bench = new ApiBench(`snapshot ${folder.path}/none`);
  await bench.begin();
  const refusal = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  for (const request of bench.connection.requests) request.end(refusal);
  bench.clock.advance(100);
  await until(() => bench.server.lines.some((line) => line.includes('there is none yet')));
  await new Promise((resolve) => setImmediate(resolve));
  for (const request of bench.connection.requests.slice(3)) request.end(refusal);
  bench.clock.advance(400);
  await bench.serves();
  await bench.server.close();
});

test('a ClusterSet comes from the snapshot as well', async (context) => {
  const folder = temporaryFolder(context);
  const properties = `multicluster clusterset.local\nttl 30\nsnapshot ${folder.path}/both`;
  const before = new ApiBench(properties);
  await before.begin();
  tellAll(before);
  const ports = [{ port: 80, protocol: 'TCP' }];
  const metadata = { name: 'web', namespace: 'shop', resourceVersion: '2' };
  before.tell(IMPORTS, '', { metadata, spec: { type: 'ClusterSetIP', ips: ['10.112.0.1'], ports } });
  before.tell(SLICES, IMPORTED);
  await before.serves();
  await before.server.close();
  assert.equal(await before.server.metric('signpost_kubernetes_snapshot_written_total'), 1);
  const bench = new ApiBench(properties);
  await bench.begin();
  bench.clock.advance(1000);
  await bench.serves();
  const name = 'web.shop.svc.clusterset.local.';
  assert.deepEqual(await bench.answer(name), [`${name} 5 A 10.112.0.1`]);
  assert.equal(await bench.extendedError(name), 3);
  const age = `signpost_kubernetes_snapshot_age_seconds{file="${folder.path}/both"}`;
  assert.equal(await bench.server.metric(age), 1);
  await bench.server.close();
});

test('two blocks that hold different objects cannot keep them in one file', async () => {
  const bench = new ApiBench(
    'snapshot /nowhere/file',
    'x.test {\n kubernetes {\n  noendpoints\n  snapshot /nowhere/file\n }\n}\n',
  );
  await assert.rejects(bench.server.signpost.start(), {
    message:
      'Corefile:7: plugin/kubernetes: snapshot /nowhere/file is kept by another server block, with other properties; ' +
      'expected a file of its own',
  });
});
