import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './pod.ts';
import type { Pod } from './pod.ts';
import { DATABASE, known, MISSING, OTHER, OTHER_ADDRESS, service, shop, WEB, WEB_ADDRESS } from './shop.ts';
import { QUESTIONS_A_SECOND, SteadyAsker } from './steady-asker.ts';
import { startApiServer, startPod, startRelay } from './world.ts';

/** An API server that is not there, that goes, and that falls silent: what is answered meanwhile, and after it. */
/** Seconds for which the API server is dead. */
const OUTAGE = process.env['FULL_OUTAGES'] === '1' ? 60 : 10;
/** Milliseconds: the limits of what Signpost promises. */
const RIGHT_AFTER_START = 1000;
const CHANGE_AFTER_RETURN = 2000;
const SILENCE_NOTICED = 20_000;

/** INFO-CODEs of Extended DNS Errors (RFC 8914). */
const STALE_ANSWER = 3;
const NOT_READY = 14;
const ENDPOINT = `10-244-1-1.${DATABASE}`;

test('an API server that is down at the start', async (context) => {
  const server = await startApiServer(context, shop);
  await server.kill();
  const began = performance.now();
  const pod = await startPod(context, server);
  context.diagnostic(`serves ${Math.round(performance.now() - began)} ms after its start`);
  // Not after startup_timeout.
  assert.equal(pod.log(/starting server before all .* were seen: the API server is down/).length, 1);
  assert.equal(await pod.ask(OTHER), OTHER_ADDRESS);
  for (const name of [WEB, DATABASE, MISSING]) assert.equal(await pod.ask(name), 'SERVFAIL', name);
  // Not out of the cache.
  assert.equal((await pod.askFully(`new.${WEB}`)).extendedError, NOT_READY);
  const { status, body } = await pod.ready();
  assert.equal(status, 503);
  assert.match(body, /state: syncing/);
  assert.match(body, /ECONNREFUSED/);

  // Whatever is answered between the two, NXDOMAIN for what there is would be a lie.
  const coming = server.launch();
  const lies = await Promise.race([coming, untilLie(pod)]);
  assert.equal(lies, undefined);
  const took = performance.now();
  await Promise.all(known.map(({ name, expected }) => pod.turns(name, expected)));
  const right = performance.now() - took;
  context.diagnostic(`right ${Math.round(right)} ms after the API server was ready`);
  assert.ok(right <= RIGHT_AFTER_START, `right after ${right} ms`);
  assert.equal((await pod.ready()).status, 200);
});

test('an API server that is silent at the start', async (context) => {
  const server = await startApiServer(context, shop);
  const relay = await startRelay(context, server);
  relay.swallow();
  const pod = await startPod(context, server, relay);
  assert.equal(
    pod.log(/starting server before all .* were seen: nothing is heard of the API server/).length,
    1,
  );
  assert.equal(await pod.ask(OTHER), OTHER_ADDRESS);
  for (const name of [WEB, DATABASE, MISSING]) assert.equal(await pod.ask(name), 'SERVFAIL', name);
  assert.equal((await pod.ready()).status, 503);
  await relay.forward();
  await Promise.all(known.map(({ name, expected }) => pod.turns(name, expected)));
  assert.equal((await pod.ready()).status, 200);
});

test(`an API server that is dead for ${OUTAGE} s`, async (context) => {
  const server = await startApiServer(context, shop);
  const client = server.client();
  const pod = await startPod(context, server);
  assert.equal((await pod.ready()).status, 200);
  const asker = new SteadyAsker(context, pod.server.port, known, QUESTIONS_A_SECOND);
  await pause(500);
  await server.kill();
  await pause(1000);
  const { status, body } = await pod.ready();
  assert.equal(status, 200, body);
  assert.match(body, /state: stale/);
  assert.match(body, /no changes seen for \d+ s: .*ECONNREFUSED/);
  await pause((OUTAGE - 1) * 1000);
  assert.equal((await pod.askFully(ENDPOINT)).extendedError, STALE_ANSWER);
  const age = await pod.metric('signpost_kubernetes_watch_age_seconds');
  assert.ok(age > OUTAGE - 1 && age < OUTAGE + 5, `an age of ${age} s`);
  await server.launch();
  await client.create(service('new', '10.96.1.20'));
  const seen = await pod.turns('new.shop.svc.cluster.local', '10.96.1.20');
  const report = await asker.stop();
  context.diagnostic(`the first change was seen ${Math.round(seen)} ms after the API server's word`);
  context.diagnostic(`${report.asked} questions, ${report.lost} without an answer`);
  assert.ok(seen <= CHANGE_AFTER_RETURN, `seen after ${seen} ms`);
  assert.deepEqual([...report.wrong], []);
  assert.equal(report.lost, 0);
  await eventually(async () => (await pod.metric('signpost_kubernetes_watch_age_seconds')) === 0, 5000);
  assert.equal((await pod.askFully(ENDPOINT)).extendedError, undefined);
});

test('a connection that falls silent', async (context) => {
  const server = await startApiServer(context, shop);
  const relay = await startRelay(context, server);
  const pod = await startPod(context, server, relay);
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  assert.equal(await pod.metric('signpost_kubernetes_watch_age_seconds'), 0);
  // Not in step with the pings.
  await pause(3000);
  relay.swallow();
  const noticed = await eventually(async () => (await pod.ready()).body.includes('state: stale'), 30_000);
  context.diagnostic(`noticed after ${(noticed / 1000).toFixed(1)} s`);
  assert.ok(noticed <= SILENCE_NOTICED, `noticed after ${noticed} ms`);
  assert.match((await pod.ready()).body, /no changes seen for \d+ s: .*no answer to a ping/);
  await eventually(async () => (await pod.metric('signpost_kubernetes_watch_age_seconds')) > 0.5, 5000);
  await pod.isRightAbout(known);

  await server.client().create(service('meanwhile', '10.96.1.21'));
  await relay.forward();
  const seen = await pod.turns('meanwhile.shop.svc.cluster.local', '10.96.1.21');
  context.diagnostic(`what changed meanwhile was seen ${(seen / 1000).toFixed(1)} s after it had healed`);
});

/** Resolves with the first NXDOMAIN for something that there is. */
async function untilLie(pod: Pod): Promise<string> {
  for (;;) {
    for (const name of [WEB, DATABASE]) {
      if ((await pod.ask(name)) === 'NXDOMAIN') return name;
    }
    await pause(1);
  }
}
