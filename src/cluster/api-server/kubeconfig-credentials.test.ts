import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import type { TLSSocket } from 'node:tls';
import { makeCertificate } from '../../../test/kit/certificate.ts';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { getWhole } from '../../../test/kit/heard-response.ts';
import { startScriptedApiServer } from '../../../test/kit/scripted-api-server.ts';
import type { ApiServerProtocol, ApiServerRequest } from '../../../test/kit/scripted-api-server.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import type { TemporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { PrometheusRegistry } from '../../metrics/prometheus-registry.ts';
import type { CredentialsSource } from './credentials.ts';

const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    loaded.push(specifier);
    return next(specifier, context);
  },
});
// After the hook, so that it sees what these load.
const { readCredentials } = await import('./credentials.ts');
const { openApiConnection } = await import('./open-connection.ts');
const { ServerConnection } = await import('./server-connection.ts');

const certificate = makeCertificate({ names: ['127.0.0.1'] });
const client = makeCertificate({ names: ['client'], subject: 'client' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const nothing: CredentialsSource = { endpoints: [], tls: undefined, kubeconfig: undefined };

test('in a pod, and with an endpoint, the library for kubeconfigs is not loaded', async (context) => {
  await using server = await startScriptedApiServer('h2', certificate, ({ response }) => response.end());
  const { path } = temporaryFolder(context, { token: 'it', 'ca.crt': certificate.certificate });
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: `${server.port}` };
  const clock = new FakeClock();
  const inPod = await readCredentials(nothing, clock, { environment, serviceAccount: path });
  await readCredentials({ ...nothing, endpoints: ['http://127.0.0.1:1'] }, clock);
  const limits = { qps: undefined, burst: undefined, maximumInFlight: undefined };
  const options = { clock, version: '1.2.3', metrics: new PrometheusRegistry(), limits };
  const connection = openApiConnection(inPod, options);
  context.after(() => connection.close());
  const { response } = await getWhole(connection, '/api');
  assert.equal(response?.status, 200);
  const { headers } = server.requests[0]!;
  assert.equal(headers['user-agent'], `signpost/1.2.3 (${process.platform}/${process.arch})`);
  assert.equal(headers['accept'], 'application/vnd.kubernetes.protobuf, application/json');
  const heavy = () => loaded.filter((name) => name.includes('client-node') || name.includes('kubeconfig'));
  assert.deepEqual(heavy(), []);
  const kubeconfig = { file: `${path}/none`, context: '' };
  await assert.rejects(readCredentials({ ...nothing, kubeconfig }, clock), {
    message: `cannot read ${path}/none: there is no such file`,
  });
  assert.ok(heavy().includes('@kubernetes/client-node'), 'the hook sees it');
});

/** A kubeconfig with one cluster and these users, each of a context of its name; the first one is the current. */
function kubeconfig(server: string, users: Readonly<Record<string, object>>, cluster: object = {}): string {
  const names = Object.keys(users);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': names[0],
    clusters: [{ name: 'here', cluster: { server, ...cluster } }],
    contexts: names.map((name) => ({ name, context: { cluster: 'here', user: name } })),
    users: names.map((name) => ({ name, user: users[name] })),
  });
}

const authority = { 'certificate-authority-data': base64(certificate.certificate) };

test('the cluster that a kubeconfig leads to is the one that a pod knows', async (context) => {
  const folder = temporaryFolder(context, { token: 'it', 'ca.crt': certificate.certificate });
  const clock = new FakeClock();
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
  const inPod = await readCredentials(nothing, clock, { environment, serviceAccount: folder.path });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/nonexistent' };
  const file = folder.write('config', kubeconfig('https://127.0.0.1:6443', { me: { exec } }, authority));
  const credentials = await readCredentials({ ...nothing, kubeconfig: { file, context: '' } }, clock);
  assert.equal(credentials.cluster, inPod.cluster);
});

/** The program prints a token that counts how often it ran. */
function plugin(folder: TemporaryFolder): object {
  const script = [
    "const { appendFileSync, readFileSync } = require('node:fs');",
    `const file = ${JSON.stringify(`${folder.path}/runs`)};`,
    "appendFileSync(file, '.');",
    'const token = `token-${readFileSync(file).length}`;',
    "console.log(JSON.stringify({ kind: 'ExecCredential', status: { token } }));",
  ].join('\n');
  return {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] },
  };
}

interface World {
  readonly users: (folder: TemporaryFolder) => Readonly<Record<string, object>>;
  readonly protocol?: ApiServerProtocol;
  readonly cluster?: object;
  readonly context?: string;
  readonly script?: (request: ApiServerRequest) => void;
}

async function start(context: TestContext, world: World) {
  const protocol = world.protocol ?? 'h2';
  const script = world.script ?? (({ response }) => response.end());
  const server = await startScriptedApiServer(protocol, certificate, script, client.certificate);
  const folder = temporaryFolder(context);
  const clock = new FakeClock();
  const url = `${protocol === 'plain' ? 'http' : 'https'}://${server.name}`;
  const write = (users: Readonly<Record<string, object>>) =>
    folder.write('config', kubeconfig(url, users, world.cluster ?? authority));
  const file = write(world.users(folder));
  const source = { ...nothing, kubeconfig: { file, context: world.context ?? '' } };
  const connection = new ServerConnection(await readCredentials(source, clock), clock, {});
  context.after(async () => {
    connection.close();
    await server.close();
  });
  const ask = async () => {
    const { response, error } = await getWhole(connection, '/api');
    return response?.status ?? error?.message;
  };
  return {
    server,
    folder,
    clock,
    write,
    ask,
    connection,
    authorization: () => server.requests.at(-1)?.headers['authorization'],
  };
}

const users: readonly (World & { readonly title: string; readonly authorization: string | undefined })[] = [
  { title: 'a token', users: () => ({ me: { token: 'abc' } }), authorization: 'Bearer abc' },
  {
    title: 'a context',
    users: () => ({ me: { token: 'abc' }, you: { token: 'def' } }),
    context: 'you',
    authorization: 'Bearer def',
  },
  { title: 'nobody', users: () => ({ me: {} }), authorization: undefined },
  {
    title: 'a name and a password',
    users: () => ({ me: { username: 'me', password: 'it' } }),
    authorization: `Basic ${base64('me:it')}`,
  },
  {
    title: 'a token in a file beside it',
    users: (folder) => (folder.write('token', 'from file\n'), { me: { token: 'old', tokenFile: 'token' } }),
    authorization: 'Bearer from file',
  },
  { title: 'an exec plugin', users: (folder) => ({ me: plugin(folder) }), authorization: 'Bearer token-1' },
  {
    title: 'a token over a connection that is not encrypted',
    protocol: 'plain',
    cluster: {},
    users: () => ({ me: { token: 'abc' } }),
    authorization: 'Bearer abc',
  },
  {
    title: 'a server that is not verified',
    cluster: { 'insecure-skip-tls-verify': true },
    users: () => ({ me: { token: 'abc' } }),
    authorization: 'Bearer abc',
  },
];

for (const { title, authorization, ...world } of users)
  test(`kubeconfig: ${title}`, async (context) => {
    const { ask, authorization: seen } = await start(context, world);
    assert.equal(await ask(), 200);
    assert.equal(seen(), authorization);
  });

test('kubeconfig: a client certificate', async (context) => {
  let shown: string | undefined;
  const { ask } = await start(context, {
    users: () => ({
      me: {
        'client-certificate-data': base64(client.certificate),
        'client-key-data': base64(client.key),
      },
    }),
    script: ({ stream, response }) => {
      const socket = stream!.session!.socket as TLSSocket;
      shown = String(socket.getPeerCertificate().subject.CN);
      response.end();
    },
  });
  assert.equal(await ask(), 200);
  assert.equal(shown, 'client');
});

test('kubeconfig: after a 401 an exec plugin runs again', async (context) => {
  const { ask, authorization } = await start(context, {
    users: (folder) => ({ me: plugin(folder) }),
    script: ({ headers, response }) => {
      response.writeHead(headers['authorization'] === 'Bearer token-2' ? 200 : 401);
      response.end();
    },
  });
  assert.deepEqual([await ask(), await ask(), await ask()], [401, 200, 200]);
  assert.equal(authorization(), 'Bearer token-2');
});

test('kubeconfig: the file and a token file are the material; no exec plugin is asked for it', async (context) => {
  const { folder, clock, write, connection } = await start(context, {
    users: (folder) => ({ me: { tokenFile: folder.write('token', 'first') } }),
  });
  const seen = new Set([connection.material]);
  folder.write('token', 'the second');
  clock.advance(2000);
  seen.add(connection.material);
  write({ me: plugin(folder) });
  clock.advance(2000);
  seen.add(connection.material);
  assert.equal(seen.size, 3);
  clock.advance(2000);
  assert.ok(seen.has(connection.material));
  assert.deepEqual(readdirSync(folder.path).sort(), ['config', 'token']);
});

test('kubeconfig: our own objects go where the context says', async (context) => {
  const parts = JSON.parse(kubeconfig('https://127.0.0.1:1', { me: {}, you: {} })) as {
    contexts: { context: { namespace?: string } }[];
  };
  parts.contexts[1]!.context.namespace = 'dns';
  const file = temporaryFolder(context).write('config', JSON.stringify(parts));
  const namespaceOf = async (name: string) =>
    (await readCredentials({ ...nothing, kubeconfig: { file, context: name } }, new FakeClock())).namespace;
  assert.equal(await namespaceOf(''), '');
  assert.equal(await namespaceOf('you'), 'dns');
});

test('kubeconfig: the file is followed, on the connection that is there', async (context) => {
  const { server, clock, write, ask, authorization } = await start(context, {
    users: () => ({ me: { token: 'old' } }),
  });
  assert.equal(await ask(), 200);
  write({ me: { token: 'newer' } });
  clock.advance(2000);
  assert.equal(await ask(), 200);
  assert.equal(authorization(), 'Bearer newer');
  assert.equal(server.connections, 1);
});

test('kubeconfig: an exec plugin that fails is told with its words, and asked again', async (context) => {
  const fails = {
    exec: { command: process.execPath, args: ['-e', 'console.error("log in first"); process.exit(3)'] },
  };
  const { folder, server, ask } = await start(context, { users: () => ({ me: fails }) });
  const message = `kubeconfig ${folder.path}/config: no credentials for user 'me': log in first`;
  assert.equal(await ask(), message);
  assert.equal(await ask(), message);
  assert.equal(server.requests.length, 0);
});

test('kubeconfig: an exec plugin runs once for all who ask at the same time', async (context) => {
  const { server, ask } = await start(context, { users: (folder) => ({ me: plugin(folder) }) });
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [200, 200, 200]);
  const tokens = new Set(server.requests.map(({ headers }) => headers['authorization']));
  assert.deepEqual([...tokens], ['Bearer token-1']);
});

test('kubeconfig: an exec plugin that does not end is an error after a minute', async (context) => {
  const { folder, clock, ask } = await start(context, {
    users: ({ path }) => {
      const wait = `setInterval(() => require('node:fs').existsSync('${path}/end') && process.exit(1), 20)`;
      return { me: { exec: { command: process.execPath, args: ['-e', wait] } } };
    },
  });
  const answer = ask();
  clock.advance(59_999);
  assert.equal(clock.pending, 1);
  clock.advance(1);
  assert.equal(await answer, `kubeconfig ${folder.path}/config: no credentials within 60 s`);
  const again = ask();
  folder.write('end', '');
  assert.match(String(await again), /no credentials for user 'me'/);
});

test('kubeconfig: a file that is broken while it is edited leaves what the last one said', async (context) => {
  const { folder, clock, write, ask, authorization } = await start(context, { users: () => me });
  folder.write('config', 'users: [');
  clock.advance(2000);
  assert.equal(await ask(), 200);
  write({ me: { token: 'mended' } });
  clock.advance(2000);
  assert.equal(await ask(), 200);
  assert.equal(authorization(), 'Bearer mended');
});

const me = { me: { token: 'abc' } };
const wrong: readonly { title: string; text: string; context?: string; message: RegExp }[] = [
  { title: 'no YAML', text: '{', message: /^kubeconfig .*\/config: / },
  { title: 'an empty file', text: '\n', message: /^cannot read .*\/config: it is empty$/ },
  {
    title: 'not a kubeconfig',
    text: 'kind: Pod',
    message: /: it has no current-context; its contexts are none$/,
  },
  {
    title: 'an unknown context',
    text: kubeconfig('https://a', me),
    context: 'you',
    message: /: it has no context 'you'; its contexts are me$/,
  },
  { title: 'no server', text: kubeconfig('', me), message: /: clusters\[0\]\.cluster\.server is missing$/ },
  {
    title: 'a server that is none',
    text: kubeconfig('ftp://a', me),
    message: /: the server 'ftp:\/\/a' of cluster 'here' is no URL$/,
  },
  {
    title: 'a proxy',
    text: kubeconfig('https://a', me, { 'proxy-url': 'http://b' }),
    message: /: cluster 'here' has a proxy-url, which is not supported$/,
  },
  {
    title: 'a cluster that is not there',
    text: kubeconfig('https://a', me).replace('"name":"here"', '"name":"there"'),
    message: /: it has no cluster 'here', which context 'me' is of$/,
  },
  {
    title: 'a user who is not there',
    text: kubeconfig('https://a', me).replace('"name":"me","user"', '"name":"you","user"'),
    message: /: it has no user 'me', which context 'me' is of$/,
  },
];

for (const { title, text, context: name = '', message } of wrong)
  test(`a broken kubeconfig: ${title}`, async (context) => {
    const file = temporaryFolder(context).write('config', text);
    const source = { ...nothing, kubeconfig: { file, context: name } };
    await assert.rejects(readCredentials(source, new FakeClock()), { message });
  });
