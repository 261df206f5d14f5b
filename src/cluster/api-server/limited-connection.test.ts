import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { HeardResponse, startGet } from '../../../test/kit/heard-response.ts';
import { PrometheusRegistry } from '../../metrics/prometheus-registry.ts';
import type { ApiCall, ApiConnection, ApiRequest, ApiResponseListener } from './api-connection.ts';
import { LimitedConnection } from './limited-connection.ts';
import type { RequestLimits } from './limited-connection.ts';
import { MeasuredConnection, requestMetrics } from './measured-connection.ts';

/** Keeps what it is asked; the test answers. */
class WaitingConnection implements ApiConnection {
  readonly longestWatch = 42;
  readonly reached = true;
  readonly asked: { readonly path: string; readonly listener: ApiResponseListener; cancelled: boolean }[] =
    [];
  closed = false;

  get(path: string, listener: ApiResponseListener): ApiRequest {
    const request = { path, listener, cancelled: false };
    this.asked.push(request);
    return { cancel: () => void (request.cancelled = true) };
  }

  send({ path }: ApiCall, listener: ApiResponseListener): ApiRequest {
    return this.get(path, listener);
  }

  close(): void {
    this.closed = true;
  }

  get paths(): string {
    return this.asked.map(({ path }) => path).join(' ');
  }
}

const none: RequestLimits = { qps: undefined, burst: undefined, maximumInFlight: undefined };
const answer = { status: 200, contentType: 'application/json', retryAfter: undefined };

function limited(limits: Partial<RequestLimits>) {
  const inner = new WaitingConnection();
  const clock = new FakeClock();
  const connection = new LimitedConnection(inner, { ...none, ...limits }, clock);
  return { inner, clock, connection };
}

function start(connection: ApiConnection, count: number, path = ''): void {
  for (let number = 1; number <= count; number++) startGet(connection, `${path}${number}`);
}

const rates: readonly {
  title: string;
  limits: Partial<RequestLimits>;
  after: readonly [number, number][];
}[] = [
  // Milliseconds, and how many of 20 requests have been sent by then.
  {
    title: 'by default ten at once, then five a second',
    limits: {},
    after: [
      [0, 10],
      [199, 10],
      [200, 11],
      [1000, 15],
    ],
  },
  {
    title: 'qps and burst',
    limits: { qps: 100, burst: 2 },
    after: [
      [0, 2],
      [10, 3],
      [100, 12],
    ],
  },
  {
    title: 'a part of a request a second',
    limits: { qps: 0.5, burst: 1 },
    after: [
      [0, 1],
      [1999, 1],
      [2000, 2],
    ],
  },
];

for (const { title, limits, after } of rates)
  test(`rate: ${title}`, () => {
    const { inner, clock, connection } = limited(limits);
    start(connection, 20);
    for (const [time, sent] of after) {
      clock.advance(time - clock.monotonic());
      assert.equal(inner.asked.length, sent, `after ${time} ms`);
    }
    assert.equal(inner.asked[1]?.path ?? '2', '2', 'in their order');
  });

test('a pause gives no more than the burst', () => {
  const { inner, clock, connection } = limited({ qps: 100, burst: 2 });
  start(connection, 2);
  clock.advance(60_000);
  start(connection, 5);
  assert.equal(inner.asked.length, 4);
});

test('the pages of a list are one request', () => {
  const { inner, connection } = limited({ qps: 1, burst: 1 });
  startGet(connection, '/services?limit=5');
  start(connection, 30, '/services?limit=5&continue=');
  assert.equal(inner.asked.length, 31);
});

test('so many under way at once: a watch until its response begins, a list until its end', () => {
  const { inner, connection } = limited({ maximumInFlight: 2 });
  for (const path of ['/list', '/watch?watch=true', '/third', '/fourth']) startGet(connection, path);
  assert.equal(inner.paths, '/list /watch?watch=true');
  inner.asked[0]!.listener.responded(answer);
  assert.equal(inner.asked.length, 2);
  inner.asked[1]!.listener.responded(answer);
  assert.equal(inner.paths, '/list /watch?watch=true /third');
  inner.asked[1]!.listener.ended(undefined);
  assert.equal(inner.asked.length, 3, 'its place is another one’s already');
  inner.asked[0]!.listener.ended(new Error('broken'));
  assert.equal(inner.asked.length, 4);
});

test('what is sent waits for no limit, and takes no place', () => {
  const { inner, connection } = limited({ qps: 1, burst: 1, maximumInFlight: 2 });
  startGet(connection, '/list');
  startGet(connection, '/waits');
  const heard = new HeardResponse();
  connection.send({ method: 'PUT', path: '/lease', body: '{}' }, heard);
  assert.equal(inner.paths, '/list /lease');
  inner.asked[1]!.listener.ended(undefined);
  assert.ok(heard.over);
  assert.equal(inner.paths, '/list /lease');
});

test('a cancelled request gives its place away, waiting or under way', () => {
  const { inner, connection } = limited({ maximumInFlight: 1 });
  const [first, second] = ['/1', '/2', '/3'].map((path) => startGet(connection, path));
  second!.request?.cancel();
  assert.equal(inner.paths, '/1');
  first!.request?.cancel();
  assert.ok(inner.asked[0]?.cancelled);
  assert.equal(inner.paths, '/1 /3');
});

test('when it is closed nothing waits any longer', () => {
  const { inner, clock, connection } = limited({ qps: 1, burst: 1, maximumInFlight: 1 });
  start(connection, 3);
  connection.close();
  assert.ok(inner.closed);
  assert.equal(inner.asked.length, 3, 'the connection ends them');
  assert.equal(clock.pending, 0);
});

test('the metrics of CoreDNS: requests by code, their time, and how long they waited', async () => {
  const inner = new WaitingConnection();
  const clock = new FakeClock();
  const registry = new PrometheusRegistry();
  const metrics = requestMetrics(registry, '10.96.0.1:443');
  const limits = { ...none, qps: 1, burst: 2 };
  const connection = new MeasuredConnection(
    new LimitedConnection(inner, limits, clock, metrics.wait),
    metrics,
    clock,
  );
  assert.equal(connection.longestWatch, 42);
  assert.equal(connection.reached, true);
  const [list, watch, refused] = ['/list', '/watch?watch=true', '/refused'].map((path) =>
    startGet(connection, path),
  );
  clock.advance(1000);
  inner.asked[0]!.listener.responded(answer);
  inner.asked[0]!.listener.received(Buffer.from('body'));
  clock.advance(1000);
  inner.asked[0]!.listener.ended(undefined);
  inner.asked[1]!.listener.responded({ ...answer, status: 410 });
  inner.asked[1]!.listener.ended(undefined);
  inner.asked[2]!.listener.ended(new Error('connect ECONNREFUSED'));
  connection.send({ method: 'PUT', path: '/lease', body: '{}' }, new HeardResponse());
  inner.asked[3]!.listener.responded({ ...answer, status: 409 });
  clock.advance(500);
  inner.asked[3]!.listener.ended(undefined);
  assert.deepEqual(list!.calls, ['responded', 'received', 'ended']);
  assert.deepEqual(watch!.calls, ['responded', 'ended']);
  assert.equal(refused!.error?.message, 'connect ECONNREFUSED');
  const { body } = await registry.expose();
  for (const line of [
    'requests_total{code="200",method="GET",host="10.96.0.1:443"} 1',
    'requests_total{code="410",method="GET",host="10.96.0.1:443"} 1',
    'requests_total{code="409",method="PUT",host="10.96.0.1:443"} 1',
    'request_duration_seconds_sum{verb="PUT",host="10.96.0.1:443"} 0.5',
    'requests_total{code="<error>",method="GET",host="10.96.0.1:443"} 1',
    'request_duration_seconds_sum{verb="GET",host="10.96.0.1:443"} 4',
    'request_duration_seconds_count{verb="GET",host="10.96.0.1:443"} 2',
    'rate_limiter_duration_seconds_sum{verb="GET",host="10.96.0.1:443"} 1',
    'rate_limiter_duration_seconds_count{verb="GET",host="10.96.0.1:443"} 3',
    'rate_limiter_duration_seconds_bucket{verb="GET",host="10.96.0.1:443",le="0.005"} 2',
  ])
    assert.ok(body.split('\n').includes(`coredns_kubernetes_rest_client_${line}`), `${line}\n${body}`);
});
