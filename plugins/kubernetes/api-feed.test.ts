import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readiness } from '../../src/plugin/capability.ts';
import { ApiBench, IMPORTS, SLICES } from './test-api-server.ts';

const NAMESPACE = { metadata: { name: 'shop', resourceVersion: '1' } };
const WEB = {
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '2' },
  spec: { type: 'ClusterSetIP', ips: ['10.112.0.1'], ports: [{ port: 80 }] },
};
const IMPORTED = 'multicluster.kubernetes.io/service-name';

test('what a ClusterSet is made of is watched only where a zone wants it', async () => {
  const bench = new ApiBench('');
  await bench.begin();
  assert.deepEqual(bench.asked(), ['/api/v1/namespaces', '/api/v1/services', SLICES]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

test('selectors go to the API server as in CoreDNS: that of namespaces selects ServiceImports', async () => {
  const bench = new ApiBench('multicluster clusterset.local\nlabels app in (a, b)\nnamespace_labels tier');
  await bench.begin();
  assert.deepEqual(bench.asked(), [
    '/api/v1/namespaces tier',
    '/api/v1/services app in (a, b)',
    `${SLICES} app in (a, b)`,
    `${IMPORTS} tier`,
    `${SLICES} app in (a, b),${IMPORTED}`,
  ]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

test('noendpoints is for the cluster’s own Services', async () => {
  const bench = new ApiBench('multicluster clusterset.local\nnoendpoints');
  await bench.begin();
  assert.deepEqual(bench.asked(), [
    '/api/v1/namespaces',
    '/api/v1/services',
    IMPORTS,
    `${SLICES} ${IMPORTED}`,
  ]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

for (const [status, reason] of [
  [404, 'NotFound'],
  [403, 'Forbidden'],
] as const) {
  test(`while ServiceImports are refused (${status}), the cluster’s own zone is served and ready`, async () => {
    const bench = new ApiBench('multicluster clusterset.local');
    await bench.begin();
    bench.tell('/api/v1/namespaces', '', NAMESPACE);
    bench.tell('/api/v1/services');
    bench.tell(SLICES);
    bench.tell(SLICES, IMPORTED);
    bench.request(IMPORTS).refuse(status, reason);
    await bench.serves();
    const [check] = bench.server.signpost.configuration!.offered(Readiness);
    assert.ok(check!.ready());
    assert.equal(await bench.rcode('no.shop.svc.cluster.local.'), 'NXDOMAIN');
    assert.equal(await bench.rcode('web.shop.svc.clusterset.local.'), 'SERVFAIL');
    for (const wait of [400, 1600]) {
      bench.clock.advance(wait);
      bench.request(IMPORTS).refuse(status, reason);
    }
    assert.deepEqual(
      bench.server.lines.filter((line) => line.includes('serviceimports')),
      [
        `[WARNING] plugin/kubernetes: serviceimports.multicluster.x-k8s.io: ${status} ${reason}: no: trying again`,
      ],
    );
    assert.match(check!.detail!(), /^cluster set: syncing, 0 service imports, 0 endpoint slices$/m);
    assert.match(check!.detail!(), /^no changes of the cluster set seen for 2 s: 40\d \w+: no$/m);
    const age = 'signpost_kubernetes_watch_age_seconds';
    assert.equal(await bench.server.metric(`${age}{zone="cluster.local."}`), 0);
    assert.equal(await bench.server.metric(`${age}{zone="clusterset.local."}`), 2);

    bench.clock.advance(1000);
    bench.tell(IMPORTS, '', WEB);
    assert.equal(await bench.rcode('web.shop.svc.clusterset.local.'), 'NOERROR');
    assert.equal(await bench.rcode('no.shop.svc.clusterset.local.'), 'NXDOMAIN');
    assert.match(check!.detail!(), /^cluster set: fresh, 1 service imports, 0 endpoint slices$/m);
    await bench.server.close();
    assert.ok(bench.connection.closed);
  });
}

test('until ServiceImports are told of, serving waits and is not ready', async () => {
  const bench = new ApiBench('multicluster clusterset.local');
  await bench.begin();
  for (const path of ['/api/v1/namespaces', '/api/v1/services', SLICES]) bench.tell(path);
  bench.tell(SLICES, IMPORTED);
  bench.clock.advance(4999);
  assert.equal(bench.server.signpost.configuration, undefined);
  bench.clock.advance(1);
  await bench.serves();
  const [check] = bench.server.signpost.configuration!.offered(Readiness);
  assert.ok(!check!.ready());
  bench.tell(IMPORTS);
  assert.ok(check!.ready());
  await bench.server.close();
});

test('what is refused of the cluster itself is waited for', async () => {
  const bench = new ApiBench('');
  await bench.begin();
  bench.tell('/api/v1/namespaces');
  bench.tell(SLICES);
  bench.request('/api/v1/services').refuse(403, 'Forbidden');
  bench.clock.advance(5000);
  await bench.serves();
  const [check] = bench.server.signpost.configuration!.offered(Readiness);
  assert.ok(!check!.ready());
  await bench.server.close();
});
