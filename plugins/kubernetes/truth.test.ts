import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shop, TestWorld } from './test-world.ts';

const asks = [
  'web.prod.svc.cluster.local. A',
  'web.prod.svc.cluster.local. SRV',
  '_http._tcp.web.prod.svc.cluster.local. SRV',
  '10-1-0-1.web.prod.svc.cluster.local. A',
  '10-1-0-7.web.prod.svc.cluster.local. A',
  'db.prod.svc.cluster.local. A',
  'db-9.db.prod.svc.cluster.local. AAAA',
  'idle.prod.svc.cluster.local. A',
  'new.prod.svc.cluster.local. A',
  'new.prod.svc.cluster.local. TXT',
  'new.later.svc.cluster.local. A',
  'prod.svc.cluster.local. A',
  'later.svc.cluster.local. MX',
  'in.prod.svc.cluster.local. A',
  'chain.prod.svc.cluster.local. A',
  'missing.prod.svc.cluster.local. A',
  '10-1-0-1.prod.pod.cluster.local. A',
  '10-1-0-7.prod.pod.cluster.local. A',
  '10-1-0-7.later.pod.cluster.local. A',
  '10.0.96.10.in-addr.arpa. PTR',
  '77.0.96.10.in-addr.arpa. PTR',
  '1.0.1.10.in-addr.arpa. PTR',
  '7.0.1.10.in-addr.arpa. PTR',
  '1.1.1.10.in-addr.arpa. PTR',
  'cluster.local. NS',
  'ns.dns.cluster.local. A',
];

const changes: { title: string; change: (world: TestWorld) => unknown }[] = [
  { title: 'a new Service', change: (world) => world.service('new.prod', '10.96.0.77', 'http:TCP:80') },
  { title: 'a Service that goes', change: ({ store }) => store.removeService('prod', 'web') },
  { title: 'another cluster IP', change: (world) => world.service('web.prod', '10.96.0.78', 'http:TCP:80') },
  {
    title: 'another port',
    change: (world) => world.service('web.prod', '10.96.0.10 fd00:96::10', 'http:TCP:81'),
  },
  {
    title: 'a Service that turns headless',
    change: (world) => world.service('web.prod', 'None', 'http:TCP:80'),
  },
  {
    title: 'a Service that turns external',
    change: (world) => world.external('web.prod', 'www.example.org'),
  },
  {
    title: 'another external name',
    change: (world) => world.external('in.prod', 'db.prod.svc.cluster.local'),
  },
  {
    title: 'the target that was missing',
    change: (world) => world.service('nothing.prod', '10.96.0.79', ''),
  },
  {
    title: 'another endpoint',
    change: (world) => world.slice('web-1', 'web.prod', 'http:TCP:8080', '10.1.0.1', '10.1.0.7'),
  },
  {
    title: 'another slice',
    change: (world) => world.slice('db-9', 'db.prod', 'sql:TCP:1', 'fd00:9::1 db-9'),
  },
  {
    title: 'an endpoint’s name',
    change: (world) => world.slice('db-4', 'db.prod', 'sql:TCP:1', '10.1.1.1 db-7'),
  },
  { title: 'a slice that goes', change: ({ store }) => store.removeEndpointSlice('prod', 'db-4') },
  {
    title: 'an endpoint that gets ready',
    change: (world) => world.slice('idle-1', 'idle.prod', 'http:TCP:80', '10.1.9.9'),
  },
  {
    title: 'a slice that changes its Service',
    change: (world) => world.slice('web-1', 'idle.prod', 'http:TCP:8080', '10.1.0.1'),
  },
  { title: 'a new namespace', change: (world) => world.namespaces('later') },
  { title: 'a namespace that goes', change: ({ store }) => store.removeNamespace('prod') },
  { title: 'a new pod', change: (world) => world.pod('web-z.prod', '10.1.0.7') },
  { title: 'a pod that goes', change: ({ store }) => store.removePod('prod', 'web-a') },
  {
    title: 'this server as an endpoint',
    change: (world) => world.slice('self', 'solo.prod', '', '192.0.2.2'),
  },
];

for (const properties of ['pods verified', 'pods insecure\nnamespaces prod later\nendpoint_pod_names']) {
  for (const { title, change } of changes) {
    test(`${title} ends the truth of all answers that it changes (${properties.replaceAll('\n', ', ')})`, async () => {
      const world = shop(new TestWorld(properties));
      const before = [];
      for (const ask of asks) {
        const query = world.query(ask);
        before.push({ ask, query, answer: await world.ask(query) });
      }
      change(world);
      let changed = 0;
      for (const { ask, query, answer } of before) {
        const after = await world.ask(ask);
        if (JSON.stringify(after) === JSON.stringify(answer)) continue;
        changed++;
        assert.ok(
          !query.dependencies.hold(world.cells),
          `${ask} was ${answer.join(', ')} and is ${after.join(', ')}`,
        );
      }
      assert.ok(changed > 0 || (properties.includes('insecure') && title.includes('pod')), 'changes nothing');
    });
  }
}

test('until all is synced an answer ends with the state', () => {
  const world = new TestWorld().namespaces('prod');
  const missing = world.query('nothing.prod.svc.cluster.local. A');
  void world.handle(missing);
  assert.ok(missing.dependencies.hold(world.cells));
  world.synced();
  assert.ok(!missing.dependencies.hold(world.cells));
});

test('what falls through has still read the cluster', () => {
  const world = shop(new TestWorld('fallthrough'));
  const missing = world.query('new.prod.svc.cluster.local. A');
  void world.handle(missing);
  assert.deepEqual(world.passedOn, ['new.prod.svc.cluster.local.']);
  world.service('new.prod', '10.96.0.77', '');
  assert.ok(!missing.dependencies.hold(world.cells));
});

const lasting = [
  'web.prod.svc.cluster.local. A',
  'nothing.prod.svc.cluster.local. A',
  'db-0.db.prod.svc.cluster.local. SRV',
  'cluster.local. A',
  'foo.cluster.local. A',
  'prod.svc.cluster.local. A',
  'dns-version.cluster.local. TXT',
];
for (const ask of lasting) {
  test(`changes elsewhere, and the serial, leave ${ask} true, and it reads few cells`, () => {
    const world = shop(new TestWorld());
    const query = world.query(ask);
    void world.handle(query);
    world.clock.advance(60_000);
    world.service('solo.prod', '10.96.3.3', '');
    world.slice('idle-1', 'idle.prod', 'http:TCP:80', '10.1.9.8');
    assert.ok(query.dependencies.hold(world.cells));
    // Whether the source is silent counts for all.
    const { cells } = query.dependencies;
    assert.ok(cells.includes(world.store.stateCell) && cells.length <= 2, `${cells.length} cells`);
  });
}

test('a SOA answer ends with every change', () => {
  const world = shop(new TestWorld());
  const query = world.query('cluster.local. SOA');
  void world.handle(query);
  world.clock.advance(60_000);
  world.service('extra.empty', '10.96.3.4', '');
  assert.ok(!query.dependencies.hold(world.cells));
});
