import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { serverMetrics } from '../../src/metrics/server-metrics.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { EndpointFinder, httpGet } from '../../test/kit/http.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { record } from '../../test/kit/question.ts';
import { startServer, type AskOptions } from '../../test/kit/server.ts';
import { prometheus } from './index.ts';

const good = [
  { text: 'prometheus', address: { host: 'localhost', port: 9153 }, runtime: false },
  { text: 'prometheus :9153', address: { host: '', port: 9153 }, runtime: false },
  { text: 'prometheus [::1]:1 {\n runtime_metrics\n}', address: { host: '::1', port: 1 }, runtime: true },
];
for (const { text, ...options } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () =>
    assert.deepEqual(parsePlugin(prometheus, text), options));
}

const bad = [
  { title: 'a second line', text: 'prometheus\nprometheus', message: /^Corefile:3: .*only be used once/ },
  { title: 'an address without port', text: 'prometheus localhost', message: /^Corefile:2: missing port/ },
  { title: 'two addresses', text: 'prometheus :1 :2', message: /^Corefile:2: wrong argument count/ },
  {
    title: 'an unknown property',
    text: 'prometheus {\n runtime\n}',
    message: /^Corefile:3: unknown property/,
  },
  {
    title: 'tls',
    text: 'prometheus {\n tls x\n}',
    message: /^Corefile:3: property 'tls' is not in this version/,
  },
  {
    title: 'a word too many',
    text: 'prometheus {\n runtime_metrics on\n}',
    message: /^Corefile:3: wrong arg/,
  },
];
for (const { title, text, message } of bad) {
  test(`prometheus refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(prometheus, text),
      (error) => {
        assert.ok(error instanceof CorefileError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

const clock = new FakeClock();
const answers = answering('whoami', (query) => {
  clock.advance(3);
  const reply = new Reply({ source: 'whoami', answer: [record(query.originalName, RecordType.A)] });
  if (query.name.startsWith('fail.')) return Reply.failure(Rcode.ServerFailure, 'whoami');
  return query.name.startsWith('later.') ? Promise.resolve(reply) : reply;
});

/** Answers one question and gives the metric lines of coredns_dns_…, but the buckets. */
async function counted(name: string, type: string, options: AskOptions = {}): Promise<string[]> {
  const finder = new EndpointFinder();
  await using server = await startServer('example.org {\nprometheus 127.0.0.1:0\npprof\nwhoami\n}', {
    plugins: pluginMap(prometheus, finder, answers),
    clock,
  });
  await server.ask(name, type, options);
  const { body } = await httpGet(await finder.port(), '/metrics');
  return body.split('\n').filter((line) => line.startsWith('coredns_dns_') && !line.includes('_bucket{'));
}

const zone = 'server="dns://:53",zone="example.org.",view=""';
const dropped = 'server="dns://:53",zone="dropped",view=""';
const counts: { title: string; ask: [name: string, type: string, options?: AskOptions]; lines: string[] }[] =
  [
    {
      title: 'a query by UDP',
      ask: ['Example.org.', 'A'],
      lines: [
        `coredns_dns_request_duration_seconds_sum{${zone}} 0.003`,
        `coredns_dns_request_duration_seconds_count{${zone}} 1`,
        `coredns_dns_request_size_bytes_sum{${zone},proto="udp"} 29`,
        `coredns_dns_request_size_bytes_count{${zone},proto="udp"} 1`,
        `coredns_dns_requests_total{${zone},proto="udp",family="1",type="A"} 1`,
        `coredns_dns_response_size_bytes_sum{${zone},proto="udp"} 56`,
        `coredns_dns_response_size_bytes_count{${zone},proto="udp"} 1`,
        `coredns_dns_responses_total{${zone},rcode="NOERROR",plugin="whoami"} 1`,
      ],
    },
    {
      title: 'a late answer by TCP and IPv6, with DO',
      ask: [
        'later.example.org.',
        'HINFO',
        { protocol: 'tcp', from: '2001:db8::1', edns: { dnssecOk: true } },
      ],
      lines: [
        `coredns_dns_do_requests_total{${zone}} 1`,
        `coredns_dns_request_duration_seconds_sum{${zone}} 0.003`,
        `coredns_dns_request_duration_seconds_count{${zone}} 1`,
        `coredns_dns_request_size_bytes_sum{${zone},proto="tcp"} 46`,
        `coredns_dns_request_size_bytes_count{${zone},proto="tcp"} 1`,
        `coredns_dns_requests_total{${zone},proto="tcp",family="2",type="other"} 1`,
        `coredns_dns_response_size_bytes_sum{${zone},proto="tcp"} 68`,
        `coredns_dns_response_size_bytes_count{${zone},proto="tcp"} 1`,
        `coredns_dns_responses_total{${zone},rcode="NOERROR",plugin="whoami"} 1`,
      ],
    },
    {
      title: 'a failure, which the server writes',
      ask: ['fail.example.org.', 'HTTPS'],
      lines: [
        `coredns_dns_request_duration_seconds_sum{${zone}} 0.003`,
        `coredns_dns_request_duration_seconds_count{${zone}} 1`,
        `coredns_dns_request_size_bytes_sum{${zone},proto="udp"} 34`,
        `coredns_dns_request_size_bytes_count{${zone},proto="udp"} 1`,
        `coredns_dns_requests_total{${zone},proto="udp",family="1",type="HTTPS"} 1`,
        `coredns_dns_response_size_bytes_sum{${zone},proto="udp"} 0`,
        `coredns_dns_response_size_bytes_count{${zone},proto="udp"} 1`,
        `coredns_dns_responses_total{${zone},rcode="SERVFAIL",plugin="whoami"} 1`,
      ],
    },
    {
      title: 'a query that no server block is there for',
      ask: ['example.net.', 'A', { edns: {} }],
      lines: [
        `coredns_dns_request_duration_seconds_sum{${dropped}} 0`,
        `coredns_dns_request_duration_seconds_count{${dropped}} 1`,
        `coredns_dns_request_size_bytes_sum{${dropped},proto="udp"} 40`,
        `coredns_dns_request_size_bytes_count{${dropped},proto="udp"} 1`,
        `coredns_dns_requests_total{${dropped},proto="udp",family="1",type="A"} 1`,
        `coredns_dns_response_size_bytes_sum{${dropped},proto="udp"} 40`,
        `coredns_dns_response_size_bytes_count{${dropped},proto="udp"} 1`,
        `coredns_dns_responses_total{${dropped},rcode="REFUSED",plugin=""} 1`,
      ],
    },
  ];
for (const { title, ask, lines } of counts) {
  test(`counts ${title}`, async () => assert.deepEqual(await counted(...ask), lines));
}

const TIME =
  '0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 +Inf';
const SIZE = '0 100 200 300 400 511 1023 2047 4095 8291 16000 32000 48000 64000 +Inf';
const families = [
  { name: 'coredns_build_info', type: 'gauge', labels: 'version revision goversion' },
  { name: 'coredns_dns_do_requests_total', type: 'counter', labels: 'server zone view' },
  {
    name: 'coredns_dns_request_duration_seconds',
    type: 'histogram',
    labels: 'server zone view',
    buckets: TIME,
  },
  {
    name: 'coredns_dns_request_size_bytes',
    type: 'histogram',
    labels: 'server zone view proto',
    buckets: SIZE,
  },
  { name: 'coredns_dns_requests_total', type: 'counter', labels: 'server zone view proto family type' },
  {
    name: 'coredns_dns_response_size_bytes',
    type: 'histogram',
    labels: 'server zone view proto',
    buckets: SIZE,
  },
  { name: 'coredns_dns_responses_total', type: 'counter', labels: 'server zone view rcode plugin' },
  { name: 'coredns_panics_total', type: 'counter', labels: '' },
  { name: 'coredns_plugin_enabled', type: 'gauge', labels: 'server zone view name' },
];
test('names, types, labels and buckets of the server’s metrics are CoreDNS’s', async () => {
  await using server = await startServer('example.org {\nprometheus 127.0.0.1:0\nwhoami\n}', {
    plugins: pluginMap(prometheus, answers),
    clock,
  });
  serverMetrics(server.surroundings.metrics).buildInfo.cell('0.1.0', 'abc', 'node26.0.0').value = 1;
  await server.ask('example.org.', 'A', { edns: { dnssecOk: true } });
  const { body } = await server.surroundings.metrics.expose();
  assert.deepEqual(
    described(body).filter(({ name }) => families.some((family) => family.name === name)),
    families,
  );
});

/** What an exposition says of each metric; labels and buckets are those of its first and all its lines. */
function described(exposition: string): { name: string; type: string; labels: string; buckets?: string }[] {
  const found = [];
  for (const [, name = '', type = ''] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const samples = exposition.split('\n').filter((line) => new RegExp(`^${name}(_bucket)?[ {]`).test(line));
    const [, inside = ''] = /\{(.*)\}/.exec(samples[0] ?? '') ?? [];
    const labels = [...inside.matchAll(/(\w+)="/g)]
      .map(([, label]) => label)
      .filter((label) => label !== 'le');
    const buckets = samples.flatMap((line) => /le="([^"]+)"/.exec(line)?.[1] ?? []).join(' ');
    found.push({ name, type, labels: labels.join(' '), ...(buckets === '' ? {} : { buckets }) });
  }
  return found;
}

test('plugin_enabled shows the handlers of every zone', async () => {
  await using server = await startServer('a b {\nprometheus 127.0.0.1:0\nwhoami\n}', {
    plugins: pluginMap(prometheus, answers),
    clock,
  });
  for (const name of ['prometheus', 'whoami']) {
    for (const key of ['a.', 'b.']) {
      const line = `coredns_plugin_enabled{server="dns://:53",zone="${key}",view="",name="${name}"}`;
      assert.equal(await server.metric(line), 1);
    }
  }
});

test('a port in use costs a log line and the metrics, not the start', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await using server = await startServer(`. {\nprometheus 127.0.0.1:${port}\nwhoami\n}`, {
    plugins: pluginMap(prometheus, answers),
    clock,
  });
  assert.equal((await server.ask('a.', 'A'))?.answer.length, 1);
  const [line = ''] = server.lines;
  assert.match(line, /^\[ERROR\] plugin\/prometheus: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});

test('a reload keeps the endpoint and the counts; without the plugin it closes', async () => {
  const finder = new EndpointFinder();
  const corefile = '. {\nprometheus 127.0.0.1:0\npprof\nwhoami\n}';
  await using server = await startServer(corefile, {
    plugins: pluginMap(prometheus, finder, answers),
    clock,
  });
  const port = await finder.port();
  await server.ask('a.', 'A');
  server.corefile = corefile.replace('whoami', '# a change\nwhoami');
  await server.signpost.reload();
  await server.ask('a.', 'A');
  const { body, headers } = await httpGet(port, '/metrics');
  assert.match(body, /^coredns_dns_requests_total\{.*type="A"\} 2$/m);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  server.corefile = '. {\nwhoami\n}';
  await server.signpost.reload();
  await assert.rejects(httpGet(port, '/metrics'), { code: 'ECONNREFUSED' });
});
