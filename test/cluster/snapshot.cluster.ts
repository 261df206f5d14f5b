import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ApiServer } from '../kube-apiserver/api-server.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { eventually, Pod } from './pod.ts';
import { DATABASE, DATABASE_ADDRESSES, MISSING, service, shop, WEB, WEB_ADDRESS } from './shop.ts';
import { startApiServer, startPod, startRelay } from './world.ts';

/** An edge node that boots without its control plane. */
const STALE_ANSWER = 3;
/** Milliseconds from the start of the process, which itself takes one or more where everybody is busy. */
const ANSWERS_AFTER = 20_000;
/** So that it is not what ends the waiting. */
const TIMEOUT = 'startup_timeout 60s';

test('a server without an API server answers from its snapshot, and from the API server once that is up', async (context) => {
  const server = await startApiServer(context, shop);
  const file = join(temporaryFolder(context).path, 'cluster.snapshot');
  await leaveBehind(context, server, file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await server.kill();

  const began = performance.now();
  const pod = await startWithSnapshot(context, server, file, TIMEOUT);
  const took = performance.now() - began;
  context.diagnostic(`serves ${Math.round(took)} ms after its start`);
  assert.ok(took < ANSWERS_AFTER, `${took} ms`);
  await expectStale(pod);

  await server.launch();
  await server.client().createAll([service('late', '10.96.1.99')]);
  context.diagnostic(
    `${Math.round(await pod.turns('late.shop.svc.cluster.local', '10.96.1.99'))} ms to the news`,
  );
  const fresh = await pod.askFully(WEB);
  assert.equal(fresh.extendedError, undefined);
  assert.ok(isFresh(fresh.lowestTtl), `a TTL of ${fresh.lowestTtl}`);
  await eventually(async () => (await pod.ready()).body.includes('state: fresh'));
  assert.doesNotMatch((await pod.ready()).body, /snapshot/);
});

test('an API server that is silent is no reason to wait longer than a second', async (context) => {
  const server = await startApiServer(context, shop);
  const relay = await startRelay(context, server);
  const file = join(temporaryFolder(context).path, 'cluster.snapshot');
  const properties = [
    `snapshot ${file}`,
    TIMEOUT,
    `kubeconfig ${server.kubeconfig(undefined, `https://127.0.0.1:${relay.port}`)}`,
  ];
  const before = await Pod.start(context, { properties });
  assert.equal(await before.ask(WEB), WEB_ADDRESS);
  before.server.signal('SIGINT');
  await before.server.ended();

  relay.swallow();
  const began = performance.now();
  const pod = await Pod.start(context, { properties });
  const took = performance.now() - began;
  context.diagnostic(`serves ${Math.round(took)} ms after its start`);
  assert.ok(took < ANSWERS_AFTER, `${took} ms`);
  await expectStale(pod);
});

test('a damaged snapshot is none', async (context) => {
  const server = await startApiServer(context, shop);
  const file = join(temporaryFolder(context).path, 'cluster.snapshot');
  await leaveBehind(context, server, file);
  await server.kill();
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
  const pod = await startWithSnapshot(context, server, file);
  assert.equal(await pod.ask(WEB), 'SERVFAIL');
  assert.equal((await pod.ready()).status, 503);
  assert.equal(
    pod.log(/\[WARNING\] plugin\/kubernetes: snapshot .* is ignored: it is damaged or cut short/).length,
    1,
  );
});

test('a snapshot of another cluster is not served', async (context) => {
  const server = await startApiServer(context, shop);
  const file = join(temporaryFolder(context).path, 'cluster.snapshot');
  await leaveBehind(context, server, file);
  await server.kill();
  const other = await startApiServer(context, shop);
  await other.kill();
  const pod = await startWithSnapshot(context, other, file);
  assert.equal(await pod.ask(WEB), 'SERVFAIL');
  assert.equal(pod.log(/snapshot .* is ignored: it is of another cluster/).length, 1);
});

function startWithSnapshot(
  context: TestContext,
  server: ApiServer,
  file: string,
  ...more: string[]
): Promise<Pod> {
  return startPod(context, server, server, [`snapshot ${file}`, ...more]);
}

/** Runs a server to its regular end, by which it has written its snapshot. */
async function leaveBehind(context: TestContext, server: ApiServer, file: string): Promise<void> {
  const pod = await startWithSnapshot(context, server, file);
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  const { lowestTtl } = await pod.askFully(WEB);
  assert.ok(isFresh(lowestTtl), `a TTL of ${lowestTtl}`);
  pod.server.signal('SIGINT');
  await pod.server.ended();
  assert.ok(existsSync(file));
}

/** The 30 seconds of the Corefile, less those in which the answer was kept: more than a stale one ever has. */
function isFresh(lowestTtl: number): boolean {
  return lowestTtl > 10 && lowestTtl <= 30;
}

async function expectStale(pod: Pod): Promise<void> {
  assert.equal(await pod.ask(DATABASE), DATABASE_ADDRESSES);
  assert.equal(await pod.ask(MISSING), 'NXDOMAIN');
  const stale = await pod.askFully(WEB);
  assert.equal(stale.extendedError, STALE_ANSWER);
  assert.ok(stale.highestTtl <= 5, `a TTL of ${stale.highestTtl}`);
  const { status, body } = await pod.ready();
  assert.equal(status, 200, body);
  assert.match(body, /snapshot of 20\d\d-/);
}
