import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressText } from '../../src/wire/address.ts';
import { isWildcard, withoutLoopback } from './name-servers.ts';
import { soa, TestWorld } from './test-world.ts';

const zones = 'cluster.local';

test('outside the cluster the name server has the machine’s own addresses', async () => {
  const world = new TestWorld('', zones, ['192.0.2.2', 'fd00::2', 'fe80::1']).synced();
  assert.deepEqual(await world.ask('cluster.local. NS'), [
    'cluster.local. 5 NS ns.dns.cluster.local.',
    'additional: ns.dns.cluster.local. 5 A 192.0.2.2',
    'additional: ns.dns.cluster.local. 5 AAAA fd00::2',
    'additional: ns.dns.cluster.local. 5 AAAA fe80::1',
  ]);
  assert.deepEqual(await world.ask('ns.dns.cluster.local. AAAA'), [
    'ns.dns.cluster.local. 5 AAAA fd00::2',
    'ns.dns.cluster.local. 5 AAAA fe80::1',
  ]);
});

test('in a pod the name servers are the Services that lead to it', async () => {
  const world = new TestWorld('', zones, ['10.1.0.9', '192.0.2.2'])
    .namespaces('kube-system')
    .service('dns.kube-system', '10.96.0.10 fd00:96::10', 'dns:UDP:53')
    .slice('dns-1', 'dns.kube-system', 'dns:UDP:53', '10.1.0.8', '10.1.0.9')
    .service('peers.kube-system', 'None', 'dns:UDP:53')
    .slice('peers-1', 'peers.kube-system', 'dns:UDP:53', '10.1.0.8 one', '10.1.0.9')
    .synced();
  assert.deepEqual(await world.ask('cluster.local. NS'), [
    'cluster.local. 5 NS dns.kube-system.svc.cluster.local.',
    'cluster.local. 5 NS one.peers.kube-system.svc.cluster.local.',
    'cluster.local. 5 NS 10-1-0-9.peers.kube-system.svc.cluster.local.',
    'additional: dns.kube-system.svc.cluster.local. 5 A 10.96.0.10',
    'additional: dns.kube-system.svc.cluster.local. 5 AAAA fd00:96::10',
    'additional: one.peers.kube-system.svc.cluster.local. 5 A 10.1.0.8',
    'additional: 10-1-0-9.peers.kube-system.svc.cluster.local. 5 A 10.1.0.9',
  ]);
  assert.deepEqual(await world.ask('ns.dns.cluster.local. A'), [
    'ns.dns.cluster.local. 5 A 10.96.0.10',
    'ns.dns.cluster.local. 5 A 10.1.0.8',
    'ns.dns.cluster.local. 5 A 10.1.0.9',
  ]);
});

test('without addresses of its own the server has no NS record', async () => {
  const world = new TestWorld('', zones, []).synced();
  assert.deepEqual(await world.ask('cluster.local. NS'), [soa('cluster.local.', 5, 0)]);
  assert.deepEqual(await world.ask('ns.dns.cluster.local. A'), [soa('cluster.local.', 5, 0)]);
});

const changes: { title: string; change: (world: TestWorld) => unknown }[] = [
  { title: 'an endpoint', change: (world) => world.slice('dns-1', 'dns.kube-system', '', '10.1.0.9') },
  { title: 'a cluster IP', change: (world) => world.service('dns.kube-system', '10.96.0.11', '') },
  { title: 'a second Service', change: (world) => world.slice('two-1', 'two.kube-system', '', '10.1.0.9') },
  { title: 'the Service of a slice', change: (world) => world.service('late.kube-system', '10.96.0.12', '') },
];
for (const { title, change } of changes) {
  test(`${title} that changes, changes the name servers`, async () => {
    const world = new TestWorld('', zones, ['10.1.0.9', '192.0.2.2'])
      .namespaces('kube-system')
      .service('two.kube-system', '10.96.0.20', '')
      .slice('late-1', 'late.kube-system', '', '192.0.2.2')
      .service('dns.kube-system', '10.96.0.10', '');
    if (title !== 'an endpoint') world.slice('dns-1', 'dns.kube-system', '', '10.1.0.9');
    const query = world.query('cluster.local. NS');
    const before = await world.ask(query);
    assert.ok(query.dependencies.hold(world.cells));
    change(world);
    assert.notDeepEqual(await world.ask('cluster.local. NS'), before);
    assert.ok(!query.dependencies.hold(world.cells));
  });
}

test('loopback addresses and what is no address are left out', () => {
  const texts = ['127.0.0.1', '127.9.9.9', '::1', '::2', 'fe80::1%eth0', 'localhost', '10.0.0.1'];
  assert.deepEqual(withoutLoopback(texts).map(addressText), ['::2', 'fe80::1', '10.0.0.1']);
});

test('0.0.0.0 and :: are wildcards', () => {
  assert.deepEqual(['0.0.0.0', '::', '10.0.0.0', 'x'].map(isWildcard), [true, true, false, false]);
});
