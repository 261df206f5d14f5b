import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import { question } from '../../test/kit/question.ts';
import { nameError, noData, testTables } from './test-tables.ts';
import { shop, soa, TestWorld } from './test-world.ts';

testTables([
  {
    subject: 'what is not there, and levels without records',
    rows: [
      ...['A', 'SRV', 'MX', 'CNAME', 'PTR'].flatMap((type) => [
        { ask: `cluster.local. ${type}`, reply: noData },
        { ask: `svc ${type}`, reply: noData },
        { ask: `pod ${type}`, reply: noData },
        { ask: `empty.svc ${type}`, reply: noData },
        { ask: `nowhere.svc ${type}`, reply: nameError },
        { ask: `nothing.prod.svc ${type}`, reply: nameError },
        { ask: `web.nowhere.svc ${type}`, reply: nameError },
        { ask: `a.b.c.web.prod.svc ${type}`, reply: nameError },
        { ask: `foo ${type}`, reply: nameError },
        { ask: `web.prod.services ${type}`, reply: nameError },
      ]),
      ...['cluster.local.', 'svc', 'pod', 'empty.svc', 'nothing.prod.svc', 'idle.prod.svc'].map((name) => ({
        ask: `${name} TXT`,
        reply: nameError,
      })),
      { ask: 'nothing.prod.svc SOA', reply: noData },
      { ask: 'foo SOA', reply: noData },
      { ask: 'web\\.prod.prod.svc A', reply: nameError },
      { ask: '*.prod.svc A', reply: nameError },
    ],
  },
  {
    subject: 'the apex and its fixed names',
    properties: 'ttl 400',
    rows: [
      {
        ask: 'cluster.local. SOA',
        reply: [soa('cluster.local.', 400).replace('authority: ', '')],
      },
      {
        ask: 'cluster.local. NS',
        reply: [
          'cluster.local. 400 NS ns.dns.cluster.local.',
          'additional: ns.dns.cluster.local. 400 A 192.0.2.2',
        ],
      },
      { ask: 'Cluster.local. NS', reply: [soa('Cluster.local.', 400)] },
      { ask: 'dns-version TXT', reply: ['dns-version.cluster.local. 28800 TXT "1.1.0"'] },
      { ask: 'DNS-version.Cluster.local. TXT', reply: ['DNS-version.Cluster.local. 28800 TXT "1.1.0"'] },
      { ask: 'dns-version A', reply: ['NXDOMAIN', soa('cluster.local.', 400)] },
      { ask: 'x.dns-version TXT', reply: ['NXDOMAIN', soa('cluster.local.', 400)] },
      { ask: 'ns.dns A', reply: ['ns.dns.cluster.local. 400 A 192.0.2.2'] },
      { ask: 'NS.dns.cluster.local. A', reply: ['NS.dns.cluster.local. 400 A 192.0.2.2'] },
      ...['AAAA', 'SRV', 'NS', 'ANY', 'CNAME'].map((type) => ({
        ask: `ns.dns ${type}`,
        reply: [soa('cluster.local.', 400)],
      })),
      { ask: 'ns.dns TXT', reply: ['NXDOMAIN', soa('cluster.local.', 400)] },
      { ask: 'ns.dns.cluster.Local. A', reply: ['NXDOMAIN', soa('cluster.Local.', 400)] },
      { ask: 'dns A', reply: ['NXDOMAIN', soa('cluster.local.', 400)] },
      { ask: 'cluster.local. AXFR', reply: ['REFUSED', 'not authoritative'] },
      { ask: 'cluster.local. IXFR', reply: ['REFUSED', 'not authoritative'] },
    ],
  },
  {
    subject: 'letter case',
    rows: [
      { ask: 'wEb.PROD.Svc.Cluster.LOCAL. A', reply: ['wEb.PROD.Svc.Cluster.LOCAL. 5 A 10.96.0.10'] },
      {
        ask: '_SQL._TCP.Two.prod.svc.Cluster.local. SRV',
        reply: ['NXDOMAIN', soa('Cluster.local.')],
      },
      {
        ask: '_B._UDP.Two.prod.svc.Cluster.local. SRV',
        reply: [
          '_B._UDP.Two.prod.svc.Cluster.local. 5 SRV 0 100 2 10-1-3-1.two.prod.svc.Cluster.local.',
          'additional: 10-1-3-1.two.prod.svc.Cluster.local. 5 A 10.1.3.1',
        ],
      },
      {
        ask: 'IN.prod.svc.Cluster.local. A',
        reply: [
          'IN.prod.svc.Cluster.local. 5 CNAME web.prod.svc.cluster.local.',
          'web.prod.svc.cluster.local. 5 A 10.96.0.10',
        ],
      },
      { ask: 'Cluster.local. SOA', reply: [soa('Cluster.local.').replace('authority: ', '')] },
    ],
  },
  {
    subject: 'pods disabled',
    rows: [
      { ask: '10-1-0-1.prod.pod A', reply: nameError },
      { ask: 'prod.pod A', reply: nameError },
      { ask: 'pod A', reply: noData },
    ],
  },
  {
    subject: 'pods insecure',
    properties: 'pods insecure',
    rows: [
      { ask: '1-2-3-4.prod.pod A', reply: ['1-2-3-4.prod.pod.cluster.local. 5 A 1.2.3.4'] },
      { ask: '1-2-3-4.prod.pod AAAA', reply: noData },
      { ask: 'fd00--a.prod.pod AAAA', reply: ['fd00--a.prod.pod.cluster.local. 5 AAAA fd00::a'] },
      { ask: '--ffff-102-304.prod.pod A', reply: ['--ffff-102-304.prod.pod.cluster.local. 5 A 1.2.3.4'] },
      { ask: 'x.y.1-2-3-4.prod.pod A', reply: ['x.y.1-2-3-4.prod.pod.cluster.local. 5 A 1.2.3.4'] },
      {
        ask: '1-2-3-4.Prod.pod SRV',
        reply: [
          '1-2-3-4.Prod.pod.cluster.local. 5 SRV 0 100 0 1-2-3-4.prod.pod.cluster.local.',
          'additional: 1-2-3-4.prod.pod.cluster.local. 5 A 1.2.3.4',
        ],
      },
      { ask: '1-2-3-4.prod.pod TXT', reply: noData },
      { ask: '1-2-3-4.nowhere.pod A', reply: nameError },
      { ask: '1-2-3-256.prod.pod A', reply: nameError },
      { ask: '01-2-3-4.prod.pod A', reply: nameError },
      { ask: '1-2-3.prod.pod A', reply: nameError },
      { ask: 'fe80--1%eth0.prod.pod AAAA', reply: nameError },
      { ask: 'web.prod.pod A', reply: nameError },
      { ask: 'prod.pod A', reply: noData },
      { ask: 'prod.pod TXT', reply: nameError },
      { ask: 'nowhere.pod A', reply: nameError },
    ],
  },
  {
    subject: 'pods verified',
    properties: 'pods verified',
    rows: [
      { ask: '10-1-0-1.prod.pod A', reply: ['10-1-0-1.prod.pod.cluster.local. 5 A 10.1.0.1'] },
      { ask: 'fd00-1--9.prod.pod AAAA', reply: ['fd00-1--9.prod.pod.cluster.local. 5 AAAA fd00:1::9'] },
      { ask: 'fd00-1-0-0-0-0-0-9.prod.pod AAAA', reply: nameError },
      { ask: '10-1-0-1.empty.pod A', reply: nameError },
      { ask: '10-1-0-2.prod.pod A', reply: nameError },
      { ask: 'prod.pod A', reply: noData },
    ],
  },
  {
    subject: 'reverse names',
    rows: [
      {
        ask: '10.0.96.10.in-addr.arpa. PTR',
        reply: ['10.0.96.10.in-addr.arpa. 5 PTR web.prod.svc.cluster.local.'],
      },
      {
        ask: '1.1.1.10.IN-addr.arpa. PTR',
        reply: ['1.1.1.10.IN-addr.arpa. 5 PTR db-0.db.prod.svc.cluster.local.'],
      },
      {
        ask: '1.3.1.10.in-addr.arpa. PTR',
        reply: ['1.3.1.10.in-addr.arpa. 5 PTR 10-1-3-1.two.prod.svc.cluster.local.'],
      },
      {
        ask: `0.1.${'0.'.repeat(22)}6.9.0.0.0.0.d.f.ip6.arpa. PTR`,
        reply: [`0.1.${'0.'.repeat(22)}6.9.0.0.0.0.d.f.ip6.arpa. 5 PTR web.prod.svc.cluster.local.`],
      },
      { ask: '3.1.1.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: '99.99.99.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: '96.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: 'x.10.0.96.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: '10.0.96.10.in-addr.arpa. A', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: '10.0.96.10.in-addr.arpa. TXT', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: 'web.prod.svc.in-addr.arpa. A', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: 'in-addr.arpa. PTR', reply: [soa('in-addr.arpa.')] },
      { ask: 'in-addr.arpa. SOA', reply: [soa('in-addr.arpa.').replace('authority: ', '')] },
      {
        ask: 'ip6.arpa. NS',
        reply: ['ip6.arpa. 5 NS ns.dns.ip6.arpa.', 'additional: ns.dns.ip6.arpa. 5 A 192.0.2.2'],
      },
    ],
  },
  {
    subject: 'namespaces',
    properties: 'namespaces empty Prod nowhere',
    rows: [
      { ask: 'web.prod.svc A', reply: nameError },
      { ask: 'prod.svc A', reply: nameError },
      { ask: 'empty.svc A', reply: noData },
      { ask: 'nowhere.svc A', reply: nameError },
      { ask: '10.0.96.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
      { ask: '1.1.1.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
    ],
  },
  {
    subject: 'noendpoints',
    properties: 'noendpoints',
    rows: [
      { ask: 'web.prod.svc A', reply: ['web.prod.svc.cluster.local. 5 A 10.96.0.10'] },
      { ask: 'db.prod.svc A', reply: nameError },
      { ask: '10-1-0-1.web.prod.svc A', reply: nameError },
      { ask: '1.1.1.10.in-addr.arpa. PTR', reply: ['NXDOMAIN', soa('in-addr.arpa.')] },
    ],
  },
  {
    subject: 'ignore empty_service',
    properties: 'ignore empty_service',
    rows: [
      { ask: 'web.prod.svc A', reply: ['web.prod.svc.cluster.local. 5 A 10.96.0.10'] },
      { ask: 'solo.prod.svc A', reply: nameError },
      {
        ask: 'ping.prod.svc CNAME',
        reply: ['ping.prod.svc.cluster.local. 5 CNAME pong.prod.svc.cluster.local.'],
      },
    ],
  },
  {
    subject: 'ignore empty_service with noendpoints',
    properties: 'ignore empty_service\nnoendpoints',
    rows: [{ ask: 'web.prod.svc A', reply: nameError }],
  },
  {
    subject: 'a multicluster zone',
    properties: 'multicluster cluster.local',
    rows: [
      { ask: 'web.prod.svc A', reply: ['NXDOMAIN', soa('cluster.local.', 5, 0)] },
      { ask: 'prod.svc A', reply: [soa('cluster.local.', 5, 0)] },
      { ask: 'in-addr.arpa. A', reply: [soa('in-addr.arpa.')] },
    ],
  },
]);

test('names outside the zones go to the next plugin, also of reverse zones that are not served', async () => {
  const world = shop(new TestWorld('', 'cluster.local 10.96.0.0/15'));
  await world.ask('www.example.org. A');
  await world.ask('xcluster.local. A');
  await world.ask('1.1.1.10.in-addr.arpa. PTR');
  await world.ask('10.0.96.10.in-addr.arpa. PTR');
  assert.deepEqual(world.passedOn, ['www.example.org.', 'xcluster.local.', '1.1.1.10.in-addr.arpa.']);
});

test('the longest zone answers', async () => {
  const world = shop(new TestWorld('', 'local cluster.local'));
  assert.deepEqual(await world.ask('nothing.prod.svc.cluster.local. A'), nameError);
  assert.deepEqual(await world.ask('nothing.prod.svc.local. A'), ['NXDOMAIN', soa('local.')]);
});

test('the root zone is a zone like others', async () => {
  const world = shop(new TestWorld('', '.'));
  assert.deepEqual(await world.ask('web.prod.svc. SRV'), [
    'web.prod.svc. 5 SRV 0 25 80 web.prod.svc.',
    'web.prod.svc. 5 SRV 0 25 443 web.prod.svc.',
    'additional: web.prod.svc. 5 A 10.96.0.10',
    'additional: web.prod.svc. 5 AAAA fd00:96::10',
  ]);
  assert.equal(
    (await world.ask('foo. A'))[1],
    `authority: . 5 SOA ns.dns. hostmaster. ${soa().split(' ')[6]} 7200 1800 86400 5`,
  );
});

test('fallthrough hands on what does not exist in its zones, and nothing else', async () => {
  const world = shop(new TestWorld('fallthrough in-addr.arpa prod.svc.cluster.local'));
  await world.ask('9.9.9.9.in-addr.arpa. PTR');
  await world.ask('nothing.prod.svc.cluster.local. A');
  assert.deepEqual(world.passedOn.splice(0), ['9.9.9.9.in-addr.arpa.', 'nothing.prod.svc.cluster.local.']);
  assert.deepEqual(await world.ask('foo.cluster.local. A'), nameError);
  assert.deepEqual(await world.ask('solo.prod.svc.cluster.local. AAAA'), noData);
  assert.deepEqual(await world.ask('in-addr.arpa. A'), [soa('in-addr.arpa.')]);
  assert.deepEqual(world.passedOn, []);
});

test('until all is synced there is no NXDOMAIN but SERVFAIL, and answers from what is there', async () => {
  const world = new TestWorld().namespaces('prod').service('web.prod', '10.96.0.10', '');
  assert.deepEqual(await world.ask('web.prod.svc.cluster.local. A'), [
    'web.prod.svc.cluster.local. 5 A 10.96.0.10',
  ]);
  assert.deepEqual(await world.ask('web.prod.svc.cluster.local. AAAA'), noData);
  assert.deepEqual(await world.ask('nothing.prod.svc.cluster.local. A'), ['SERVFAIL', soa()]);
  assert.deepEqual(await world.ask('nowhere.svc.cluster.local. A'), ['SERVFAIL', soa()]);
  world.store.setState('fresh');
  assert.deepEqual(await world.ask('nowhere.svc.cluster.local. A'), nameError);
  world.store.setState('lost');
  assert.deepEqual(await world.ask('nowhere.svc.cluster.local. A'), nameError);
});

test('until all is synced failures say that the server is not ready', async () => {
  const world = new TestWorld().namespaces('prod');
  const told = await world.handle('nothing.prod.svc.cluster.local. A');
  assert.deepEqual(told.extendedError, {
    code: ExtendedErrorCode.NotReady,
    text: 'not all objects of the cluster are known yet',
  });
});

const staleStates: readonly [state: 'fresh' | 'stale' | 'lost', name: string, code: number | undefined][] = [
  ['fresh', 'web.prod.svc.cluster.local.', undefined],
  ['stale', 'web.prod.svc.cluster.local.', ExtendedErrorCode.StaleAnswer],
  ['lost', 'web.prod.svc.cluster.local.', ExtendedErrorCode.StaleAnswer],
  ['stale', 'nothing.prod.svc.cluster.local.', ExtendedErrorCode.StaleNxdomainAnswer],
];
for (const [state, name, code] of staleStates) {
  test(`while the objects are ${state}, answers about ${name} have ${code ?? 'no reason'}`, async () => {
    const world = shop(new TestWorld());
    world.store.setState(state);
    const query = question(name);
    const reply = await world.handle(query);
    assert.equal(reply.extendedError?.code, code);
    assert.notEqual(reply.repeat, undefined, 'it is its own repeat while that lasts');
    assert.ok(query.dependencies.hold(world.cells));
    world.store.setState('syncing');
    assert.ok(!query.dependencies.hold(world.cells), 'and no longer');
  });
}

test('fallthrough comes before SERVFAIL', async () => {
  const world = new TestWorld('fallthrough').namespaces('prod');
  await world.ask('nothing.prod.svc.cluster.local. A');
  assert.deepEqual(world.passedOn, ['nothing.prod.svc.cluster.local.']);
});

test('the serial is the time of the last change', async () => {
  const world = shop(new TestWorld());
  world.clock.advance(60_000);
  world.namespaces('later');
  const serial = Date.UTC(2026, 0, 1) / 1000 + 60;
  assert.deepEqual(await world.ask('foo.cluster.local. A'), ['NXDOMAIN', soa('cluster.local.', 5, serial)]);
  assert.deepEqual(await world.ask('Foo.Cluster.local. A'), ['NXDOMAIN', soa('Cluster.local.', 5, serial)]);
});
