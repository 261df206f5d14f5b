import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from '../kube-apiserver/api-client.ts';
import { advanceEtcd } from '../kube-apiserver/etcd.ts';
import type { Pod } from './pod.ts';
import { known, service, shop, slice } from './shop.ts';
import { QUESTIONS_A_SECOND, SteadyAsker } from './steady-asker.ts';
import { listings, startApiServer, startPod, startRelay } from './world.ts';

/** etcd has forgotten what a watch goes on from, or what a list has begun with: all is told anew. */
const ROUNDS = process.env['FULL_OUTAGES'] === '1' ? 20 : 4;
/** Services: their list takes longer than two compactions. */
const MANY = 16_000;
/** Pages and watches are etcd's own without the watch cache. */
const UNCACHED = { withExternalEtcd: true, flags: ['--watch-cache=false'] };

for (const [title, withExternalEtcd] of listings) {
  test(`410 on every watch, ${ROUNDS} times in a row, ${title}`, { timeout: 1_800_000 }, async (context) => {
    const server = await startApiServer(context, shop, { withExternalEtcd });
    const client = server.client();
    const relay = await startRelay(context, server);
    const pod = await startPod(context, server, relay);
    const asker = new SteadyAsker(context, pod.server.port, known, QUESTIONS_A_SECOND);
    const before = await runningWatches(client);
    assert.ok(before >= 1);
    const memory: number[] = [];

    for (let round = 0; round < ROUNDS; round++) {
      const [goes, comes] = [`goes-${round}`, `comes-${round}`];
      await client.createAll([service(goes, `10.96.5.${round + 1}`), slice(goes, ['10.244.5.1'])]);
      await pod.turns(nameOf(goes), `10.96.5.${round + 1}`);
      await relay.refuse();
      await client.delete(service(goes, ''));
      await client.delete(slice(goes, []));
      await client.create(service(comes, `10.96.6.${round + 1}`));
      await server.restartExpired();
      assert.equal(await pod.ask(nameOf(goes)), `10.96.5.${round + 1}`);
      await relay.forward();
      await pod.turns(nameOf(comes), `10.96.6.${round + 1}`, 5000);
      await pod.turns(nameOf(goes), 'NXDOMAIN', 5000);
      assert.ok(relay.open <= 1, `${relay.open} connections`);
      memory.push(Math.round(pod.server.residentBytes / 2 ** 20));
    }

    const { asked, lost, wrong } = await asker.stop();
    context.diagnostic(`${asked} questions, ${lost} without an answer; resident MiB: ${memory.join(' ')}`);
    assert.deepEqual([...wrong], []);
    assert.equal(lost, 0);
    assert.ok(pod.log(/has forgotten version .*: listing again/).length > 0, pod.server.output.join('\n'));
    const after = await runningWatches(client);
    assert.ok(after <= before, `${after} watches, not ${before}`);
  });
}

test('a list whose later pages have expired', { timeout: 900_000 }, async (context) => {
  const server = await startApiServer(context, shop, UNCACHED);
  await server.smuggleAll(
    Array.from({ length: MANY }, (_, index) =>
      service(`many-${index}`, `10.97.${index >> 8}.${index & 255}`),
    ),
  );
  let isOver = false;
  const compacting = (async (): Promise<void> => {
    while (!isOver) {
      await advanceEtcd(server.etcdUrl);
      await server.compact();
    }
  })();
  const properties = ['startup_timeout 60s'];
  const isExpired = async (pod: Pod): Promise<boolean> =>
    (await pod.metric('coredns_kubernetes_rest_client_requests_total', /code="410"/)) > 0;
  // A list may be quicker than etcd once, hardly five times.
  let pod = await startPod(context, server, server, properties);
  for (let attempt = 1; attempt < 5 && !(await isExpired(pod)); attempt++) {
    pod = await startPod(context, server, server, properties);
  }
  isOver = true;
  await compacting;
  assert.ok(await isExpired(pod), 'no page has expired');
  await pod.isRightAbout(known);
  assert.equal(await pod.ask(nameOf(`many-${MANY - 1}`)), `10.97.${(MANY - 1) >> 8}.${(MANY - 1) & 255}`);
  assert.match((await pod.ready()).body, new RegExp(`, ${MANY + 3} services,`));
});

test('a watch whose version etcd has forgotten', async (context) => {
  const server = await startApiServer(context, [...shop, service('goes', '10.96.5.1')], UNCACHED);
  const client = server.client();
  const relay = await startRelay(context, server);
  const pod = await startPod(context, server, relay);
  await relay.refuse();
  await client.delete(service('goes', ''));
  await client.create(service('comes', '10.96.5.2'));
  await server.compact();
  await relay.forward();
  await pod.turns(nameOf('comes'), '10.96.5.2', 5000);
  await pod.turns(nameOf('goes'), 'NXDOMAIN', 5000);
  await pause(100);
  await pod.isRightAbout(known);
  assert.ok(pod.log(/services: the API server has forgotten version/).length > 0);
});

/** Watches of EndpointSlices that the API server serves now: nobody of its own has one. */
async function runningWatches(client: ApiClient): Promise<number> {
  const { body } = await client.raw('GET', '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith('apiserver_longrunning_requests{'));
  const ours = lines.filter((line) => line.includes('resource="endpointslices"'));
  return ours.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function nameOf(service: string): string {
  return `${service}.shop.svc.cluster.local`;
}
