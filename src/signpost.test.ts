import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakePlugins, sayText } from '../test/kit/fake-plugin.ts';
import type { FakePluginParts } from '../test/kit/fake-plugin.ts';
import { FakeClock } from '../test/kit/fake-clock.ts';
import { startServer } from '../test/kit/server.ts';
import type { TestServer } from '../test/kit/server.ts';
import { ReloadInterval } from './plugin/capability.ts';
import type { Controller } from './plugin/controller.ts';
import { recordDataText } from './wire/presentation.ts';
import { Reply } from './server/reply.ts';

/** A `whoami` and an `erratic` that say one word each, and a `reload` that looks every second. */
function plugins(more: Record<string, FakePluginParts> = {}): ReturnType<typeof fakePlugins> {
  return fakePlugins({
    reload: { setup: (controller) => controller.offerToAll(ReloadInterval, { interval: 1000, jitter: 0 }) },
    whoami: { handle: sayText('alpha') },
    erratic: { handle: sayText('beta') },
    ...more,
  });
}

const alpha = '. {\n    reload\n    whoami\n}\n';
const beta = '. {\n    reload\n    erratic\n}\n';
const broken = '. {\n    reload\n    whoam\n}\n';

async function answer(server: TestServer): Promise<string> {
  const reply = await server.ask('a.', 'TXT');
  return reply?.answer.map(({ type, data }) => recordDataText(type, data)).join() ?? 'silence';
}
const failed = (server: TestServer): Promise<number | undefined> =>
  server.metric('coredns_reload_failed_total');
/** Lets a reload that the clock has set off run to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a reload serves the new Corefile on the old sockets', async () => {
  await using server = await startServer(alpha, { plugins: plugins() });
  const transport = server.transport('udp');
  assert.equal(await answer(server), '"alpha"');
  server.corefile = beta;
  await server.signpost.reload();
  assert.equal(await answer(server), '"beta"');
  assert.equal(server.transport('udp'), transport);
  assert.equal(transport.closed, false);
  const from = server.lines.indexOf('[INFO] Reloading');
  assert.equal(server.lines.at(-1), '[INFO] Reloading complete');
  assert.ok(from >= 0);
});

test('a broken Corefile leaves the old one serving, and is logged and counted', async () => {
  await using server = await startServer(alpha, { plugins: plugins() });
  assert.equal(await failed(server), 0);
  server.corefile = broken;
  for (let count = 1; count <= 2; count++) {
    await server.signpost.reload();
    assert.equal(await failed(server), count);
    assert.equal(await answer(server), '"alpha"');
    assert.match(server.lines.at(-1)!, /^\[ERROR\] Reload failed, .*: Corefile:3: unknown directive 'whoam'/);
  }
  server.corefile = beta;
  await server.signpost.reload();
  assert.equal(await answer(server), '"beta"');
});

test('a port that cannot be opened leaves the old Corefile serving', async () => {
  await using server = await startServer(alpha, { plugins: plugins() });
  server.corefile = `${beta}.:54 {\n    whoami\n}\n`;
  server.refusePort = 54;
  await server.signpost.reload();
  assert.equal(await answer(server), '"alpha"');
  assert.equal(await failed(server), 1);
  assert.deepEqual(server.signpost.listeners.port('dns://:54'), undefined);
});

test('listeners that are no longer wanted close, new ones open', async () => {
  await using server = await startServer('.:53 {\n    whoami\n}\n', { plugins: plugins() });
  const old = server.transport('udp');
  server.corefile = '.:54 {\n    whoami\n}\n';
  await server.signpost.reload();
  assert.equal(old.closed, true);
  assert.equal(server.transport('udp').port, 54);
  assert.equal(await answer(server), '"alpha"');
});

test('a query that is being answered ends with the chain it began with', async () => {
  let finish: (reply: Reply) => void = () => undefined;
  const slow: FakePluginParts = { handle: () => new Promise((resolve) => (finish = resolve)) };
  await using server = await startServer('. {\n    forward\n}\n', { plugins: plugins({ forward: slow }) });
  const waiting = server.ask('a.', 'A');
  server.corefile = alpha;
  await server.signpost.reload();
  assert.equal(await answer(server), '"alpha"');
  finish(new Reply({ rcode: 3 }));
  assert.equal((await waiting)?.rcode, 3);
});

test('queries during a reload are answered by the old Corefile until the new one is ready', async () => {
  let ready: () => void = () => undefined;
  const slowStart: FakePluginParts = {
    setup: (controller) => controller.onStart(() => new Promise((resolve) => (ready = resolve))),
    handle: sayText('gamma'),
  };
  await using server = await startServer(alpha, { plugins: plugins({ forward: slowStart }) });
  server.corefile = '. {\n    forward\n}\n';
  const reload = server.signpost.reload();
  for (let turn = 0; turn < 10; turn++) assert.equal(await answer(server), '"alpha"');
  ready();
  await reload;
  assert.equal(await answer(server), '"gamma"');
});

test('what both configurations share is handed over and closed with the last', async () => {
  const diary: string[] = [];
  const share = (controller: Controller): void => {
    const [key] = controller.block.zones;
    controller.share(key!, () => {
      diary.push(`create ${key}`);
      return { close: () => void diary.push(`close ${key}`) };
    });
  };
  const both = 'a {\n    hosts\n}\nb {\n    hosts\n}\n';
  await using server = await startServer(both, { plugins: plugins({ hosts: { setup: share } }) });
  server.corefile = 'b {\n    hosts\n}\nc {\n    hosts\n}\n';
  await server.signpost.reload();
  assert.deepEqual(diary, ['create a.', 'create b.', 'create c.', 'close a.']);
  server.corefile = 'b {\n    hosts\n    nosuch\n}\n';
  await server.signpost.reload();
  assert.equal(diary.length, 4);
  await server.close();
  assert.deepEqual(diary.slice(4), ['close b.', 'close c.']);
});

test('reloads happen one after the other, and the last Corefile wins', async () => {
  await using server = await startServer(alpha, { plugins: plugins() });
  const reloads = [beta, alpha, broken, beta].map((corefile) => {
    server.corefile = corefile;
    return server.signpost.reload();
  });
  await Promise.all(reloads);
  assert.equal(await answer(server), '"beta"');
});

test('a changed Corefile is found by itself', async () => {
  const clock = new FakeClock();
  await using server = await startServer(alpha, { plugins: plugins(), clock });
  server.corefile = beta;
  clock.advance(999);
  await settled();
  assert.equal(await answer(server), '"alpha"');
  clock.advance(1);
  await settled();
  assert.equal(await answer(server), '"beta"');
  assert.equal(clock.pending, 1, 'the old watch has ended');
  server.corefile = alpha;
  clock.advance(1000);
  await settled();
  assert.equal(await answer(server), '"alpha"');
});

test('a Corefile that is broken is complained of once for each mistake', async () => {
  const clock = new FakeClock();
  await using server = await startServer(alpha, { plugins: plugins(), clock });
  server.corefile = broken;
  clock.advance(5000);
  await settled();
  assert.equal(await failed(server), 1);
  server.corefile = '. {';
  clock.advance(5000);
  await settled();
  assert.equal(await failed(server), 2);
  server.corefile = alpha;
  clock.advance(5000);
  await settled();
  assert.equal(await failed(server), 2);
  assert.equal(await answer(server), '"alpha"');
});

test('an edited comment is no change', async () => {
  const clock = new FakeClock();
  await using server = await startServer(alpha, { plugins: plugins(), clock });
  server.corefile = alpha.replace('    whoami', '    whoami # the one');
  clock.advance(5000);
  await settled();
  assert.ok(!server.lines.includes('[INFO] Reloading'));
});

test('nothing is watched after the shutdown, not even when a reload was under way', async () => {
  const clock = new FakeClock();
  const server = await startServer(alpha, { plugins: plugins(), clock });
  server.corefile = beta;
  const reload = server.signpost.reload();
  const shutdown = server.signpost.shutdown(0);
  await Promise.all([reload, shutdown]);
  assert.equal(clock.pending, 0);
  assert.equal(server.signpost.configuration, undefined);
  await server.signpost.reload();
  assert.equal(server.signpost.configuration, undefined);
});

test('the version that runs is in a metric', async () => {
  await using server = await startServer(alpha, { plugins: plugins() });
  await server.signpost.reload();
  const { body } = await server.surroundings.metrics.expose();
  assert.match(body, /^coredns_reload_version_info\{hash="sha512",value="[0-9a-f]{128}"\} 1$/m);
});

test('the handlers of every zone are in a metric, those of the running Corefile alone', async () => {
  await using server = await startServer('a b {\n    whoami\n}\n', { plugins: plugins() });
  const enabled = (zone: string, name: string): Promise<number | undefined> =>
    server.metric(`coredns_plugin_enabled{server="dns://:53",zone="${zone}",view="",name="${name}"}`);
  assert.deepEqual([await enabled('a.', 'whoami'), await enabled('b.', 'whoami')], [1, 1]);
  server.corefile = 'a {\n    erratic\n}\n';
  await server.signpost.reload();
  assert.deepEqual([await enabled('a.', 'whoami'), await enabled('a.', 'erratic')], [undefined, 1]);
});

for (const name of [
  'coredns_panics_total',
  'coredns_reload_failed_total',
  'coredns_forward_healthcheck_broken_total',
  'coredns_forward_max_concurrent_rejects_total',
  'coredns_health_request_failures_total',
  'coredns_health_request_duration_seconds_count',
  'coredns_hosts_reload_timestamp_seconds',
]) {
  test(`${name} is 0 where nothing that moves it is configured`, async () => {
    await using server = await startServer('. {\n    whoami\n}\n');
    assert.equal(await server.metric(name), 0);
  });
}
