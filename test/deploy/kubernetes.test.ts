import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { root } from '../kit/project-files.ts';

/** What makes deploy/kubernetes a drop-in: names, labels and rights that a cluster has already. */
const folder = join(root, 'deploy/kubernetes');
type Manifest = Record<string, unknown> & { kind: string; metadata: { name: string; namespace?: string } };

const objects = documents('kustomization.yaml').flatMap(({ resources }) =>
  (resources as string[]).flatMap(documents),
);
const podLabels = { 'k8s-app': 'kube-dns' };

test('every file of the base is in its kustomization', () => {
  const listed = documents('kustomization.yaml')[0]!['resources'] as string[];
  const there = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  assert.deepEqual([...listed].sort(), there.sort());
});

test('objects have the names that CoreDNS has in a cluster, so that they replace it', () => {
  assert.deepEqual(
    objects.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].join(' ')),
    [
      'ServiceAccount kube-system coredns',
      'ClusterRole  system:coredns',
      'ClusterRoleBinding  system:coredns',
      'ConfigMap kube-system coredns',
      'Deployment kube-system coredns',
      'Service kube-system kube-dns',
      'PodDisruptionBudget kube-system coredns',
    ],
  );
});

test('the Corefile is kubeadm’s', () => {
  const { Corefile } = one('ConfigMap')['data'] as { Corefile: string };
  assert.equal(Corefile, readFileSync(join(root, 'test/distributions/kubeadm/Corefile'), 'utf8'));
});

test('the Service has what tools look for, and no address of its own', () => {
  const service = one('Service') as unknown as {
    spec: Record<string, unknown>;
    metadata: { labels: unknown };
  };
  assert.deepEqual(service.metadata.labels, {
    'k8s-app': 'kube-dns',
    'kubernetes.io/cluster-service': 'true',
    'kubernetes.io/name': 'CoreDNS',
  });
  assert.deepEqual(Object.keys(service.spec), ['selector', 'ports']);
  assert.deepEqual(service.spec['selector'], podLabels);
  assert.deepEqual(
    (service.spec['ports'] as Record<string, unknown>[]).map(({ name, port, protocol, targetPort }) =>
      [name, port, protocol, targetPort].join(' '),
    ),
    ['dns 53 UDP 53', 'dns-tcp 53 TCP 53', 'metrics 9153 TCP 9153'],
  );
});

test('the pods run as the stock ones do, and are those of the Service and the budget', () => {
  interface Deployment {
    spec: {
      selector: unknown;
      template: { metadata: { labels: unknown }; spec: { containers: Record<string, unknown>[] } };
    };
  }
  const { spec } = one('Deployment') as unknown as Deployment;
  const budget = one('PodDisruptionBudget') as unknown as { spec: { selector: unknown } };
  assert.deepEqual(spec.selector, { matchLabels: podLabels });
  assert.deepEqual(budget.spec.selector, { matchLabels: podLabels });
  assert.deepEqual(spec.template.metadata.labels, podLabels);
  const [container, ...others] = spec.template.spec.containers;
  assert.deepEqual(others, []);
  // Its command is the image's; a merge over the stock Deployment goes by the container's name.
  assert.deepEqual([container!['name'], container!['command']], ['coredns', undefined]);
  assert.deepEqual(container!['args'], ['-conf', '/etc/coredns/Corefile']);
  assert.deepEqual((container!['resources'] as { limits: unknown }).limits, { memory: '170Mi' });
  assert.deepEqual(container!['securityContext'], {
    allowPrivilegeEscalation: false,
    capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
  const ports = container!['ports'] as { name: string; containerPort: number }[];
  for (const [probe, path, port] of [
    ['livenessProbe', '/health', 8080],
    ['readinessProbe', '/ready', 8181],
  ] as const) {
    const { httpGet } = container![probe] as { httpGet: { path: string; port: string } };
    const found = ports.find(({ name }) => name === httpGet.port);
    assert.deepEqual([httpGet.path, found?.containerPort], [path, port]);
  }
});

test('nothing is asked for that CoreDNS’s own role does not give, and nothing but list and watch', () => {
  const stock = ['endpoints', 'services', 'pods', 'namespaces', 'discovery.k8s.io/endpointslices'];
  const rights = rightsOf(one('ClusterRole'));
  assert.deepEqual(
    rights.filter((right) => !stock.some((resource) => right === `${resource}: list watch`)),
    [],
  );
  assert.equal(rights.length, 4);
});

test('the component for several clusters adds ServiceImports, in a role of its own', () => {
  const [role, binding] = documents('multicluster/rbac.yaml');
  assert.deepEqual(rightsOf(role!), ['multicluster.x-k8s.io/serviceimports: list watch']);
  assert.deepEqual(binding!['subjects'], one('ClusterRoleBinding')['subjects']);
  assert.deepEqual((binding!['roleRef'] as { name: string }).name, role!.metadata.name);
});

function documents(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { strict: true }).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS() as Manifest;
  });
}

function one(kind: string): Manifest {
  const [object, ...others] = objects.filter((candidate) => candidate.kind === kind);
  assert.ok(object !== undefined && others.length === 0, kind);
  return object;
}

/** The rights of a role as `group/resource: verbs`, the core group's without a slash. */
function rightsOf(role: Manifest): string[] {
  const rules = role['rules'] as { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => `${group === '' ? '' : `${group}/`}${resource}: ${verbs.join(' ')}`),
    ),
  );
}
