import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command } from './command.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/** A machine with two interfaces on one bridged link announces on both: it is found once, at all of its addresses. */

const lan = new Lan();
const folder = mkdtempSync(join(tmpdir(), 'signpost-twins-'));
let desk: Host;
let tablet: Host;
let laptop: Avahi;
let watcher: ServerProcess;

before(async () => {
  const home = lan.link('home');
  desk = lan.host('desk', 'post');
  desk.join(home, 'eth0', '192.168.9.1/24');
  desk.join(home, 'eth1', '192.168.9.2/24');
  tablet = lan.host('tablet');
  tablet.join(home, 'eth0', '192.168.9.20/24');
  const host = lan.host('laptop');
  host.join(home, 'eth0', '192.168.9.30/24');
  laptop = await Avahi.start(host, 'laptop');
  const corefile = `.:53 {\n    bind 127.0.0.1\n    mdns lan.example {\n        interface eth0\n    }\n}`;
  watcher = await ServerProcess.start(corefile, [], { launcher: tablet.launcher });
});

after(async () => {
  await watcher.stop();
  await laptop.stop();
  lan[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const dig = (name: string, type: string): string =>
  tablet
    .run('dig', '@127.0.0.1', '+short', '+tries=1', '+timeout=8', name, type)
    .trim()
    .split('\n')
    .sort()
    .join(' ');

/** Instances of a type, as avahi-browse shows them. */
const instances = (type: string): string[] => [
  ...new Set(laptop.browse(type).map((line) => line.split(';')[3]!)),
];

const BOTH = '192.168.9.1 192.168.9.2';

test('signpost announce: one service under its own name, and both addresses all the time', async () => {
  await using signpost = new Command(desk, 'announce', 'Door', '_http._tcp', '9000');
  await until(() =>
    ['eth0', 'eth1'].every((name) => signpost.lines.some((line) => line.startsWith(`${name}: 'Door' `))),
  );
  await until(() => dig('post.lan.example', 'A') === BOTH);
  for (let round = 0; round < 5; round++) {
    // Longer than the second in which the cache-flush bit spares what was heard before it.
    await sleep(1200);
    assert.equal(dig('post.lan.example', 'A'), BOTH);
    assert.deepEqual(instances('_http._tcp'), ['Door']);
  }
  assert.ok(BOTH.includes(laptop.resolve('post.local') ?? 'nothing'));
  assert.equal(signpost.lines.length, 2, signpost.lines.join('\n'));
});

test('a Service of a cluster that is announced on both: one, at both addresses, and gone from both', async () => {
  const file = join(folder, 'web.yaml');
  writeFileSync(file, [service(), endpoints()].map((object) => JSON.stringify(object)).join('\n---\n'));
  const link = (name: string): string =>
    `    mdns ${name}.example {\n        interface ${name}\n        announce\n    }\n`;
  const corefile = `.:53 {\n    bind 127.0.0.1\n    kubernetes cluster.local {\n        manifests ${folder}\n    }\n${link('eth0')}${link('eth1')}}`;
  const server = await ServerProcess.start(corefile, [], { launcher: desk.launcher });
  try {
    await until(() => instances('_http._tcp').join() === 'web');
    await until(() => dig('web-shop.lan.example', 'A') === BOTH);
    await sleep(2500);
    assert.equal(dig('web-shop.lan.example', 'A'), BOTH);
    assert.deepEqual(instances('_http._tcp'), ['web']);
    desk.ip('link', 'set', 'eth0', 'down');
    await until(() => dig('web-shop.lan.example', 'A') === '192.168.9.2');
    assert.deepEqual(instances('_http._tcp'), ['web']);
    rmSync(file);
    await until(() => instances('_http._tcp').length === 0);
  } finally {
    await server.stop();
  }
});

function service(): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', annotations: { 'signpost.dev/mdns': '_http._tcp' } },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
  };
}

function endpoints(): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [{ addresses: ['10.1.0.1'], nodeName: 'post' }],
  };
}
