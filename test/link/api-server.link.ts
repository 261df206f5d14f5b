import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lateness } from '../kit/lateness.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { ADMIN } from '../kube-apiserver/credentials.ts';
import { Avahi } from './avahi.ts';
import { Lan } from './lan.ts';
import { Tunnel } from './tunnel.ts';

/** Real Avahi finds the Services of a real API server that Signpost announces. */

const lan = new Lan();
const stack = new AsyncDisposableStack();
const lateness = stack.use(new Lateness());
let api: ApiServer;
let laptop: Avahi;

before(async () => {
  stack.use(lan);
  const home = lan.link('home');
  const node = lan.host('node');
  node.join(home, 'eth0', '192.168.10.1/24');
  const host = lan.host('laptop');
  host.join(home, 'eth0', '192.168.10.20/24');
  laptop = stack.use(await Avahi.start(host, 'laptop'));
  api = await ApiServer.start();
  stack.defer(() => api.stop());
  stack.use(await Tunnel.open(node, api.port));
  const corefile = `.:53 {
    errors
    kubernetes cluster.local {
        kubeconfig ${api.kubeconfig(ADMIN)}
    }
    mdns lan.example {
        interface eth0
        announce
    }
}`;
  const server = await ServerProcess.start(corefile, [], { launcher: node.launcher });
  stack.defer(async () => {
    await server.stop();
  });
});

after(() => stack.disposeAsync());

test('a new Service of the API server is found within two seconds, and gone when it is deleted', async (t) => {
  const client = api.client();
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready: true } }],
  };
  await client.create(slice);
  const browsing = laptop.follow('_http._tcp');
  const lines = (sign: string): string[] =>
    browsing.lines.filter((line) => line.startsWith(`${sign};eth0;IPv4;The\\032shop;`));
  // Two seconds are for the way from the API server to the browser: the browser has to be there by then.
  await until(() => laptop.browse('_http._tcp').length === 0);
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: {
        'signpost.dev/mdns': '_http._tcp',
        'signpost.dev/mdns-name': 'The shop',
        'signpost.dev/mdns-txt': 'path=/shop',
      },
    },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.0.80',
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
    },
  };
  await client.create(service);
  const [created, late] = [performance.now(), lateness.measure()];
  await until(() => lines('=').length > 0);
  const found = performance.now() - created - late();
  assert.match(lines('=')[0]!, /;web-shop\.local;192\.168\.10\.1;30080;"path=\/shop"$/);
  await client.delete(service);
  const [ended, lateThen] = [performance.now(), lateness.measure()];
  await until(() => lines('-').length > 0);
  const gone = performance.now() - ended - lateThen();
  browsing.stop();
  t.diagnostic(`found after ${found.toFixed(0)} ms, gone after ${gone.toFixed(0)} ms`);
  assert.ok(found <= 2000 && gone <= 2000, `found after ${found} ms, gone after ${gone} ms`);
});
