import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { makeCertificate } from '../../../test/kit/certificate.ts';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { getWhole, startGet } from '../../../test/kit/heard-response.ts';
import { startScriptedApiServer } from '../../../test/kit/scripted-api-server.ts';
import type { ApiServerRequest } from '../../../test/kit/scripted-api-server.ts';
import { startStallingRelay } from '../../../test/kit/stalling-relay.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { until } from '../../../test/kit/until.ts';
import { endpointCredentials } from './endpoint-credentials.ts';
import { ServerConnection } from './server-connection.ts';

const certificate = makeCertificate({ names: ['127.0.0.1'] });

function connectTo(context: TestContext, name: string) {
  const folder = temporaryFolder(context, { cert: certificate.certificate, key: certificate.key });
  const clock = new FakeClock();
  const cert = `${folder.path}/cert`;
  const tls = { certificate: cert, key: `${folder.path}/key`, authority: cert };
  const connection = new ServerConnection(endpointCredentials(name, tls, clock), clock, {});
  context.after(() => connection.close());
  return { connection, clock };
}

const begin = ({ response }: ApiServerRequest): void => {
  response.writeHead(200);
  response.write('begun');
};

test('a connection that falls silent is noticed in time, and the next request has a new one', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  await using relay = await startStallingRelay(server.port);
  const { connection, clock } = connectTo(context, relay.name);
  const both = [startGet(connection, '/a'), startGet(connection, '/b')];
  await until(() => both.every((heard) => heard.text === 'begun'));
  relay.stall();
  clock.advance(17_999);
  assert.ok(both.every((heard) => !heard.over));
  clock.advance(1);
  for (const { error } of both) assert.equal(error?.message, `${relay.name}: no answer to a ping within 8 s`);
  assert.equal(clock.pending, 0);
  relay.resume();
  const next = startGet(connection, '/c');
  await until(() => next.text === 'begun');
});

test('a server that answers pings is never given up, however quiet its watches are', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  const { connection, clock } = connectTo(context, server.name);
  const heard = startGet(connection, '/a');
  await until(() => heard.text === 'begun');
  const pings: unknown[] = [];
  const session = server.requests[0]!.stream?.session;
  session?.on('ping', (payload) => pings.push(payload));
  for (let beat = 1; beat <= 5; beat++) {
    clock.advance(beat === 1 ? 10_000 : 2000);
    await until(() => pings.length === beat);
    // What the server writes now comes after its answer to the ping.
    server.requests[0]!.response.write('.');
    await until(() => heard.text === `begun${'.'.repeat(beat)}`);
    clock.advance(8000);
  }
  assert.equal(heard.over, false);
  assert.equal(server.connections, 1);
});

test('a connection that is not made within ten seconds is an error', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  await using relay = await startStallingRelay(server.port);
  relay.stall();
  const { connection, clock } = connectTo(context, relay.name);
  const heard = startGet(connection, '/a');
  await until(() => clock.pending > 0);
  clock.advance(9_999);
  assert.equal(heard.over, false);
  clock.advance(1);
  await until(() => heard.over);
  assert.equal(heard.error?.message, `${relay.name}: no connection within 10 s`);
});

test('GOAWAY: what runs may end, what comes has a new connection', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  const { connection } = connectTo(context, server.name);
  const heard = startGet(connection, '/old');
  await until(() => heard.text === 'begun');
  const { response: old, stream } = server.requests[0]!;
  stream?.session?.goaway(constants.NGHTTP2_NO_ERROR);
  // In the same direction and after it, so the client has read both once this is heard.
  old.write(' more');
  await until(() => heard.text === 'begun more');
  const next = startGet(connection, '/new');
  await until(() => next.text === 'begun');
  assert.equal(server.connections, 2);
  old.end();
  await until(() => heard.over);
  assert.equal(heard.error, undefined);
  await until(() => server.sockets.size === 1);
  assert.equal(next.over, false);
});

test('GOAWAY with an error ends what runs with an error', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  const { connection } = connectTo(context, server.name);
  const heard = startGet(connection, '/old');
  await until(() => heard.text === 'begun');
  const session = server.requests[0]!.stream?.session;
  session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  await until(() => heard.over);
  assert.ok(heard.error?.message.startsWith(`${server.name}: `));
});

test('a stream that the server resets ends with an error; the others go on', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, begin);
  const { connection } = connectTo(context, server.name);
  const [reset, other] = [startGet(connection, '/reset'), startGet(connection, '/other')];
  await until(() => reset.text === 'begun' && other.text === 'begun');
  const request = server.requests.find(({ path }) => path === '/reset');
  request?.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
  await until(() => reset.over);
  assert.match(reset.error?.message ?? '', /INTERNAL_ERROR/);
  assert.equal(other.over, false);
});

test('many megabytes flow on one stream while another one waits', async (context) => {
  const size = 8 << 20;
  await using server = await startScriptedApiServer('h2', certificate, ({ response, path }) => {
    response.writeHead(200);
    if (path === '/list') response.end(Buffer.alloc(size));
  });
  const { connection } = connectTo(context, server.name);
  const watch = startGet(connection, '/watch');
  const list = await getWhole(connection, '/list');
  assert.equal(list.error, undefined);
  assert.equal(list.bytes, size);
  assert.equal(watch.over, false);
});
