import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../kit/project-files.ts';

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
  assert.deepEqual(ports, ['5355', '8082', '8182', '9253']);
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
