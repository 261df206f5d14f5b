import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { COREDNS } from '../kube-apiserver/credentials.ts';
import { Pod } from './pod.ts';
import { DATABASE, DATABASE_ADDRESSES, MISSING, shop, WEB, WEB_ADDRESS } from './shop.ts';

/** Every way to reach an API server that the directive has serves the cluster's names. */
let server: ApiServer;
const folder = mkdtempSync(join(tmpdir(), 'signpost-access-'));
before(async () => {
  server = await ApiServer.start();
  await server.client().createAll(shop);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lines of the directive. */
const ways: readonly (readonly [title: string, properties: () => readonly string[]])[] = [
  ['kubeconfig with a token', () => [`kubeconfig ${server.kubeconfig(COREDNS)}`]],
  ['kubeconfig with a client certificate', () => [`kubeconfig ${server.kubeconfig(clientCertificate())}`]],
  ['kubeconfig with a context', () => [`kubeconfig ${twoContexts()} test`]],
  ['kubeconfig with an exec plugin', () => [`kubeconfig ${withExecPlugin()}`]],
  [
    'endpoint and tls',
    () => {
      const { certificate, key } = clientCertificate();
      return [`endpoint ${server.url}`, `tls ${certificate} ${key} ${server.authority.certificate}`];
    },
  ],
  ['in a pod', () => []],
];

for (const [title, properties] of ways) {
  test(title, async (context) => {
    const lines = properties();
    const pod = await Pod.start(context, {
      properties: lines,
      ...(lines.length === 0 && { serviceAccount: server.inClusterFiles().path, apiPort: server.port }),
    });
    assert.equal(await pod.ask(WEB), WEB_ADDRESS);
    assert.equal(await pod.ask(DATABASE), DATABASE_ADDRESSES);
    assert.equal(await pod.ask(MISSING), 'NXDOMAIN');
    const { status, body } = await pod.ready();
    assert.equal(status, 200, body);
  });
}

function clientCertificate(): { certificate: string; key: string } {
  return server.authority.issueForClient(COREDNS.name, COREDNS.groups);
}

/** A kubeconfig whose current context leads nowhere. */
function twoContexts(): string {
  const config = readKubeconfig(server.kubeconfig(COREDNS));
  config['current-context'] = 'nowhere';
  config.clusters.push({ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } });
  config.contexts.push({ name: 'nowhere', context: { cluster: 'nowhere', user: 'test' } });
  return write('two-contexts', JSON.stringify(config));
}

/** A kubeconfig whose user's token comes from a program, as clouds have it. */
function withExecPlugin(): string {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: COREDNS.token },
  };
  const program = write('plugin', `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
  chmodSync(program, 0o755);
  const config = readKubeconfig(server.kubeconfig(COREDNS));
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: program,
    interactiveMode: 'Never',
  };
  config.users = [{ name: 'test', user: { exec } }];
  return write('exec', JSON.stringify(config));
}

interface Kubeconfig {
  'current-context': string;
  readonly clusters: unknown[];
  readonly contexts: unknown[];
  users: unknown[];
}

function readKubeconfig(path: string): Kubeconfig {
  return JSON.parse(readFileSync(path, 'utf8')) as Kubeconfig;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
