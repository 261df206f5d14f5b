import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { ApiClient } from '../kube-apiserver/api-client.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { CertificateAuthority } from '../kube-apiserver/certificate-authority.ts';
import type { CertificateFiles } from '../kube-apiserver/certificate-authority.ts';
import { ADMIN, COREDNS_LATER } from '../kube-apiserver/credentials.ts';
import type { User } from '../kube-apiserver/credentials.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { Relay } from '../kube-apiserver/relay.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { eventually, Pod } from './pod.ts';
import { service, shop, WEB, WEB_ADDRESS } from './shop.ts';
import { stockRole } from './stock-objects.ts';

/**
 * Credentials and certificates that are replaced while the server runs. Each test ends what held before, so that only
 * what is new can serve, and breaks the connection, as a load balancer does now and then.
 */
/** Milliseconds from the broken connection to the first change, with attempts that grow rarer in between. */
const SEEN_AGAIN = 10_000;
/** The same from a file that is replaced: nobody waits for the next attempt. */
const SEEN_AT_ONCE = 1500;
const REQUESTS = 'coredns_kubernetes_rest_client_requests_total';

test('a token that kubelet renews before its end', async (context) => {
  const { server, relay, admin } = await startWorld(context);
  const files = server.inClusterFiles(EARLY);
  const pod = await Pod.start(context, { serviceAccount: files.path, apiPort: relay.port });
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  files.replace(LATE.token, authorityOf(server));
  await turnFromEarlyToLate(admin);
  relay.cut();
  await seesChange(context, pod, admin);
});

test('a token that ends before it is renewed', async (context) => {
  const { server, relay, admin } = await startWorld(context);
  const files = server.inClusterFiles({ token: await admin.serviceAccountToken('kube-system', 'coredns') });
  const pod = await Pod.start(context, { serviceAccount: files.path, apiPort: relay.port });
  await admin.delete(serviceAccount);
  // For ten seconds the API server remembers that the token was good.
  while (pod.log(/401 Unauthorized/).length === 0) {
    relay.cut();
    await pause(1000);
  }
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  assert.match((await pod.ready()).body, /state: stale/);
  // Each of the watches: after so many broken connections their attempts are seconds apart.
  await eventually(async () => (await pod.metric(REQUESTS, /code="401"/)) >= 3);
  files.replace(COREDNS_LATER.token, authorityOf(server));
  await seesChange(context, pod, admin, SEEN_AT_ONCE);
});

test("the API server's certificate", async (context) => {
  const { server, relay, admin } = await startWorld(context);
  const { path } = server.inClusterFiles();
  const pod = await Pod.start(context, { serviceAccount: path, apiPort: relay.port });
  const before = await shownCertificate(server.port);
  server.rotateCertificate();
  await eventually(async () => (await shownCertificate(server.port)) !== before);
  relay.cut();
  await seesChange(context, pod, admin);
});

for (const [title, fileFirst] of [
  ['the authority: first the file, then the server', true],
  ['the authority: first the server, then the file', false],
] as const) {
  test(title, async (context) => {
    const { server, relay } = await startWorld(context);
    const files = server.inClusterFiles();
    const pod = await Pod.start(context, { serviceAccount: files.path, apiPort: relay.port });
    const later = new CertificateAuthority(temporaryFolder(context).path);
    const renewFile = (): void => files.replace(COREDNS_LATER.token, readFileSync(later.certificate, 'utf8'));

    if (fileFirst) renewFile();
    const before = await shownCertificate(server.port);
    server.rotateCertificate(later);
    await eventually(async () => (await shownCertificate(server.port)) !== before);
    relay.cut();
    if (!fileFirst) {
      await eventually(() => pod.log(/services: .*certificate.*trying again/).length > 0, 20_000);
      assert.equal(await pod.ask(WEB), WEB_ADDRESS);
      renewFile();
    }
    const admin = new ApiClient(server.url, later.certificate, ADMIN);
    context.after(() => admin.close());
    await seesChange(context, pod, admin);
  });
}

test('the client certificate of `tls`', async (context) => {
  const { server, relay, admin } = await startWorld(context);
  const folder = temporaryFolder(context).path;
  const place = (issued: CertificateFiles): void => {
    for (const kind of ['certificate', 'key'] as const) {
      copyFileSync(issued[kind], join(folder, `${kind}.new`));
      renameSync(join(folder, `${kind}.new`), join(folder, kind));
    }
  };
  place(server.authority.issueForClient(EARLY.name, []));
  const files = ['certificate', 'key'].map((kind) => join(folder, kind)).join(' ');
  const pod = await Pod.start(context, {
    properties: [`endpoint https://127.0.0.1:${relay.port}`, `tls ${files} ${server.authority.certificate}`],
  });
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  place(server.authority.issueForClient(LATE.name, []));
  await turnFromEarlyToLate(admin);
  relay.cut();
  await seesChange(context, pod, admin);
});

test('a kubeconfig that is written anew', async (context) => {
  const { server, relay, admin } = await startWorld(context);
  const url = `https://127.0.0.1:${relay.port}`;
  const path = server.kubeconfig(EARLY, url);
  const pod = await Pod.start(context, { properties: [`kubeconfig ${path}`] });
  assert.equal(await pod.ask(WEB), WEB_ADDRESS);
  renameSync(server.kubeconfig(LATE, url), path);
  await turnFromEarlyToLate(admin);
  relay.cut();
  await seesChange(context, pod, admin);
});

/** Two users, of whom the first has the role at the beginning and the second at the end. */
const EARLY: User = { token: 'early-token', name: 'early', groups: [] };
const LATE: User = { token: 'late-token', name: 'late', groups: [] };

async function turnFromEarlyToLate(admin: ApiClient): Promise<void> {
  await admin.create(bindingOf(LATE));
  await admin.delete(bindingOf(EARLY));
}

interface World {
  readonly server: ApiServer;
  /** Between the API server and Signpost. */
  readonly relay: Relay;
  readonly admin: ApiClient;
}

async function startWorld(context: TestContext): Promise<World> {
  const server = await ApiServer.start({ authorization: 'RBAC', users: [EARLY, LATE] });
  context.after(() => server.stop());
  const relay = await Relay.start(server.port);
  context.after(() => relay.stop());
  const admin = server.client();
  await admin.createAll([...shop, serviceAccount, stockRole, bindingOf(undefined), bindingOf(EARLY)]);
  return { server, relay, admin };
}

const serviceAccount: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'coredns', namespace: 'kube-system' },
};

/** Gives the role to a user, or to the ServiceAccount. */
function bindingOf(user: User | undefined): KubernetesObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: user?.name ?? 'coredns' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: stockRole.metadata.name },
    subjects: [
      user === undefined
        ? { kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }
        : { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user.name },
    ],
  };
}

function authorityOf(server: ApiServer): string {
  return readFileSync(server.authority.certificate, 'utf8');
}

async function seesChange(
  context: TestContext,
  pod: Pod,
  admin: ApiClient,
  limit = SEEN_AGAIN,
): Promise<void> {
  await admin.create(service('new', '10.96.4.1'));
  const took = await pod.turns('new.shop.svc.cluster.local', '10.96.4.1', 35_000);
  context.diagnostic(`a change was seen after ${Math.round(took)} ms`);
  assert.ok(took <= limit, `${took} ms`);
  await pod.becomesReady();
}

/** Fingerprint of what a server of 127.0.0.1 shows to new connections. */
function shownCertificate(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
