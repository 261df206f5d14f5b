import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { isSubdomain } from '../../src/corefile/zone.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../kit/answering.ts';
import { root } from '../kit/project-files.ts';
import { startServer } from '../kit/server.ts';

/** The recipes of docs/edge.md: what their parts say of each other. Their Corefiles are started by test/readme.test.ts. */
const unit = read('signpost.service');
const daemonSet = read('k3s/daemon-set.yaml');
const objects = ['config-map', 'daemon-set', 'service'].map(
  (name) =>
    parse(read(`k3s/${name}.yaml`)) as { kind: string; metadata: { name: string; namespace: string } },
);

function read(name: string): string {
  return readFileSync(join(root, 'deploy/edge', name), 'utf8');
}

test('the unit starts what the page installs, and reloads it', () => {
  const page = readFileSync(join(root, 'docs/edge.md'), 'utf8');
  for (const path of ['/opt/signpost', '/etc/signpost/Corefile']) {
    assert.ok(unit.includes(path) && page.includes(path), path);
  }
  assert.match(unit, /^ExecReload=\/bin\/kill -USR1 \$MAINPID$/m);
  assert.match(unit, /^AmbientCapabilities=CAP_NET_BIND_SERVICE/m);
});

test('the objects for k3s are of one name, and listed', () => {
  assert.deepEqual(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`),
    [
      'ConfigMap kube-system signpost-links',
      'DaemonSet kube-system signpost-links',
      'Service kube-system signpost-links',
    ],
  );
  const { resources } = parse(read('k3s/kustomization.yaml')) as { resources: string[] };
  assert.deepEqual(resources, ['config-map.yaml', 'daemon-set.yaml', 'service.yaml']);
});

test('the ports of the DaemonSet are those of its Corefile', () => {
  const { data } = objects[0] as unknown as { data: { Corefile: string } };
  const ports = [...data.Corefile.matchAll(/:(\d+)/g)].map(([, port]) => port);
  assert.deepEqual(ports, ['5301', '8082', '8182', '9253']);
  for (const port of ports) assert.ok(daemonSet.includes(`ort: ${port}`), port);
});

test('what announces Services changes the objects for k3s, and adds no more to their Corefile', () => {
  const changed = ['config-map', 'daemon-set'].map(
    (name) => parse(read(`announce/${name}.yaml`)) as (typeof objects)[number],
  );
  assert.deepEqual(
    changed.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
    objects.slice(0, 2).map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
  );
  const lines = [objects[0], changed[0]].map((object) =>
    (object as unknown as { data: { Corefile: string } }).data.Corefile.split('\n').map((line) =>
      line.trim(),
    ),
  );
  const added = ['kubernetes cluster.local', 'announce'];
  assert.deepEqual(
    lines[1]!.filter((line) => !added.includes(line)),
    lines[0],
  );
  assert.equal(lines[1]!.length, lines[0]!.length + added.length);
});

test('what k3s takes from a ConfigMap leaves the cluster its own names', async () => {
  const page = readFileSync(join(root, 'docs/edge.md'), 'utf8');
  const written = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text]) => text!);
  const custom = written.find((text) => text.includes('coredns-custom'))!;
  const { data } = parse(custom) as { data: Record<string, string> };
  const pieces = data['links.server']!;
  const link = answering('forward', () => new Reply({ source: 'forward', rcode: Rcode.NameError }));
  const cluster: AnyPlugin = {
    name: 'kubernetes',
    parse: ([directive]) => directive!.arguments,
    setup: (zones: readonly string[]) => ({
      handle: (query, next) =>
        zones.some((zone) => isSubdomain(`${zone}.`, query.name))
          ? new Reply({ source: 'kubernetes' })
          : next(query),
    }),
  };
  const rest = ['errors', 'cache'].map((name) => passing(name));
  const main = '.:53 {\n kubernetes cluster.local\n forward . 192.0.2.1\n}\n';
  await using server = await startServer(main + pieces, { plugins: pluginMap(link, cluster, ...rest) });
  const rcodes: Record<string, number> = {};
  for (const name of ['web.shop.svc.cluster.local.', 'printer.local.', 'printer.lan.home.arpa.'])
    rcodes[name] = (await server.ask(name, 'A'))!.rcode;
  assert.deepEqual(rcodes, {
    'web.shop.svc.cluster.local.': Rcode.NoError,
    'printer.local.': Rcode.NameError,
    'printer.lan.home.arpa.': Rcode.NameError,
  });
});

function passing(name: string): AnyPlugin {
  return { name, parse: () => undefined, setup: () => ({ handle: (query, next) => next(query) }) };
}
