import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { shop, soa, TestWorld } from './test-world.ts';

const rows: readonly [ask: string, lines: readonly string[]][] = [
  ['web.prod.svc.cluster.local. A', ['web.prod.svc.cluster.local. 5 A 10.96.0.10']],
  [
    'solo.prod.svc.cluster.local. SRV',
    [
      'solo.prod.svc.cluster.local. 5 SRV 0 100 80 solo.prod.svc.cluster.local.',
      'additional: solo.prod.svc.cluster.local. 5 A 10.96.0.11',
    ],
  ],
  ['prod.svc.cluster.local. A', [soa('cluster.local.', 30).replace(' 30 SOA', ' 5 SOA')]],
  ['nothing.prod.svc.cluster.local. A', ['NXDOMAIN', soa('cluster.local.', 30).replace(' 30 SOA', ' 5 SOA')]],
  ['10.0.96.10.in-addr.arpa. PTR', ['10.0.96.10.in-addr.arpa. 5 PTR web.prod.svc.cluster.local.']],
];
for (const [ask, lines] of rows) {
  test(`from a snapshot ${ask} may be kept for five seconds, and ends when it is confirmed`, async () => {
    const world = shop(new TestWorld('ttl 30'));
    world.store.setState('stale', true);
    const query = world.query(ask);
    assert.deepEqual(await world.ask(query), lines);
    assert.ok(query.dependencies.hold(world.cells));
    world.store.setState('fresh');
    assert.ok(!query.dependencies.hold(world.cells));
    assert.deepEqual(
      await world.ask(ask),
      lines.map((line) => line.replace(' 5 ', ' 30 ')),
    );
  });
}

test('a TTL that is lower already stays; what is stale for another reason keeps its own', async () => {
  const world = shop(new TestWorld('ttl 2'));
  world.store.setState('stale', true);
  assert.deepEqual(await world.ask(rows[0]![0]), ['web.prod.svc.cluster.local. 2 A 10.96.0.10']);
  const silent = shop(new TestWorld('ttl 30'));
  silent.store.setState('stale');
  assert.deepEqual(await silent.ask(rows[0]![0]), ['web.prod.svc.cluster.local. 30 A 10.96.0.10']);
});

test('what goes to the next plugin is none of ours', async () => {
  const world = shop(new TestWorld('ttl 30\nfallthrough'));
  world.store.setState('stale', true);
  assert.ok((await world.handle('nothing.prod.svc.cluster.local. A')) instanceof Reply);
  assert.deepEqual(world.passedOn, ['nothing.prod.svc.cluster.local.']);
});
