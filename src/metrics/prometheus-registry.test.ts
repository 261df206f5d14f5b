import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIZE_BUCKETS, SLIM_TIME_BUCKETS, TIME_BUCKETS } from './buckets.ts';
import { PrometheusRegistry } from './prometheus-registry.ts';

async function exposed(registry: PrometheusRegistry): Promise<string[]> {
  const { body } = await registry.expose();
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP'));
}

test('a counter without labels shows 0 from the start', async () => {
  const registry = new PrometheusRegistry();
  registry.counter({ name: 'x_total', help: 'X.' });
  assert.deepEqual(await exposed(registry), ['# TYPE x_total counter', 'x_total 0']);
});

test('a metric with labels shows only once a cell was asked for', async () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter({ name: 'x_total', help: 'X.', labels: ['zone', 'type'] });
  assert.deepEqual(await exposed(registry), []);
  counter.cell('example.org.', 'A').value += 2;
  assert.deepEqual(await exposed(registry), [
    '# TYPE x_total counter',
    'x_total{zone="example.org.",type="A"} 2',
  ]);
});

test('asking twice gives the same metric and the same cell', () => {
  const registry = new PrometheusRegistry();
  const description = { name: 'x_total', help: 'X.', labels: ['zone'] };
  registry.counter(description).cell('.').value++;
  assert.equal(registry.counter(description).cell('.').value, 1);
});

test('values that differ only in where one ends are different cells', () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter({ name: 'x_total', help: 'X.', labels: ['a', 'b'] });
  assert.notEqual(counter.cell('1', '23'), counter.cell('12', '3'));
});

const clashes = [
  { title: 'another type', ask: (r: PrometheusRegistry) => r.gauge({ name: 'x', help: '', labels: ['a'] }) },
  {
    title: 'other labels',
    ask: (r: PrometheusRegistry) => r.counter({ name: 'x', help: '', labels: ['b'] }),
  },
  {
    title: 'other buckets',
    ask: (r: PrometheusRegistry) => {
      r.histogram({ name: 'y', help: '' }, [1]);
      r.histogram({ name: 'y', help: '' }, [2]);
    },
  },
];
for (const { title, ask } of clashes) {
  test(`a name asked for again with ${title} is refused`, () => {
    const registry = new PrometheusRegistry();
    registry.counter({ name: 'x', help: '', labels: ['a'] });
    assert.throws(() => ask(registry), /metric . is there already as/);
  });
}

test('a wrong number of label values is refused', () => {
  const counter = new PrometheusRegistry().counter({ name: 'x_total', help: '', labels: ['a', 'b'] });
  assert.throws(() => counter.cell('1'), /x_total has 2 labels \(a, b\), got 1 values/);
});

test('a histogram adds up its buckets; a value on a bound belongs to it', async () => {
  const registry = new PrometheusRegistry();
  const cell = registry.histogram({ name: 'x', help: '', labels: ['zone'] }, [1, 2]).cell('.');
  for (const value of [0.5, 1, 1.5, 2.5]) cell.observe(value);
  assert.deepEqual(await exposed(registry), [
    '# TYPE x histogram',
    'x_bucket{zone=".",le="1"} 2',
    'x_bucket{zone=".",le="2"} 3',
    'x_bucket{zone=".",le="+Inf"} 4',
    'x_sum{zone="."} 5.5',
    'x_count{zone="."} 4',
  ]);
});

test('a gauge forgets label values one by one, or all', async () => {
  const registry = new PrometheusRegistry();
  const gauge = registry.gauge({ name: 'x', help: '', labels: ['a'] });
  for (const value of ['1', '2', '3']) gauge.cell(value).value = 1;
  gauge.remove('2');
  assert.deepEqual(await exposed(registry), ['# TYPE x gauge', 'x{a="1"} 1', 'x{a="3"} 1']);
  gauge.reset();
  assert.deepEqual(await exposed(registry), []);
});

test('updates run before each scrape until they are removed', async () => {
  const registry = new PrometheusRegistry();
  const cell = registry.gauge({ name: 'x', help: '' }).cell();
  const collector = registry.onCollect(() => cell.value++);
  await registry.expose();
  assert.deepEqual(await exposed(registry), ['# TYPE x gauge', 'x 2']);
  collector.remove();
  assert.deepEqual(await exposed(registry), ['# TYPE x gauge', 'x 2']);
});

test('process metrics: those of Node on request, none that promtool refuses', async () => {
  const registry = new PrometheusRegistry(true);
  const { body: usual, contentType } = await registry.expose();
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(usual, /^process_cpu_seconds_total /m);
  assert.doesNotMatch(usual, /^nodejs_heap/m);
  const { body: all } = await registry.expose({ runtime: true });
  assert.match(all, /^nodejs_heap_size_used_bytes /m);
  assert.doesNotMatch(all, /_total gauge/);
});

test('processor time counts from the start of the process, not from the first scrape', async () => {
  const before = process.cpuUsage();
  const { body } = await new PrometheusRegistry(true).expose();
  for (const [part, least] of [
    ['user_', before.user],
    ['', before.user + before.system],
  ] as const) {
    const seconds = Number(new RegExp(`^process_cpu_${part}seconds_total (\\S+)`, 'm').exec(body)![1]);
    assert.ok(seconds >= least / 1e6 && seconds < least / 1e6 + 60, `${part}${seconds}`);
  }
});

test('the buckets are CoreDNS’s', () => {
  const time =
    '0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192';
  assert.equal(TIME_BUCKETS.join(' '), time);
  assert.equal(SLIM_TIME_BUCKETS.join(' '), '0.00025 0.0025 0.025 0.25 2.5');
  assert.equal(SIZE_BUCKETS.join(' '), '0 100 200 300 400 511 1023 2047 4095 8291 16000 32000 48000 64000');
});
