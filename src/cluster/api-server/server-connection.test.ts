import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { makeCertificate } from '../../../test/kit/certificate.ts';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { getWhole, sendWhole, startGet } from '../../../test/kit/heard-response.ts';
import { startScriptedApiServer } from '../../../test/kit/scripted-api-server.ts';
import type {
  ApiServerProtocol,
  ApiServerRequest,
  ScriptedApiServer,
} from '../../../test/kit/scripted-api-server.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { until } from '../../../test/kit/until.ts';
import { endpointCredentials } from './endpoint-credentials.ts';
import { ServerConnection } from './server-connection.ts';

const certificate = makeCertificate({ names: ['127.0.0.1'] });
const protocols: readonly ApiServerProtocol[] = ['h2', 'http/1.1', 'plain'];

function connectTo(context: TestContext, server: ScriptedApiServer, protocol: ApiServerProtocol) {
  const folder = temporaryFolder(context, { cert: certificate.certificate, key: certificate.key });
  const authority = `${folder.path}/cert`;
  const clock = new FakeClock();
  const tls =
    protocol === 'plain' ? undefined : { certificate: authority, key: `${folder.path}/key`, authority };
  const url = `${protocol === 'plain' ? 'http' : 'https'}://${server.name}/cluster/`;
  const connection = new ServerConnection(endpointCredentials(url, tls, clock), clock, { accept: 'these' });
  context.after(() => connection.close());
  return { connection, clock };
}

const fruit = ({ response }: ApiServerRequest): void => {
  response.writeHead(200, { 'content-type': 'Application/JSON; charset=utf-8', 'retry-after': '7' });
  response.end('an apple');
};

for (const protocol of protocols) {
  test(`${protocol}: a response is told in order, once the call has returned`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, fruit);
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/api/v1/services?limit=5');
    assert.deepEqual(heard.calls, []);
    await until(() => heard.over);
    assert.deepEqual(heard.calls, ['responded', 'received', 'ended']);
    assert.deepEqual(heard.response, { status: 200, contentType: 'application/json', retryAfter: 7000 });
    assert.equal(heard.text, 'an apple');
    assert.equal(heard.error, undefined);
    const [request] = server.requests;
    assert.equal(request?.path, '/cluster/api/v1/services?limit=5', 'the path of the endpoint comes first');
    assert.equal(request.headers['accept'], 'these');
    assert.equal(request.headers['accept-encoding'], undefined);
    assert.equal(request.httpVersion, protocol === 'h2' ? '2.0' : '1.1');
    assert.ok(protocol === 'h2' ? connection.longestWatch >= 300 : connection.longestWatch <= 15);
  });

  test(`${protocol}: a body goes with its length, and what comes back is asked for in JSON`, async (context) => {
    const told = ({ method, headers, body, response }: ApiServerRequest): void => {
      void body().then((text) => {
        const { accept, 'content-type': type, 'content-length': length } = headers;
        response.writeHead(201);
        response.end(JSON.stringify({ method, accept, type, length, text }));
      });
    };
    await using server = await startScriptedApiServer(protocol, certificate, told);
    const { connection } = connectTo(context, server, protocol);
    for (const method of ['POST', 'PUT'] as const) {
      const heard = await sendWhole(connection, { method, path: '/leases', body: '{"holder":"Zoë"}' });
      assert.equal(heard.response?.status, 201);
      assert.deepEqual(JSON.parse(heard.text), {
        method,
        accept: 'application/json',
        type: 'application/json',
        length: '17',
        text: '{"holder":"Zoë"}',
      });
    }
    const heard = await sendWhole(connection, { method: 'GET', path: '/leases/a' });
    assert.deepEqual(JSON.parse(heard.text), { method: 'GET', accept: 'application/json', text: '' });
    assert.equal(server.requests.at(-1)?.path, '/cluster/leases/a');
  });

  test(`${protocol}: the server is reached with ${protocol === 'plain' ? 'its first answer' : 'the connection'}`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate);
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/watch');
    assert.equal(connection.reached, false);
    await until(() => server.requests.length === 1);
    assert.equal(connection.reached, protocol !== 'plain');
    server.requests[0]!.response.end('late');
    await until(() => heard.over);
    assert.equal(connection.reached, true);
    connection.close();
    assert.equal(connection.reached, true);
  });

  test(`${protocol}: a watch is heard piece by piece`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate);
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/watch');
    await until(() => server.requests.length === 1);
    const { response } = server.requests[0]!;
    response.writeHead(200);
    for (const piece of ['one', 'two', 'three']) {
      const before = heard.text;
      response.write(piece);
      await until(() => heard.text === before + piece);
      assert.equal(heard.over, false);
    }
    response.end();
    await until(() => heard.over);
    assert.equal(heard.error, undefined);
  });

  test(`${protocol}: a cancelled request is silent, and the server learns of it`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, ({ response, path }) => {
      response.writeHead(200);
      response.end(path === '/cluster/next' ? 'next' : undefined);
    });
    const { connection } = connectTo(context, server, protocol);
    const early = startGet(connection, '/early');
    early.request?.cancel();
    early.request?.cancel();
    const heard = await getWhole(connection, '/next');
    assert.equal(heard.text, 'next');
    assert.deepEqual(early.calls, []);
  });

  test(`${protocol}: cancelled under way`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, ({ response }) => {
      response.writeHead(200);
      response.write('begun');
    });
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/watch');
    await until(() => heard.text === 'begun');
    heard.request?.cancel();
    await until(() => server.requests[0]!.gone());
    assert.deepEqual(heard.calls, ['responded', 'received']);
  });

  test(`${protocol}: a body that is cut short is an error`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, ({ response }) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begun');
    });
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/list');
    await until(() => heard.text === 'begun');
    server.hangUp();
    await until(() => heard.over);
    assert.match(heard.error?.message ?? '', /^127\.0\.0\.1:\d+: .*(closed|aborted|reset|hang up)/i);
  });

  test(`${protocol}: what runs when the connection is closed ends with an error, and so does what comes`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, ({ response }) => {
      response.writeHead(200);
      response.write('begun');
    });
    const { connection } = connectTo(context, server, protocol);
    const heard = startGet(connection, '/watch');
    await until(() => heard.text === 'begun');
    const opening = startGet(connection, '/other');
    connection.close();
    for (const each of [heard, opening, await getWhole(connection, '/late')]) {
      assert.match(each.error?.message ?? '', /we closed the connection/);
      assert.equal(each.calls.filter((call) => call === 'ended').length, 1);
    }
    await until(() => server.sockets.size === 0);
  });

  test(`${protocol}: a lost connection is made anew by the next request`, async (context) => {
    await using server = await startScriptedApiServer(protocol, certificate, fruit);
    const { connection } = connectTo(context, server, protocol);
    await getWhole(connection, '/one');
    const before = server.connections;
    server.hangUp();
    await until(() => server.sockets.size === 0);
    await until(async () => (await getWhole(connection, '/two')).text === 'an apple');
    assert.ok(server.connections > before);
  });

  test(`${protocol}: who does not listen is named`, async (context) => {
    const server = await startScriptedApiServer(protocol, certificate, fruit);
    const { connection } = connectTo(context, server, protocol);
    await server.close();
    const heard = await getWhole(connection, '/one');
    assert.equal(heard.error?.message, `connect ECONNREFUSED ${server.name}`);
    assert.deepEqual(heard.calls, ['ended']);
  });
}

test('a server that is not encrypted, though it should be, is told plainly', async (context) => {
  await using server = await startScriptedApiServer('plain', certificate, fruit);
  const { connection } = connectTo(context, server, 'h2');
  const heard = await getWhole(connection, '/one');
  assert.match(
    heard.error?.message ?? '',
    /^127\.0\.0\.1:\d+: (wrong version number|packet length too long)$/,
  );
});

test('HTTP/2 has one connection for all requests', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate);
  const { connection } = connectTo(context, server, 'h2');
  const all = ['/a', '/b', '/c'].map((path) => startGet(connection, path));
  await until(() => server.requests.length === 3);
  for (const { response } of server.requests) response.end();
  await until(() => all.every((heard) => heard.over && heard.error === undefined));
  assert.equal(server.connections, 1);
});

test('HTTP/1.1 has a connection for each request that runs, and keeps it for the next one', async (context) => {
  await using server = await startScriptedApiServer('plain', certificate);
  const { connection } = connectTo(context, server, 'plain');
  for (const round of [1, 2]) {
    const pair = ['/a', '/b'].map((path) => startGet(connection, path));
    await until(() => server.requests.length === round * 2);
    for (const { response } of server.requests) response.end();
    await until(() => pair.every((heard) => heard.over && heard.error === undefined));
  }
  assert.equal(server.connections, 2);
});

const distrust: readonly { title: string; names: readonly string[]; own: boolean; message: RegExp }[] = [
  {
    title: 'an authority that is not ours',
    names: ['127.0.0.1'],
    own: false,
    message: /: (self-signed|unable)/,
  },
  { title: 'a certificate for somebody else', names: ['192.0.2.1'], own: true, message: /does not match/ },
];

for (const { title, names, own, message } of distrust) {
  test(`not connected to: ${title}`, async (context) => {
    const other = makeCertificate({ names });
    await using server = await startScriptedApiServer('h2', other, fruit);
    const folder = temporaryFolder(context, { ca: (own ? other : certificate).certificate });
    const clock = new FakeClock();
    const files = {
      certificate: folder.write('cert', certificate.certificate),
      key: folder.write('key', certificate.key),
    };
    const tls = { ...files, authority: `${folder.path}/ca` };
    const connection = new ServerConnection(endpointCredentials(server.name, tls, clock), clock, {});
    context.after(() => connection.close());
    const { error } = await getWhole(connection, '/one');
    assert.match(error?.message ?? '', message);
    assert.ok(error?.message.startsWith(`${server.name}: `));
    assert.equal(server.requests.length, 0);
  });
}
