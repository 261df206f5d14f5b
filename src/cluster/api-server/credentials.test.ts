import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { makeCertificate } from '../../../test/kit/certificate.ts';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { getWhole } from '../../../test/kit/heard-response.ts';
import { startScriptedApiServer } from '../../../test/kit/scripted-api-server.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { until } from '../../../test/kit/until.ts';
import { endpointCredentials } from './endpoint-credentials.ts';
import type { EndpointTls } from './endpoint-credentials.ts';
import { podCredentials } from './pod-credentials.ts';
import { ServerConnection } from './server-connection.ts';

const certificate = makeCertificate({ names: ['127.0.0.1'] });

/** A pod whose API server is on a loopback port, and that server, which wants the token `first` or what it is told. */
async function startPod(context: TestContext) {
  const wanted = { token: 'first' };
  const server = await startScriptedApiServer('h2', certificate, ({ headers, response }) => {
    response.writeHead(headers['authorization'] === `Bearer ${wanted.token}` ? 200 : 401);
    response.end();
  });
  const folder = temporaryFolder(context, { token: 'first\n', 'ca.crt': certificate.certificate });
  const clock = new FakeClock();
  const credentials = podCredentials(clock, {
    environment: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) },
    serviceAccount: folder.path,
  });
  const connection = new ServerConnection(credentials, clock, {});
  context.after(async () => {
    connection.close();
    await server.close();
  });
  const ask = async () => {
    const { response, error } = await getWhole(connection, '/api');
    return response?.status ?? error?.message;
  };
  return { wanted, server, folder, clock, credentials, connection, ask };
}

test('in a pod, requests carry its token', async (context) => {
  const { server, credentials, ask } = await startPod(context);
  assert.equal(credentials.name, server.name);
  assert.equal(await ask(), 200);
});

test('our own objects go where the pod is; where nobody says, nowhere in particular', async (context) => {
  const { folder, clock, connection } = await startPod(context);
  assert.equal(connection.namespace, '');
  folder.write('namespace', 'dns\n');
  clock.advance(100);
  assert.equal(connection.namespace, 'dns');
  assert.equal(endpointCredentials('http://127.0.0.1:1', undefined, clock).namespace, '');
});

test('a token that rotates is followed, on the connection that is there', async (context) => {
  const { wanted, server, folder, clock, ask } = await startPod(context);
  assert.equal(await ask(), 200);
  folder.write('token', 'second token');
  wanted.token = 'second token';
  clock.advance(2000);
  assert.equal(await ask(), 200);
  assert.equal(server.connections, 1);
});

test('a token, an authority and a certificate that are replaced are other material; a file that goes is not', async (context) => {
  const { folder, clock, connection } = await startPod(context);
  const seen = new Set([connection.material]);
  for (const [name, text] of [
    ['token', 'second token'],
    ['ca.crt', makeCertificate({ names: ['127.0.0.1'] }).certificate],
  ] as const) {
    folder.write(name, text);
    clock.advance(100);
    const { material } = connection;
    assert.ok(!seen.has(material), name);
    seen.add(material);
    assert.equal(connection.material, material);
    folder.remove(name);
    clock.advance(100);
    assert.equal(connection.material, material);
  }
});

test('after a 401 the token is read again at once, even where its file looks the same', async (context) => {
  const { wanted, folder, ask } = await startPod(context);
  const time = new Date(2026, 0, 1);
  utimesSync(folder.write('token', 'first'), time, time);
  assert.equal(await ask(), 200);
  utimesSync(folder.write('token', 'other'), time, time);
  wanted.token = 'other';
  assert.equal(await ask(), 401);
  assert.equal(await ask(), 200);
});

test('a token file that is missing or empty for the moment leaves the last token', async (context) => {
  const { folder, clock, ask } = await startPod(context);
  folder.write('token', '');
  clock.advance(2000);
  assert.equal(await ask(), 200);
  folder.remove('token');
  clock.advance(2000);
  assert.equal(await ask(), 200);
});

test('a new authority takes effect with the next connection; what it takes over from goes on until then', async (context) => {
  const { server, folder, clock, ask } = await startPod(context);
  assert.equal(await ask(), 200);
  const next = makeCertificate({ names: ['127.0.0.1'] });
  server.rotate(next);
  clock.advance(2000);
  assert.equal(await ask(), 200, 'the connection that is there');
  server.hangUp();
  await until(async () => /self-signed|unable to verify/.test(String(await ask())));
  folder.write('ca.crt', next.certificate);
  clock.advance(2000);
  assert.equal(await ask(), 200);
});

test('a rotated server certificate of a known authority breaks nothing', async (context) => {
  const { server, folder, clock, ask } = await startPod(context);
  const next = makeCertificate({ names: ['127.0.0.1'], subject: 'the next one' });
  folder.write('ca.crt', certificate.certificate + next.certificate);
  clock.advance(2000);
  assert.equal(await ask(), 200);
  const connections = server.connections;
  server.rotate(next);
  assert.equal(await ask(), 200);
  assert.equal(server.connections, connections);
  server.hangUp();
  await until(async () => (await ask()) === 200);
  assert.ok(server.connections > connections);
});

test('credentials tell which cluster they lead to: by address and authority, and nobody is asked', async (context) => {
  const { server, folder, clock, credentials } = await startPod(context);
  const title = credentials.cluster;
  assert.match(title, new RegExp(`^https://127\\.0\\.0\\.1:${server.port}/ sha256:[0-9a-f]{64}$`));
  folder.write('token', 'second token');
  clock.advance(2000);
  assert.equal(credentials.cluster, title);
  folder.write('ca.crt', makeCertificate({ names: ['127.0.0.1'] }).certificate);
  clock.advance(2000);
  assert.notEqual(credentials.cluster, title);
  assert.equal(endpointCredentials('127.0.0.1:8001', undefined, clock).cluster, 'http://127.0.0.1:8001/');
  assert.equal(server.connections, 0);
});

const lost: readonly {
  readonly title: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly message: RegExp;
}[] = [
  {
    title: 'no pod',
    environment: {},
    message: /^this is no pod .*KUBERNETES_SERVICE_HOST and .*_PORT are not set/,
  },
  { title: 'half a pod', environment: { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, message: /are not set/ },
  {
    title: 'a host that is none',
    environment: { KUBERNETES_SERVICE_HOST: 'a b', KUBERNETES_SERVICE_PORT: '443' },
    message: /KUBERNETES_SERVICE_HOST 'a b' and KUBERNETES_SERVICE_PORT '443' are no address/,
  },
  {
    title: 'no token',
    files: { 'ca.crt': certificate.certificate },
    message: /^cannot read .*\/token: there is no such file$/,
  },
  {
    title: 'an empty token',
    files: { token: '\n', 'ca.crt': certificate.certificate },
    message: /^cannot read .*\/token: it is empty$/,
  },
  {
    title: 'no authority',
    files: { token: 'it' },
    message: /^cannot read .*\/ca\.crt: there is no such file$/,
  },
  {
    title: 'an authority that is none',
    files: { token: 'it', 'ca.crt': 'it' },
    message: /^cannot use .*\/ca\.crt: it holds no certificate in PEM form$/,
  },
  {
    title: 'an authority that is broken',
    files: { token: 'it', 'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
    message: /^cannot use .*\/ca\.crt: /,
  },
];

const inCluster = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

for (const { title, environment = inCluster, files = {}, message } of lost)
  test(`no credentials: ${title}`, (context) => {
    const { path } = temporaryFolder(context, files);
    assert.throws(() => podCredentials(new FakeClock(), { environment, serviceAccount: path }), { message });
  });

test('an IPv6 address is written as URLs have it', (context) => {
  const { path } = temporaryFolder(context, { token: 'it', 'ca.crt': certificate.certificate });
  const credentials = podCredentials(new FakeClock(), { environment: inCluster, serviceAccount: path });
  assert.equal(credentials.name, '[fd00::1]:443');
});

const endpoints: readonly { text: string; tls?: true; href?: string; message?: RegExp }[] = [
  { text: 'https://10.0.0.1:6443', href: 'https://10.0.0.1:6443/' },
  { text: 'http://localhost:8001/there', href: 'http://localhost:8001/there' },
  { text: '10.0.0.1:8080', href: 'http://10.0.0.1:8080/' },
  { text: 'master', tls: true, href: 'https://master/' },
  { text: 'ftp://master', message: /^invalid endpoint 'ftp:\/\/master'; expected a URL such as/ },
  { text: 'https://', message: /^invalid endpoint/ },
  { text: 'https://a b', message: /^invalid endpoint/ },
];

for (const { text, tls, href, message } of endpoints)
  test(`endpoint ${text}${tls ? ' with tls' : ''}`, async (context) => {
    const files = { cert: certificate.certificate, key: certificate.key };
    const { path } = temporaryFolder(context, files);
    const cert = `${path}/cert`;
    const read = () =>
      endpointCredentials(
        text,
        tls && { certificate: cert, key: `${path}/key`, authority: cert },
        new FakeClock(),
      );
    if (message !== undefined) assert.throws(read, { message });
    else assert.equal((await read().current()).endpoint.server.href, href);
  });

test('the files of tls are followed; a pair that does not fit leaves the last one', async (context) => {
  const folder = temporaryFolder(context);
  const write = ({ certificate: cert, key }: { certificate: string; key: string }) => ({
    certificate: folder.write('cert', cert),
    key: folder.write('key', key),
    authority: folder.write('ca', cert),
  });
  const tls: EndpointTls = write(certificate);
  const clock = new FakeClock();
  const credentials = endpointCredentials('https://127.0.0.1', tls, clock);
  const before = await credentials.current();
  const { material } = credentials;
  clock.advance(2000);
  assert.equal(credentials.material, material);
  assert.equal((await credentials.current()).endpoint, before.endpoint, 'nothing has changed');
  const next = makeCertificate({ names: ['127.0.0.1'] });
  folder.write('cert', next.certificate);
  clock.advance(2000);
  assert.equal((await credentials.current()).endpoint, before.endpoint, 'the key is still the old one');
  folder.write('key', next.key);
  clock.advance(2000);
  const after = await credentials.current();
  assert.notEqual(after.endpoint, before.endpoint);
  assert.notEqual(credentials.material, material);
});

const brokenTls: readonly { title: string; files: Readonly<Record<string, string>>; message: RegExp }[] = [
  {
    title: 'a missing key',
    files: { cert: certificate.certificate, ca: certificate.certificate },
    message: /^cannot read .*\/key: there is no such file$/,
  },
  {
    title: 'a certificate for a key',
    files: { cert: certificate.certificate, key: certificate.certificate, ca: certificate.certificate },
    message: /^cannot use .*\/key: it holds no private key/,
  },
  {
    title: 'a key of another certificate',
    files: {
      cert: certificate.certificate,
      key: makeCertificate({ names: ['a'] }).key,
      ca: certificate.certificate,
    },
    message: /^cannot use .*\/cert, .*\/key, .*\/ca: .*key values mismatch/,
  },
];

for (const { title, files, message } of brokenTls)
  test(`tls with ${title}`, (context) => {
    const { path } = temporaryFolder(context, files);
    const tls = { certificate: `${path}/cert`, key: `${path}/key`, authority: `${path}/ca` };
    assert.throws(() => endpointCredentials('https://127.0.0.1', tls, new FakeClock()), { message });
  });
