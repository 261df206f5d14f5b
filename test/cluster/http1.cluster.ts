import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './pod.ts';
import { knownOfShop, service, shop } from './shop.ts';
import { startApiServer, startPod, startRelay } from './world.ts';

/** An API server that speaks HTTP/1.1 alone, as behind some proxies: the same, by a connection for each watch. */
const SILENCE_NOTICED = 20_000;
const CHANGE_AFTER_RETURN = 2000;

test('an API server without HTTP/2', { timeout: 900_000 }, async (context) => {
  const server = await startApiServer(context, shop, { flags: ['--disable-http2-serving'] });
  const client = server.client();
  const relay = await startRelay(context, server);
  const pod = await startPod(context, server, relay);

  const rightWith = async (address: string): Promise<number> => {
    await client.create(service(`new-${address.replaceAll('.', '-')}`, address));
    const took = await pod.turns(`new-${address.replaceAll('.', '-')}.shop.svc.cluster.local`, address);
    await pod.isRightAbout(knownOfShop);
    return took;
  };

  await context.test('it is synced, and sees changes', async () => {
    assert.equal((await pod.ready()).status, 200);
    assert.ok(relay.open >= 3, `${relay.open} connections`);
    const took = await rightWith('10.96.7.1');
    context.diagnostic(`a change was seen after ${Math.round(took)} ms`);
  });

  await context.test('it sees them after the API server was dead', async () => {
    await server.kill();
    await eventually(async () => (await pod.ready()).body.includes('state: stale'));
    await server.launch();
    const took = await rightWith('10.96.7.2');
    context.diagnostic(`after the API server was dead: after ${Math.round(took)} ms`);
    assert.ok(took <= CHANGE_AFTER_RETURN, `${took} ms`);
    await eventually(async () => (await pod.ready()).body.includes('state: fresh'), 5000);
  });

  await context.test('short watches end and begin without a gap, and without a connection more', async () => {
    const watches = (): Promise<number> => pod.metric('coredns_kubernetes_rest_client_requests_total');
    const before = await watches();
    // Each lives 6 to 12 seconds here.
    await eventually(async () => (await watches()) >= before + 6);
    assert.match((await pod.ready()).body, /state: fresh/);
    await rightWith('10.96.7.3');
    assert.ok(relay.open <= 5, `${relay.open} connections`);
  });

  await context.test('it notices silence, and sees what changed meanwhile', async () => {
    relay.swallow();
    const noticed = await eventually(async () => (await pod.ready()).body.includes('state: stale'));
    context.diagnostic(`silence was noticed after ${(noticed / 1000).toFixed(1)} s`);
    assert.ok(noticed <= SILENCE_NOTICED, `${noticed} ms`);
    await relay.forward();
    const took = await rightWith('10.96.7.4');
    context.diagnostic(`after it had healed: after ${Math.round(took)} ms`);
  });
});
