import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordText } from '../../src/wire/presentation.ts';
import { onLoopback } from '../kit/corefile-snippets.ts';
import { startServer } from '../kit/server.ts';
import type { TestServer } from '../kit/server.ts';

/** What clusters come with: a folder each, with the Corefile as it is in the cluster and the files that it reads. */
interface Distribution {
  readonly title: string;
  readonly folder: string;
  /** Labels of the listeners. */
  readonly listeners: readonly string[];
  /** The handlers of each server block, in their order. */
  readonly chains: readonly string[];
  /** Records in presentation format, or a response code. */
  readonly answers: readonly (readonly [question: string, answer: string | number])[];
  /** A directive that this version knows by name only: the start fails with this; the rest starts without its block. */
  readonly refused?: { readonly message: RegExp; readonly block: string };
}

const everywhere: Distribution['answers'] = [
  ['kubernetes.default.svc.cluster.local A', 'kubernetes.default.svc.cluster.local. A 10.96.0.1'],
  ['nobody.default.svc.cluster.local A', 3],
  ['1.0.96.10.in-addr.arpa PTR', '1.0.96.10.in-addr.arpa. PTR kubernetes.default.svc.cluster.local.'],
];
const usual = {
  listeners: ['dns://:53'],
  chains: ['prometheus errors loadbalance cache kubernetes loop forward'],
  answers: everywhere,
};

const distributions: readonly Distribution[] = [
  // kubernetes/kubernetes, cmd/kubeadm/app/phases/addons/dns/manifests.go. kind leaves kubeadm's Corefile as it is.
  { title: 'kubeadm 1.34, and kind', folder: 'kubeadm', ...usual },
  { title: 'kubeadm before it kept cluster names out of the cache', folder: 'kubeadm-earlier', ...usual },
  {
    // k3s-io/k3s, manifests/coredns.yaml, with a `coredns-custom` ConfigMap as its documentation has it.
    title: 'k3s',
    folder: 'k3s',
    listeners: ['dns://:53'],
    chains: ['prometheus errors log loadbalance cache hosts kubernetes loop forward', 'errors cache forward'],
    answers: [...everywhere, ['node-2 A', 'node-2. A 192.0.2.12']],
  },
  // The Amazon EKS add-on `coredns`, as its users print it (ConfigMap coredns, label eks.amazonaws.com/component).
  { title: 'EKS', folder: 'eks', ...usual },
  {
    // ConfigMap coredns of Azure's AKS, as its users print it, with a `coredns-custom` ConfigMap as
    // learn.microsoft.com/azure/aks/coredns-custom shows: a rewrite with its answers, hosts, a zone of its own.
    title: 'AKS',
    folder: 'aks',
    listeners: ['dns://:53'],
    chains: [
      'prometheus errors loadbalance rewrite cache template hosts kubernetes loop forward',
      'errors cache forward',
    ],
    answers: [
      ...everywhere,
      ['a.reddog.microsoft.com A', 3],
      ['vm.a.b.c.d.internal.cloudapp.net A', 3],
      ['static.test A', 'static.test. A 192.0.2.80'],
      ['kubernetes.default.test A', 'kubernetes.default.test. A 10.96.0.1'],
    ],
  },
  {
    // kubernetes/kubernetes, cluster/addons/dns/nodelocaldns/nodelocaldns.yaml, its variables as on a node.
    title: 'NodeLocal DNSCache',
    folder: 'nodelocal',
    listeners: ['dns://127.0.0.53:53', 'dns://127.0.0.10:53'],
    chains: Array<string>(4).fill('prometheus errors cache loop forward'),
    answers: [],
  },
  {
    // openshift/cluster-dns-operator, pkg/operator/controller/controller_dns_configmap.go, with a server for two zones.
    title: 'OpenShift',
    folder: 'openshift',
    listeners: ['dns://:5353'],
    chains: [
      'bufsize prometheus errors log cache forward',
      'bufsize prometheus errors log cache kubernetes forward',
    ],
    answers: everywhere,
    refused: {
      message: /Corefile:\d+: directive 'chaos' of CoreDNS is not in this version of Signpost yet$/,
      block: 'hostname.bind:5353 {\n    chaos\n}\n',
    },
  },
];

for (const { title, folder, listeners, chains, answers, refused } of distributions) {
  const file = join(import.meta.dirname, folder, 'Corefile');
  const text = onThisMachine(readFileSync(file, 'utf8'), folder);
  const start = (corefile: string): Promise<TestServer> =>
    startServer(corefile, { file, readFile: (path) => readFileSync(path, 'utf8') });

  test(`the Corefile of ${title} boots`, async () => {
    const rest = refused === undefined ? text : without(text, refused.block);
    await using server = await start(rest);
    const configuration = server.signpost.configuration!;
    assert.deepEqual(
      configuration.listeners.map((listener) => listener.server),
      listeners,
    );
    assert.deepEqual(
      configuration.handlers.map((handlers) => handlers.map(({ name }) => name).join(' ')),
      chains,
    );
    for (const [question, answer] of answers) {
      assert.equal(await ask(server, question), answer, question);
    }
    assert.deepEqual(
      server.lines.filter((line) => /^\[(WARNING|ERROR|FATAL)\]/.test(line)),
      [],
    );
  });

  if (refused === undefined) continue;
  test(`the Corefile of ${title} is refused for a directive that is known by name`, async () => {
    await assert.rejects(start(text), { name: 'CorefileError', message: refused.message });
  });
}

/**
 * The Corefile with what belongs to a node replaced: its folder, its resolv.conf, the addresses of its interfaces, and
 * the cluster that is not there. Nothing of it is asked about what would be forwarded.
 */
function onThisMachine(corefile: string, folder: string): string {
  const here = corefile
    .replaceAll('/etc/coredns/', `${join(import.meta.dirname, folder)}/`)
    .replaceAll('/etc/resolv.conf', join(import.meta.dirname, 'resolv.conf'))
    .replaceAll('169.254.20.10', '127.0.0.53')
    .replaceAll('10.96.0.10', '127.0.0.10')
    .replace(/^ *kubernetes .*\{$/m, '$&\n        manifests .');
  return onLoopback(here);
}

function without(text: string, part: string): string {
  assert.ok(text.includes(part), part);
  return text.replace(part, '');
}

/** The records of the answer, without class and TTL, or the response code if there are none. */
async function ask(server: TestServer, question: string): Promise<string | number> {
  const [name, type] = question.split(' ');
  const { rcode, answer } = (await server.ask(name!, type!))!;
  const records = answer.map((record) =>
    recordText(record)
      .replace(/\s+\d+\s+IN\s+/, ' ')
      .replaceAll('\t', ' '),
  );
  return records.length === 0 ? rcode : records.join('\n');
}
