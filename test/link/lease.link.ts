import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { podLauncher } from '../cluster/pod-launcher.ts';
import { Lateness } from '../kit/lateness.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import type { ApiClient } from '../kube-apiserver/api-client.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { readObjects } from '../kube-apiserver/object-path.ts';
import { Avahi } from './avahi.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';
import { Tunnel } from './tunnel.ts';

/**
 * Two nodes of a real cluster on a link, as pods of deploy/edge/announce with its rights alone: a Lease says which one
 * of them announces, and what is on the link says when the other does.
 */
const rights = readObjects(fileURLToPath(new URL('../../deploy/edge/announce/rbac.yaml', import.meta.url)));
const LEASE_PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/signpost-mdns-192-168-12-0-24';
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', annotations: { 'signpost.dev/mdns': '_http._tcp' } },
  spec: { type: 'NodePort', clusterIP: '10.96.0.80', ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
};
const ENDPOINTS = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready: true } }],
};

const lan = new Lan();
const stack = new AsyncDisposableStack();
const lateness = stack.use(new Lateness());
const nodes: Node[] = [];
let api: ApiServer;
let admin: ApiClient;
let laptop: Avahi;

/** A node, and the pod on it. */
class Node {
  readonly name: string;
  readonly address: string;
  readonly host: Host;
  server: ServerProcess | undefined;

  constructor(number: number) {
    this.name = `node-${number}`;
    this.address = `192.168.12.${number}`;
    this.host = lan.host(this.name);
  }

  async start(serviceAccount: string): Promise<void> {
    const corefile = `.:53 {
    errors
    kubernetes cluster.local
    mdns lan.example {
        interface eth0
        announce
    }
    prometheus 127.0.0.1:9253
}`;
    this.server = await ServerProcess.start(corefile, [], {
      launcher: [...this.host.launcher, ...podLauncher, serviceAccount],
      environment: {
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(api.port),
        NODE_NAME: this.name,
      },
    });
  }

  /** Lines of its log that say who announces the Service. */
  get said(): string[] {
    return this.server!.output.flatMap((line) => /Service shop\/web is announced .*/.exec(line) ?? []);
  }

  /** A metric, of this link where it has several. */
  metric(name: string): number {
    const get = `require('node:http').get('http://127.0.0.1:9253/metrics', (got) => got.pipe(process.stdout))`;
    const lines = this.host.run(process.execPath, '-e', get).split('\n');
    const line = lines.find((text) => text.startsWith(name)) ?? '';
    return Number(line.slice(line.lastIndexOf(' ') + 1));
  }
}

/** Who holds the lease; undefined: nobody. */
async function holder(): Promise<Node | undefined> {
  const { status, body } = await admin.raw('GET', LEASE_PATH);
  if (status !== 200) return undefined;
  const { spec } = JSON.parse(body) as { spec: { holderIdentity?: string } };
  return nodes.find(({ name }) => spec.holderIdentity?.startsWith(`${name}_`));
}

let serviceAccount: string;

before(async () => {
  stack.use(lan);
  const home = lan.link('home');
  for (const number of [1, 2]) {
    const node = new Node(number);
    node.host.join(home, 'eth0', `${node.address}/24`);
    nodes.push(node);
  }
  const host = lan.host('laptop');
  host.join(home, 'eth0', '192.168.12.20/24');
  laptop = stack.use(await Avahi.start(host, 'laptop'));
  api = await ApiServer.start({ authorization: 'RBAC' });
  stack.defer(() => api.stop());
  admin = api.client();
  for (const name of ['kube-system', 'shop']) {
    await admin.createAll([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
  }
  await admin.createAll([...rights, SERVICE, ENDPOINTS]);
  const token = await admin.serviceAccountToken('kube-system', 'signpost-links');
  // The API server takes a moment to know of the rights; who is refused asks again late.
  const pod = api.client({ token });
  await until(async () => (await pod.raw('GET', LEASE_PATH)).status === 404);
  await until(async () => (await pod.raw('GET', '/api/v1/services')).status === 200);
  serviceAccount = api.inClusterFiles({ token }).path;
  for (const { host: node } of nodes) stack.use(await Tunnel.open(node, api.port));
  stack.defer(async () => {
    for (const { server } of nodes) await server?.stop();
  });
  await Promise.all(nodes.map((node) => node.start(serviceAccount)));
});

// What went wrong is told by those who know.
afterEach((context) => {
  const told = context as TestContext;
  if (told.passed) return;
  for (const { name, server } of nodes) {
    for (const line of server?.output ?? []) told.diagnostic(`${name}: ${line}`);
  }
});

after(() => stack.disposeAsync());

test('of two that start at once exactly one announces, and the Lease names it', async (context) => {
  await until(() => nodes.every(({ said }) => said.length > 0));
  const announcing = nodes.filter(({ said }) => said.some((line) => line.includes('as ')));
  assert.equal(announcing.length, 1);
  const [first] = announcing;
  assert.equal(laptop.resolve('web-shop.local'), first!.address);
  // Who had it first may have been too slow to begin; then it is left to the other.
  await until(async () => (await holder()) === first);
  for (const node of nodes) {
    const expected = node === first ? 1 : 0;
    await until(() => node.metric('signpost_mdns_lease_held{link="eth0"}') === expected);
    context.diagnostic(`${node.name}: ${node.metric('signpost_mdns_conflicts_total')} conflicts`);
    assert.deepEqual(
      node.server!.output.filter((line) => /WARNING.*lease|ERROR/.test(line)),
      [],
    );
  }
});

test('when it is killed the other announces within three seconds, and has the Lease soon', async (context) => {
  const first = (await holder())!;
  const other = nodes.find((node) => node !== first)!;
  first.server!.signal('SIGKILL');
  const [killed, late] = [performance.now(), lateness.measure()];
  await until(() => laptop.resolve('web-shop.local') === other.address);
  const moved = performance.now() - killed - late();
  await until(async () => (await holder()) === other);
  const held = performance.now() - killed;
  context.diagnostic(
    `announced by the other after ${Math.round(moved)} ms, held after ${Math.round(held)} ms`,
  );
  assert.ok(moved <= 3000, `${moved} ms`);
  await first.server!.ended();

  await first.start(serviceAccount);
  await until(() => first.said.length > 0);
  assert.match(first.said.join('\n'), /by another instance, at (192\.168\.12\.\d|fe80:.*)$/);
  assert.equal(await holder(), other, 'who comes back takes nothing away');
});

test('when it ends cleanly the Lease is free at once, and the other has both soon', async (context) => {
  const first = (await holder())!;
  const other = nodes.find((node) => node !== first)!;
  const stopping = performance.now();
  const exited = first.server!.stop();
  await until(async () => (await holder()) !== first);
  assert.equal(await exited, 0);
  const released = performance.now() - stopping;
  await until(() => laptop.resolve('web-shop.local') === other.address);
  const moved = performance.now() - stopping;
  await until(async () => (await holder()) === other);
  const held = performance.now() - stopping;
  const times = { released, moved, held };
  context.diagnostic(JSON.stringify(times));
  await until(() => other.metric('signpost_mdns_lease_held{link="eth0"}') === 1);
});
