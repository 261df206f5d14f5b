import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { record } from '../../test/kit/question.ts';
import { nameError, noData, testTables } from './test-tables.ts';
import { shop, TestWorld } from './test-world.ts';

testTables([
  {
    subject: 'a Service with cluster IPs',
    rows: [
      { ask: 'web.prod.svc A', reply: ['web.prod.svc.cluster.local. 5 A 10.96.0.10'] },
      { ask: 'web.prod.svc AAAA', reply: ['web.prod.svc.cluster.local. 5 AAAA fd00:96::10'] },
      { ask: 'solo.prod.svc AAAA', reply: noData },
      {
        ask: 'web.prod.svc SRV',
        reply: [
          'web.prod.svc.cluster.local. 5 SRV 0 25 80 web.prod.svc.cluster.local.',
          'web.prod.svc.cluster.local. 5 SRV 0 25 443 web.prod.svc.cluster.local.',
          'additional: web.prod.svc.cluster.local. 5 A 10.96.0.10',
          'additional: web.prod.svc.cluster.local. 5 AAAA fd00:96::10',
        ],
      },
      {
        ask: '_http._tcp.web.prod.svc SRV',
        reply: [
          '_http._tcp.web.prod.svc.cluster.local. 5 SRV 0 50 80 web.prod.svc.cluster.local.',
          'additional: web.prod.svc.cluster.local. 5 A 10.96.0.10',
          'additional: web.prod.svc.cluster.local. 5 AAAA fd00:96::10',
        ],
      },
      { ask: 'https.tcp.web.prod.svc A', reply: ['https.tcp.web.prod.svc.cluster.local. 5 A 10.96.0.10'] },
      { ask: '_http._udp.web.prod.svc A', reply: nameError },
      { ask: '_https._udp.web.prod.svc SRV', reply: nameError },
      { ask: '_tcp.web.prod.svc SRV', reply: nameError },
      {
        ask: 'solo.prod.svc SRV',
        reply: [
          'solo.prod.svc.cluster.local. 5 SRV 0 100 80 solo.prod.svc.cluster.local.',
          'additional: solo.prod.svc.cluster.local. 5 A 10.96.0.11',
        ],
      },
      { ask: 'bare.prod.svc A', reply: ['bare.prod.svc.cluster.local. 5 A 10.96.0.12'] },
      { ask: 'bare.prod.svc SRV', reply: noData },
      { ask: '10-1-0-2.web.prod.svc A', reply: ['10-1-0-2.web.prod.svc.cluster.local. 5 A 10.1.0.2'] },
      { ask: '10-1-0-9.web.prod.svc A', reply: nameError },
      { ask: '10.1-0-2.web.prod.svc A', reply: nameError },
      { ask: 'web-a.web.prod.svc A', reply: nameError },
      {
        ask: '10-1-0-1.web.prod.svc SRV',
        reply: [
          '10-1-0-1.web.prod.svc.cluster.local. 5 SRV 0 50 8080 10-1-0-1.web.prod.svc.cluster.local.',
          '10-1-0-1.web.prod.svc.cluster.local. 5 SRV 0 50 8443 10-1-0-1.web.prod.svc.cluster.local.',
          'additional: 10-1-0-1.web.prod.svc.cluster.local. 5 A 10.1.0.1',
        ],
      },
      ...['TXT', 'MX', 'CNAME', 'SOA', 'NS', 'ANY', 'HTTPS', 'PTR'].map((type) => ({
        ask: `web.prod.svc ${type}`,
        reply: noData,
      })),
    ],
  },
  {
    subject: 'a headless Service',
    rows: [
      {
        ask: 'db.prod.svc A',
        reply: ['db.prod.svc.cluster.local. 5 A 10.1.1.1', 'db.prod.svc.cluster.local. 5 A 10.1.1.2'],
      },
      {
        ask: 'db.prod.svc AAAA',
        reply: ['db.prod.svc.cluster.local. 5 AAAA fd00:1::1', 'db.prod.svc.cluster.local. 5 AAAA fd00:1::'],
      },
      {
        ask: '_sql._tcp.db.prod.svc SRV',
        reply: [
          '_sql._tcp.db.prod.svc.cluster.local. 5 SRV 0 25 13306 db-0.db.prod.svc.cluster.local.',
          '_sql._tcp.db.prod.svc.cluster.local. 5 SRV 0 25 13306 db-1.db.prod.svc.cluster.local.',
          '_sql._tcp.db.prod.svc.cluster.local. 5 SRV 0 25 13306 fd00-1--0.db.prod.svc.cluster.local.',
          'additional: db-0.db.prod.svc.cluster.local. 5 A 10.1.1.1',
          'additional: db-1.db.prod.svc.cluster.local. 5 A 10.1.1.2',
          'additional: db-0.db.prod.svc.cluster.local. 5 AAAA fd00:1::1',
          'additional: fd00-1--0.db.prod.svc.cluster.local. 5 AAAA fd00:1::',
        ],
      },
      { ask: 'db-0.db.prod.svc A', reply: ['db-0.db.prod.svc.cluster.local. 5 A 10.1.1.1'] },
      { ask: 'db-0.db.prod.svc AAAA', reply: ['db-0.db.prod.svc.cluster.local. 5 AAAA fd00:1::1'] },
      { ask: 'fd00-1--0.db.prod.svc AAAA', reply: ['fd00-1--0.db.prod.svc.cluster.local. 5 AAAA fd00:1::'] },
      { ask: '10-1-1-1.db.prod.svc A', reply: nameError },
      { ask: 'db-2.db.prod.svc A', reply: nameError },
      { ask: 'db-1.db.prod.svc AAAA', reply: noData },
      { ask: '_no._tcp.db.prod.svc A', reply: nameError },
      { ask: 'idle.prod.svc A', reply: nameError },
      { ask: 'idle.prod.svc SRV', reply: nameError },
      { ask: 'portless.prod.svc SRV', reply: noData },
      {
        ask: 'two.prod.svc A',
        reply: ['two.prod.svc.cluster.local. 5 A 10.1.3.1', 'two.prod.svc.cluster.local. 5 A 10.1.3.2'],
      },
      {
        ask: '_a._tcp.two.prod.svc SRV',
        reply: [
          '_a._tcp.two.prod.svc.cluster.local. 5 SRV 0 33 1 10-1-3-1.two.prod.svc.cluster.local.',
          '_a._tcp.two.prod.svc.cluster.local. 5 SRV 0 33 1 10-1-3-2.two.prod.svc.cluster.local.',
          'additional: 10-1-3-1.two.prod.svc.cluster.local. 5 A 10.1.3.1',
          'additional: 10-1-3-2.two.prod.svc.cluster.local. 5 A 10.1.3.2',
        ],
      },
    ],
  },
  {
    subject: 'endpoint_pod_names',
    properties: 'endpoint_pod_names',
    rows: [
      { ask: 'web-a.web.prod.svc A', reply: ['web-a.web.prod.svc.cluster.local. 5 A 10.1.0.1'] },
      { ask: '10-1-0-1.web.prod.svc A', reply: nameError },
      { ask: 'db-0.db.prod.svc A', reply: ['db-0.db.prod.svc.cluster.local. 5 A 10.1.1.1'] },
      {
        ask: '1.0.1.10.in-addr.arpa. PTR',
        reply: ['1.0.1.10.in-addr.arpa. 5 PTR web-a.web.prod.svc.cluster.local.'],
      },
    ],
  },
  {
    subject: 'an ExternalName Service',
    rows: [
      {
        ask: 'in.prod.svc A',
        reply: [
          'in.prod.svc.cluster.local. 5 CNAME web.prod.svc.cluster.local.',
          'web.prod.svc.cluster.local. 5 A 10.96.0.10',
        ],
      },
      {
        ask: 'chain.prod.svc AAAA',
        reply: [
          'chain.prod.svc.cluster.local. 5 CNAME IN.prod.svc.cluster.local.',
          'IN.prod.svc.cluster.local. 5 CNAME web.prod.svc.cluster.local.',
          'web.prod.svc.cluster.local. 5 AAAA fd00:96::10',
        ],
      },
      {
        ask: 'server.prod.svc A',
        reply: [
          'server.prod.svc.cluster.local. 5 CNAME ns.dns.cluster.local.',
          'ns.dns.cluster.local. 5 A 192.0.2.2',
        ],
      },
      { ask: 'missing.prod.svc A', reply: noData },
      { ask: 'loop.prod.svc A', reply: noData },
      { ask: 'ping.prod.svc A', reply: noData },
      {
        ask: 'ping.prod.svc CNAME',
        reply: ['ping.prod.svc.cluster.local. 5 CNAME pong.prod.svc.cluster.local.'],
      },
      { ask: 'in.prod.svc SRV', reply: noData },
      { ask: 'in.prod.svc TXT', reply: noData },
      { ask: 'out.prod.svc MX', reply: noData },
      { ask: '_http._tcp.in.prod.svc A', reply: nameError },
      { ask: 'a.in.prod.svc A', reply: nameError },
      { ask: 'number.prod.svc A', reply: nameError },
      { ask: 'number.prod.svc CNAME', reply: nameError },
    ],
  },
]);

test('an external target outside the zone is looked up, and its whole answer follows the CNAME', async () => {
  const world = shop(new TestWorld());
  const cname = 'out.prod.svc.cluster.local. 5 CNAME www.Example.org.';
  const found = new Reply({ answer: [record('www.Example.org.', RecordType.A)] });
  world.elsewhere.set(`www.Example.org. ${RecordType.A}`, found);
  const answer = [cname, 'www.Example.org. 5 A 192.0.2.1'];
  assert.ok(
    world.handle('out.prod.svc.cluster.local. A') instanceof Reply,
    'synchronous when the look-up is',
  );
  assert.deepEqual(await world.ask('out.prod.svc.cluster.local. A'), answer);

  world.elsewhere.set(`www.Example.org. ${RecordType.A}`, Promise.resolve(found.with({ truncated: true })));
  assert.deepEqual(await world.ask('out.prod.svc.cluster.local. A'), ['truncated', ...answer]);
  world.elsewhere.set(`www.Example.org. ${RecordType.A}`, new Reply({ rcode: 3 }));
  assert.deepEqual(await world.ask('out.prod.svc.cluster.local. A'), [cname]);
  world.elsewhere.set(`www.Example.org. ${RecordType.A}`, Reply.silence);
  assert.deepEqual(await world.ask('out.prod.svc.cluster.local. A'), noData);
  assert.deepEqual(await world.ask('out.prod.svc.cluster.local. AAAA'), [cname], 'refused');
});

test('a chain in the cluster that leads out of it takes the look-up along', async () => {
  const world = shop(new TestWorld()).external('far.prod', 'out.prod.svc.cluster.local');
  const found = new Reply({ answer: [record('www.Example.org.', RecordType.A)] });
  world.elsewhere.set(`www.Example.org. ${RecordType.A}`, Promise.resolve(found));
  assert.deepEqual(await world.ask('far.prod.svc.cluster.local. A'), [
    'far.prod.svc.cluster.local. 5 CNAME out.prod.svc.cluster.local.',
    'out.prod.svc.cluster.local. 5 CNAME www.Example.org.',
    'www.Example.org. 5 A 192.0.2.1',
  ]);
});

test('a chain of ten ExternalName Services is followed, one of eleven is not', async () => {
  const world = shop(new TestWorld());
  for (let link = 1; link < 12; link++)
    world.external(`l${link}.prod`, `l${link - 1}.prod.svc.cluster.local`);
  world.service('l0.prod', '10.96.0.99', '');
  assert.equal((await world.ask('l10.prod.svc.cluster.local. A')).length, 11);
  assert.deepEqual(await world.ask('l11.prod.svc.cluster.local. A'), noData);
});

test('zonal names pin to, or prefer, the endpoints of a topology zone', async () => {
  const world = new TestWorld('zonal')
    .namespaces('prod')
    .service('db.prod', 'None', 'sql:TCP:1')
    .service('web.prod', '10.96.0.1', '')
    .service('idle.prod', 'None', '')
    .slice('db-1', 'db.prod', 'sql:TCP:1', '10.1.0.1 - - eu-1', '10.1.0.2 - - EU-2', '10.1.0.3 - - eu.3')
    .synced();
  const of = async (ask: string): Promise<string[]> => {
    const lines = await world.ask(ask.replace(' ', '.prod.svc.cluster.local. '));
    return lines.map((line) => line.replace(/^.* (A|SRV) /, ''));
  };
  assert.deepEqual(await of('eu-1.pin._zone.db A'), ['10.1.0.1']);
  assert.deepEqual(await of('eu-2.prefer._zone.db A'), ['10.1.0.2']);
  assert.deepEqual(await of('eu.3.pin._zone.db A'), ['10.1.0.3']);
  assert.deepEqual(await of('eu-9.pin._zone.db A'), noData);
  assert.deepEqual(await of('eu-9.pin._zone.db TXT'), noData);
  assert.deepEqual(await of('eu-9.pin._zone.idle A'), noData);
  assert.deepEqual(await of('eu-9.prefer._zone.db A'), ['10.1.0.1', '10.1.0.2', '10.1.0.3']);
  assert.deepEqual(await of('eu-1.pin._zone.db SRV'), [
    '0 100 1 10-1-0-1.db.prod.svc.cluster.local.',
    '10.1.0.1',
  ]);
  assert.deepEqual(await of('eu-1.pin._zone.db MX'), noData);
  assert.deepEqual(await of('eu-1.pin._zone.web A'), nameError);
  assert.deepEqual(await of('eu-1.pin._zone.none A'), nameError);
  assert.deepEqual(await of('eu-1.near._zone.db A'), nameError);
});
