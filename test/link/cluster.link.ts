import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Lateness } from '../kit/lateness.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/** Real Avahi finds the Services of a cluster that Signpost announces: from manifests, one of two nodes at a time. */

const lan = new Lan();
const lateness = new Lateness();
const folder = mkdtempSync(join(tmpdir(), 'signpost-cluster-'));
const nodes: Host[] = [];
const servers: ServerProcess[] = [];
let laptop: Avahi;

before(async () => {
  const home = lan.link('home');
  for (const number of [1, 2]) {
    const node = lan.host(`node-${number}`);
    node.join(home, 'eth0', `192.168.9.${number}/24`);
    nodes.push(node);
  }
  const host = lan.host('laptop');
  host.join(home, 'eth0', '192.168.9.20/24');
  laptop = await Avahi.start(host, 'laptop', [{ name: 'Taken', type: '_ipp._tcp', port: 631 }]);
  put('endpoints', endpoints('web', ['node-1', 'node-2']));
  for (const node of nodes) servers.push(await start(node));
});

after(async () => {
  for (const server of servers) await server.stop();
  await laptop.stop();
  lan[Symbol.dispose]();
  await lateness[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function start(node: Host): Promise<ServerProcess> {
  const corefile = `.:53 {
    errors
    kubernetes cluster.local {
        manifests ${folder}
    }
    mdns lan.example {
        interface eth0
        announce
    }
}`;
  return ServerProcess.start(corefile, [], { launcher: node.launcher });
}

/** A file of the cluster's, replaced as a whole. */
function put(name: string, object: object): void {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(`${file}.new`, JSON.stringify(object));
  renameSync(`${file}.new`, file);
}

function service(name: string, type: string, nodePort: number, text = ''): object {
  const annotations = { 'signpost.dev/mdns': type, 'signpost.dev/mdns-txt': text };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', annotations },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort }] },
  };
}

function endpoints(name: string, nodeNames: readonly string[]): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: nodeNames.map((nodeName, index) => ({ addresses: [`10.1.0.${index + 1}`], nodeName })),
  };
}

/** How long something takes, in milliseconds, beside what the machine keeps everybody waiting for. */
async function timed(what: () => boolean): Promise<number> {
  const [began, late] = [performance.now(), lateness.measure()];
  await until(what);
  return performance.now() - began - late();
}

test('a new Service is found within two seconds, gone within two, and survives its node', async (t) => {
  const browsing = laptop.follow('_http._tcp');
  const lines = (sign: string): string[] =>
    browsing.lines.filter((line) => line.startsWith(`${sign};eth0;IPv4;web;`));
  await until(() => laptop.browse('_ipp._tcp').length > 0);

  put('web', service('web', '_http._tcp', 30080, 'path=/shop'));
  const found = await timed(() => lines('=').length > 0);
  assert.match(lines('=')[0]!, /;web-shop\.local;192\.168\.9\.[12];30080;"path=\/shop"$/);

  const holder = lines('=')[0]!.includes(';192.168.9.1;') ? 0 : 1;
  const other = `192.168.9.${2 - holder}`;
  // The loser of the first moments has settled by then; whoever browses now must find one alone.
  await until(() => laptop.browse('_http._tcp').length > 0);
  servers[holder]!.signal('SIGKILL');
  const moved = await timed(() => laptop.resolve('web-shop.local') === other);

  // Another browser takes a second to say what it has not found: how long it took is told by the one that follows.
  const isTold = (): (() => boolean) => {
    const before = lines('-').length;
    return () => lines('-').length > before;
  };
  const isGone = isTold();
  put('endpoints', endpoints('web', []));
  const gone = await timed(isGone);
  await until(() => laptop.browse('_http._tcp').length === 0);
  put('endpoints', endpoints('web', ['node-1', 'node-2']));
  await until(() => laptop.browse('_http._tcp').length > 0 && lines('+').length > lines('-').length);
  const isDeleted = isTold();
  rmSync(join(folder, 'web.yaml'));
  const deleted = await timed(isDeleted);
  await until(() => laptop.browse('_http._tcp').length === 0);
  browsing.stop();
  const times = JSON.stringify({ found, moved, gone, deleted });
  t.diagnostic(times);
  assert.ok(found <= 2000 && gone <= 2500 && deleted <= 2500, times);
  assert.ok(moved <= 3000, times);
  servers[holder] = await start(nodes[holder]!);
});

test('a name that Avahi has is left to it: the Service is renamed once', async (t) => {
  put('taken', {
    ...service('web', '_ipp._tcp', 30631),
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'signpost.dev/mdns': '_ipp._tcp', 'signpost.dev/mdns-name': 'Taken' },
    },
  });
  const names = (): string[] => [...new Set(laptop.browse('_ipp._tcp').map((line) => line.split(';')[3]!))];
  const settled = await timed(() => names().length === 2);
  assert.deepEqual(names().sort(), ['Taken', 'Taken\\032\\0402\\041']);
  t.diagnostic(`settled after ${settled.toFixed(0)} ms`);
  assert.ok(settled <= 5000, `${settled} ms`);
});
