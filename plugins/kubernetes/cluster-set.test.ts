import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import { question } from '../../test/kit/question.ts';
import { SERIAL, soa, TestWorld } from './test-world.ts';

const ZONES = 'cluster.local clusterset.local in-addr.arpa';
const none = soa('clusterset.local.');

/** A Service of the cluster itself and three that the clusters share. */
function shared(properties = '', zones = ZONES): TestWorld {
  return new TestWorld(`multicluster clusterset.local\n${properties}`, zones)
    .namespaces('shop', 'lab')
    .service('own.shop', '10.96.0.10', 'http:TCP:80')
    .serviceImport('web.shop', '10.112.0.1', 'http:TCP:80')
    .serviceImport('db.shop', 'None', 'sql:TCP:3306')
    .importedSlice('db-e', 'db.shop', 'East', 'sql:TCP:3306', '10.1.0.1 db-0 pod-a', '10.1.0.2 - pod-b')
    .importedSlice('db-n', 'db.shop', '', 'sql:TCP:3306', '10.3.0.1 db-9')
    .serviceImport('lost.nowhere', '10.112.0.2', 'http:TCP:80')
    .synced();
}

const rows: readonly { title: string; properties?: string; zones?: string; ask: string; reply: string[] }[] =
  [
    {
      title: 'the namespaces are the cluster’s own',
      ask: 'lost.nowhere.svc.clusterset.local. A',
      reply: ['NXDOMAIN', none],
    },
    {
      title: 'namespaces that are not exposed are not there',
      properties: 'namespaces lab',
      ask: 'web.shop.svc.clusterset.local. A',
      reply: ['NXDOMAIN', none],
    },
    {
      title: 'a cluster’s name is in lower case',
      ask: 'db-0.eAST.db.shop.svc.clusterset.local. SRV',
      reply: [
        'db-0.eAST.db.shop.svc.clusterset.local. 5 SRV 0 100 3306 db-0.east.db.shop.svc.clusterset.local.',
        'additional: db-0.east.db.shop.svc.clusterset.local. 5 A 10.1.0.1',
      ],
    },
    {
      title: 'endpoints of no cluster have names without one',
      ask: 'db-9.db.shop.svc.clusterset.local. SRV',
      reply: [
        'db-9.db.shop.svc.clusterset.local. 5 SRV 0 100 3306 db-9.db.shop.svc.clusterset.local.',
        'additional: db-9.db.shop.svc.clusterset.local. 5 A 10.3.0.1',
      ],
    },
    {
      title: 'endpoints go by their pods’ names',
      properties: 'endpoint_pod_names',
      ask: 'pod-b.east.db.shop.svc.clusterset.local. A',
      reply: ['pod-b.east.db.shop.svc.clusterset.local. 5 A 10.1.0.2'],
    },
    {
      title: 'noendpoints is for the cluster’s own Services',
      properties: 'noendpoints',
      ask: 'db-0.east.db.shop.svc.clusterset.local. A',
      reply: ['db-0.east.db.shop.svc.clusterset.local. 5 A 10.1.0.1'],
    },
    {
      title: 'ignore empty_service',
      properties: 'ignore empty_service',
      ask: 'web.shop.svc.clusterset.local. A',
      reply: ['NXDOMAIN', none],
    },
    {
      title: 'pods are there as in the cluster’s own zone',
      properties: 'pods insecure',
      ask: '10-1-0-1.shop.pod.clusterset.local. A',
      reply: ['10-1-0-1.shop.pod.clusterset.local. 5 A 10.1.0.1'],
    },
    {
      title: 'there are no zonal names',
      properties: 'zonal',
      ask: 'a.pin._zone.db.shop.svc.clusterset.local. A',
      reply: ['NXDOMAIN', none],
    },
    {
      title: 'a zone below a multicluster zone is one',
      zones: 'cluster.local clusterset.local a.clusterset.local',
      ask: 'web.shop.svc.a.clusterset.local. A',
      reply: ['web.shop.svc.a.clusterset.local. 5 A 10.112.0.1'],
    },
    {
      title: 'the name servers are the cluster’s own',
      ask: 'ns.dns.clusterset.local. A',
      reply: ['ns.dns.clusterset.local. 5 A 192.0.2.2'],
    },
  ];
for (const { title, properties, zones, ask, reply } of rows) {
  test(`in a multicluster zone: ${title}`, async () => {
    assert.deepEqual(await shared(properties, zones).ask(ask), reply);
  });
}

test('a multicluster zone has a serial of its own', async () => {
  const world = shared();
  world.clock.advance(60_000);
  world.service('more.shop', '10.96.0.11', '');
  assert.deepEqual(await world.ask('no.shop.svc.cluster.local. A'), [
    'NXDOMAIN',
    soa('cluster.local.', 5, SERIAL + 60),
  ]);
  assert.deepEqual(await world.ask('no.shop.svc.clusterset.local. A'), ['NXDOMAIN', none]);
  world.clock.advance(60_000);
  world.serviceImport('web.shop', 'None', 'http:TCP:80');
  assert.deepEqual(await world.ask('clusterset.local. SOA'), [
    soa('clusterset.local.', 5, SERIAL + 120).replace('authority: ', ''),
  ]);
  assert.deepEqual(await world.ask('no.shop.svc.cluster.local. A'), [
    'NXDOMAIN',
    soa('cluster.local.', 5, SERIAL + 60),
  ]);
});

const states: readonly (readonly [
  own: 'syncing' | 'fresh',
  set: 'syncing' | 'fresh',
  ...rcodes: string[],
])[] = [
  ['fresh', 'syncing', 'NXDOMAIN', 'SERVFAIL'],
  ['syncing', 'fresh', 'SERVFAIL', 'SERVFAIL'],
  ['fresh', 'fresh', 'NXDOMAIN', 'NXDOMAIN'],
];
for (const [own, set, ...rcodes] of states) {
  test(`while the cluster is ${own} and the ClusterSet ${set}, missing names are ${rcodes.join(' and ')}`, async () => {
    const world = shared();
    world.store.setState(own);
    world.clusterSet.setState(set);
    const [inCluster] = await world.ask('no.shop.svc.cluster.local. A');
    const [inClusterSet] = await world.ask('no.shop.svc.clusterset.local. A');
    assert.deepEqual([inCluster, inClusterSet], rcodes);
    assert.deepEqual(await world.ask('web.shop.svc.clusterset.local. A'), [
      'web.shop.svc.clusterset.local. 5 A 10.112.0.1',
    ]);
  });
}

test('answers that may be old are told as such in the zone of the source that is silent', async () => {
  const world = shared();
  world.clusterSet.setState('stale');
  const codeOf = async (name: string): Promise<number | undefined> =>
    (await world.handle(question(name))).extendedError?.code;
  assert.equal(await codeOf('own.shop.svc.cluster.local.'), undefined);
  assert.equal(await codeOf('web.shop.svc.clusterset.local.'), ExtendedErrorCode.StaleAnswer);
});

const changes: readonly { title: string; change: (world: TestWorld) => unknown }[] = [
  { title: 'a new ServiceImport', change: (world) => world.serviceImport('no.shop', '10.112.0.9', ':TCP:1') },
  { title: 'a ServiceImport that goes', change: ({ clusterSet }) => clusterSet.removeService('shop', 'web') },
  { title: 'another address', change: (world) => world.serviceImport('web.shop', '10.112.0.9', ':TCP:80') },
  { title: 'an address that goes', change: (world) => world.serviceImport('web.shop', '', 'http:TCP:80') },
  { title: 'ports that go', change: (world) => world.serviceImport('web.shop', '10.112.0.1', '') },
  { title: 'one that turns headless', change: (world) => world.serviceImport('web.shop', 'None', '') },
  {
    title: 'an endpoint in another cluster',
    change: (world) => world.importedSlice('db-w', 'db.shop', 'west', 'sql:TCP:3306', '10.2.0.1 db-0'),
  },
  {
    title: 'a slice of another cluster',
    change: (world) => world.importedSlice('db-e', 'db.shop', 'west', 'sql:TCP:3306', '10.1.0.1 db-0'),
  },
  {
    title: 'endpoints of one cluster that go',
    change: ({ clusterSet }) => clusterSet.removeEndpointSlice('shop', 'db-e'),
  },
  { title: 'a namespace that goes', change: ({ store }) => store.removeNamespace('shop') },
  { title: 'a namespace that comes', change: ({ store }) => store.putNamespace('nowhere') },
];
const asks = [
  'web.shop.svc.clusterset.local. A',
  'web.shop.svc.clusterset.local. SRV',
  'no.shop.svc.clusterset.local. A',
  'db.shop.svc.clusterset.local. A',
  'db-0.east.db.shop.svc.clusterset.local. A',
  'db-0.west.db.shop.svc.clusterset.local. SRV',
  'lost.nowhere.svc.clusterset.local. A',
  'shop.svc.clusterset.local. A',
];
for (const { title, change } of changes) {
  test(`in a multicluster zone ${title} ends the truth of all answers that it changes`, async () => {
    const world = shared();
    const before = [];
    for (const ask of asks) {
      const query = world.query(ask);
      before.push({ ask, query, answer: await world.ask(query) });
    }
    change(world);
    let changed = 0;
    for (const { ask, query, answer } of before) {
      if (JSON.stringify(await world.ask(ask)) === JSON.stringify(answer)) continue;
      changed++;
      assert.ok(!query.dependencies.hold(world.cells), `${ask} was ${answer.join(', ')}`);
    }
    assert.ok(changed > 0, 'changes nothing');
  });
}

test('answers end with the state of their zone’s source: until the ClusterSet is synced, those of its zone', () => {
  const world = shared();
  world.clusterSet.setState('syncing');
  const [missing, own, found] = [
    world.query('no.shop.svc.clusterset.local. A'),
    world.query('no.shop.svc.cluster.local. A'),
    world.query('web.shop.svc.clusterset.local. A'),
  ];
  for (const query of [missing, own, found]) void world.handle(query);
  world.clusterSet.setState('fresh');
  assert.deepEqual(
    [missing, own, found].map(({ dependencies }) => dependencies.hold(world.cells)),
    [false, true, false],
  );
});
