import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { EndpointFinder, httpGet } from '../../test/kit/http.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer, TestServer } from '../../test/kit/server.ts';
import { health } from './index.ts';
import { SelfProbe } from './self-probe.ts';

const good = [
  { text: 'health', address: { host: '', port: 8080 }, lameduck: undefined },
  { text: 'health localhost:8091', address: { host: 'localhost', port: 8091 }, lameduck: undefined },
  { text: 'health {\n lameduck 0s\n}', address: { host: '', port: 8080 }, lameduck: 0 },
  { text: 'health {\n lameduck 5s\n}', address: { host: '', port: 8080 }, lameduck: 5000 },
  { text: 'health :1 {\n lameduck 1s\n}\nhealth :2', address: { host: '', port: 2 }, lameduck: 1000 },
];
for (const { text, ...options } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () => assert.deepEqual(parsePlugin(health, text), options));
}

const bad = [
  { title: 'an address without port', text: 'health localhost', message: /^Corefile:2: missing port/ },
  { title: 'two addresses', text: 'health :1 :2', message: /^Corefile:2: wrong argument count/ },
  {
    title: 'an unknown property',
    text: 'health {\n lame 5s\n}',
    message: /^Corefile:3: unknown property 'lame'/,
  },
  { title: 'no duration', text: 'health {\n lameduck\n}', message: /^Corefile:3: wrong argument count/ },
  { title: 'a bare number', text: 'health {\n lameduck 5\n}', message: /^Corefile:3: invalid lameduck '5'/ },
  {
    title: 'a negative duration',
    text: 'health {\n lameduck -5s\n}',
    message: /^Corefile:3: invalid lameduck/,
  },
];
for (const { title, text, message } of bad) {
  test(`health refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(health, text),
      (error) => {
        assert.ok(error instanceof CorefileError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('/health says OK, also during lameduck, and ends with it', async () => {
  const clock = new FakeClock();
  const finder = new EndpointFinder();
  await using server = await startServer('. {\nhealth 127.0.0.1:0 {\nlameduck 2s\n}\npprof\n}', {
    plugins: pluginMap(health, finder),
    clock,
  });
  const port = await finder.port();
  const before = await httpGet(port, '/health');
  assert.deepEqual([before.status, before.body], [200, 'OK']);

  let ended = false;
  const ending = server.signpost.shutdown().then(() => (ended = true));
  const during = await httpGet(port, '/health');
  assert.deepEqual([during.status, during.body, ended], [200, 'OK', false]);
  assert.deepEqual(server.lines.slice(0, 1), ['[INFO] plugin/health: Going into lameduck mode for 2s']);
  clock.advance(1999);
  await httpGet(port, '/health');
  assert.equal(ended, false);
  clock.advance(1);
  await ending;
  await assert.rejects(httpGet(port, '/health'), { code: 'ECONNREFUSED' });
  assert.equal(clock.pending, 0);
});

test('a reload keeps the endpoint open and does not wait for lameduck', async () => {
  const finder = new EndpointFinder();
  const corefile = '. {\nhealth 127.0.0.1:0\npprof\n}';
  await using server = await startServer(corefile, { plugins: pluginMap(health, finder) });
  const port = await finder.port();
  server.corefile = corefile.replace(':0\n', ':0 {\nlameduck 0s\n}\n');
  await server.signpost.reload();
  assert.equal((await httpGet(port, '/health')).body, 'OK');
});

test('a port in use refuses the start', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const server = new TestServer(`. {\nhealth 127.0.0.1:${port}\n}`, { plugins: pluginMap(health) });
  await assert.rejects(server.signpost.start(), (error: Error) => {
    assert.match(
      error.message,
      /^Corefile:2: plugin\/health: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    );
    return true;
  });
});

test('its metrics are there with 0 from the start, in CoreDNS’s buckets', async () => {
  await using server = await startServer('. {\nhealth 127.0.0.1:0\n}', { plugins: pluginMap(health) });
  assert.equal(await server.metric('coredns_health_request_failures_total'), 0);
  assert.equal(await server.metric('coredns_health_request_duration_seconds_count'), 0);
  for (const bound of ['0.00025', '0.0025', '0.025', '0.25', '2.5', '+Inf']) {
    assert.equal(await server.metric(`coredns_health_request_duration_seconds_bucket{le="${bound}"}`), 0);
  }
});

test('it probes itself once a second', async () => {
  const clock = new FakeClock();
  await using server = await startServer('. {\nhealth 127.0.0.1:0\n}', { plugins: pluginMap(health), clock });
  clock.advance(1000);
  // The probe is a real request: it is counted as soon as it is answered.
  while ((await server.metric('coredns_health_request_duration_seconds_count')) === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await server.metric('coredns_health_request_failures_total'), 0);
});

interface ProbeFixture {
  readonly probe: SelfProbe;
  readonly lines: string[];
  readonly metrics: PrometheusRegistry;
  readonly port: number;
}

/** A probe, and a listener that answers it in its own way. */
async function probed(t: TestContext, clock: FakeClock, answer: 'late' | 'cut'): Promise<ProbeFixture> {
  const server = createHttpServer((request, response) => {
    if (answer === 'cut') request.socket.destroy();
    else {
      clock.advance(1500);
      response.end('OK');
    }
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const lines: string[] = [];
  const metrics = new PrometheusRegistry();
  const controller = { clock, metrics, log: createLogger((line) => lines.push(line)) };
  const probe = new SelfProbe(controller as unknown as Controller);
  return { probe, lines, metrics, port: (server.address() as AddressInfo).port };
}

test('a probe that fails is counted and logged', async (t) => {
  const { probe, lines, metrics, port } = await probed(t, new FakeClock(), 'cut');
  await probe.run('127.0.0.1', port);
  assert.match((await metrics.expose()).body, /^coredns_health_request_failures_total 1$/m);
  assert.match((await metrics.expose()).body, /^coredns_health_request_duration_seconds_count 0$/m);
  assert.match(lines[0] ?? '', /^\[WARNING\] Local health request to port \d+ failed: socket hang up$/);
});

test('a slow answer is counted and worth a warning', async (t) => {
  const { probe, lines, metrics, port } = await probed(t, new FakeClock(), 'late');
  await probe.run('127.0.0.1', port);
  assert.match((await metrics.expose()).body, /^coredns_health_request_duration_seconds_sum 1\.5$/m);
  assert.deepEqual(lines, [`[WARNING] Local health request to port ${port} took more than 1s: 1500ms`]);
});
