import { test } from 'node:test';
import assert from 'node:assert/strict';
import { makeCertificate } from '../../../test/kit/certificate.ts';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { getWhole, startGet } from '../../../test/kit/heard-response.ts';
import { startScriptedApiServer } from '../../../test/kit/scripted-api-server.ts';
import type { ApiServerRequest } from '../../../test/kit/scripted-api-server.ts';
import { startStallingRelay } from '../../../test/kit/stalling-relay.ts';
import { until } from '../../../test/kit/until.ts';
import { endpointCredentials } from './endpoint-credentials.ts';
import { ServerConnection } from './server-connection.ts';

const certificate = makeCertificate({ names: ['127.0.0.1'] });

const begin = ({ response }: ApiServerRequest): void => {
  response.writeHead(200);
  response.write('begun');
};

function connectTo(name: string) {
  const clock = new FakeClock();
  const connection = new ServerConnection(endpointCredentials(`http://${name}`, undefined, clock), clock, {});
  return { connection, clock };
}

test('silence is noticed within twenty seconds after the last byte', async (context) => {
  await using server = await startScriptedApiServer('plain', certificate, begin);
  await using relay = await startStallingRelay(server.port);
  const { connection, clock } = connectTo(relay.name);
  context.after(() => connection.close());
  const heard = startGet(connection, '/watch');
  await until(() => heard.text === 'begun');
  clock.advance(10_000);
  server.requests[0]!.response.write(' more');
  await until(() => heard.text === 'begun more');
  relay.stall();
  clock.advance(connection.longestWatch * 1000);
  assert.equal(heard.over, false, 'a watch may be quiet until its end');
  clock.advance(20_000 - connection.longestWatch * 1000);
  await until(() => heard.over);
  assert.equal(heard.error?.message, `${relay.name}: nothing came for 18 s`);
  relay.resume();
  const next = startGet(connection, '/watch');
  await until(() => next.text === 'begun');
});

test('a request leaves no timer behind', async (context) => {
  await using server = await startScriptedApiServer('plain', certificate, ({ response }) => response.end());
  const { connection, clock } = connectTo(server.name);
  context.after(() => connection.close());
  await getWhole(connection, '/list');
  assert.equal(clock.pending, 0);
});

test('a server without a word is given up', async (context) => {
  await using server = await startScriptedApiServer('plain', certificate);
  const { connection, clock } = connectTo(server.name);
  context.after(() => connection.close());
  const heard = startGet(connection, '/list');
  await until(() => server.requests.length === 1);
  clock.advance(18_000);
  await until(() => heard.over);
  assert.match(heard.error?.message ?? '', /nothing came for 18 s/);
});
