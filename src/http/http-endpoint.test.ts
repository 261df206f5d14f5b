import assert from 'node:assert/strict';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { HttpEndpoint, type HttpHandler } from './http-endpoint.ts';

const hello: HttpHandler = () => ({ status: 200, body: 'hello' });

async function opened(t: TestContext, host = '127.0.0.1'): Promise<{ endpoint: HttpEndpoint; port: number }> {
  const endpoint = new HttpEndpoint({ host, port: 0 });
  t.after(() => endpoint.close());
  await endpoint.listen();
  return { endpoint, port: (await endpoint.port())! };
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

function ask(port: number, path: string, method = 'GET', agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, agent: agent ?? false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
      incoming.on('end', () => resolve({ status: incoming.statusCode, body, headers: incoming.headers }));
    });
    outgoing.on('error', reject).end(method === 'POST' ? 'a body' : undefined);
  });
}

const requests = [
  { title: 'GET', path: '/hello', status: 200, body: 'hello' },
  { title: 'GET with a query', path: '/hello?verbose', status: 200, body: 'hello' },
  { title: 'HEAD', path: '/hello', method: 'HEAD', status: 200, body: '' },
  { title: 'POST', path: '/hello', method: 'POST', status: 405, body: 'method not allowed\n' },
  { title: 'DELETE', path: '/hello', method: 'DELETE', status: 405, body: 'method not allowed\n' },
  { title: 'another path', path: '/hello/', status: 404, body: '404 page not found\n' },
  { title: 'the root', path: '/', status: 404, body: '404 page not found\n' },
];
for (const { title, path, method, status, body } of requests) {
  test(`${title} is answered ${status}`, async (t) => {
    const { endpoint, port } = await opened(t);
    endpoint.serve('/hello', hello);
    const answer = await ask(port, path, method);
    assert.deepEqual([answer.status, answer.body], [status, body]);
    if (method === 'HEAD') assert.equal(answer.headers['content-length'], '5');
    if (status === 405) assert.equal(answer.headers.allow, 'GET, HEAD');
  });
}

test('the oldest handler of a path answers until it is taken away', async (t) => {
  const { endpoint, port } = await opened(t);
  const newer: HttpHandler = () => ({ status: 200, body: 'newer' });
  endpoint.serve('/x', hello);
  endpoint.serve('/x', newer);
  assert.equal((await ask(port, '/x')).body, 'hello');
  endpoint.unserve('/x', hello);
  assert.equal((await ask(port, '/x')).body, 'newer');
  endpoint.unserve('/x', hello);
  assert.equal((await ask(port, '/x')).body, 'newer');
  endpoint.unserve('/x', newer);
  assert.equal((await ask(port, '/x')).status, 404);
});

test('a handler that fails costs a 500, not the process', async (t) => {
  const { endpoint, port } = await opened(t);
  endpoint.serve('/x', () => Promise.reject(new Error('broken')));
  assert.equal((await ask(port, '/x')).status, 500);
});

test('a request for no address in particular reaches all of them', async (t) => {
  const { endpoint, port } = await opened(t, '');
  endpoint.serve('/x', hello);
  assert.equal((await ask(port, '/x')).body, 'hello');
});

test('listening twice is once; listening on a port in use rejects, and may be tried again', async (t) => {
  const { endpoint, port } = await opened(t);
  await endpoint.listen();
  assert.equal(await endpoint.port(), port);
  const second = new HttpEndpoint({ host: '127.0.0.1', port });
  t.after(() => second.close());
  await assert.rejects(second.listen(), { code: 'EADDRINUSE' });
  await endpoint.close();
  await second.listen();
  assert.equal(await second.port(), port);
});

test('while draining, replies close their connection', async (t) => {
  const { endpoint, port } = await opened(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  endpoint.serve('/x', hello);
  assert.equal((await ask(port, '/x', 'GET', agent)).headers.connection, 'keep-alive');
  endpoint.drain();
  assert.equal((await ask(port, '/x', 'GET', agent)).headers.connection, 'close');
});

test('closing waits for no idle connection, whether it was used or never', async (t) => {
  const { endpoint, port } = await opened(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  endpoint.serve('/x', hello);
  await ask(port, '/x', 'GET', agent);
  const unused = connect(port, '127.0.0.1').on('error', () => undefined);
  t.after(() => unused.destroy());
  await new Promise((resolve) => unused.once('connect', resolve));
  const start = performance.now();
  await endpoint.close();
  assert.ok(performance.now() - start < 3000, 'it took as long as a keep-alive lasts');
  await assert.rejects(ask(port, '/x'), { code: 'ECONNREFUSED' });
});
