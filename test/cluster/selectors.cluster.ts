import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { Pod } from './pod.ts';
import { namespace, runningPod, service, slice } from './shop.ts';

/** Selectors are the API server's work: what they leave out never arrives. */
const live = { tier: 'live' };
let server: ApiServer;
before(async () => {
  server = await ApiServer.start();
  await server
    .client()
    .createAll([
      namespace('east', live),
      namespace('west', { tier: 'test' }),
      ...(['east', 'west'] as const).flatMap((place, index) => [
        service('chosen', `10.96.8.${index * 2 + 1}`, { namespace: place, labels: live }),
        service('other', `10.96.8.${index * 2 + 2}`, { namespace: place }),
        service('headless', 'None', { namespace: place, labels: live }),
        slice('headless', [`10.244.8.${index + 1}`], { namespace: place, labels: live }),
        runningPod('alone', `10.244.9.${index + 1}`, place),
      ]),
    ]);
});
after(() => server.stop());

/** Counts of `/ready?verbose`, with the four Namespaces and the one Service that the API server makes itself. */
const rows: readonly {
  readonly title: string;
  readonly properties: readonly string[];
  readonly counts: string;
  readonly answers: Readonly<Record<string, string>>;
}[] = [
  {
    title: 'all',
    properties: [],
    counts: '6 namespaces, 7 services, 2 endpoint slices',
    answers: { 'chosen.east': '10.96.8.1', 'other.west': '10.96.8.4', 'headless.west': '10.244.8.2' },
  },
  {
    title: 'labels',
    properties: ['labels tier=live'],
    counts: '6 namespaces, 4 services, 2 endpoint slices',
    answers: { 'chosen.east': '10.96.8.1', 'other.east': 'NXDOMAIN', 'headless.east': '10.244.8.1' },
  },
  {
    title: 'labels of a set, and negated',
    properties: ['labels tier in (live,canary),!absent'],
    counts: '6 namespaces, 4 services, 2 endpoint slices',
    answers: { 'chosen.west': '10.96.8.3', 'other.west': 'NXDOMAIN' },
  },
  {
    title: 'namespace_labels',
    properties: ['namespace_labels tier=live'],
    counts: '1 namespaces, 7 services, 2 endpoint slices',
    answers: { 'chosen.east': '10.96.8.1', 'chosen.west': 'NXDOMAIN', 'headless.west': 'NXDOMAIN' },
  },
  {
    // The others are kept too: this server's own Service, which NS answers name, may be one of them.
    title: 'namespaces',
    properties: ['namespaces east'],
    counts: '6 namespaces, 7 services, 2 endpoint slices, 0 pods',
    answers: { 'chosen.east': '10.96.8.1', 'chosen.west': 'NXDOMAIN' },
  },
  {
    title: 'pods of all namespaces',
    properties: ['pods verified'],
    counts: '6 namespaces, 7 services, 2 endpoint slices, 2 pods',
    answers: { 'chosen.west': '10.96.8.3' },
  },
  {
    title: 'pods of one namespace',
    properties: ['pods verified', 'namespaces east'],
    counts: '6 namespaces, 7 services, 2 endpoint slices, 1 pods',
    answers: { 'chosen.east': '10.96.8.1', 'chosen.west': 'NXDOMAIN' },
  },
  {
    title: 'noendpoints',
    properties: ['noendpoints'],
    counts: '6 namespaces, 7 services, 0 endpoint slices',
    answers: { 'chosen.east': '10.96.8.1', 'headless.east': 'NXDOMAIN' },
  },
];

for (const { title, properties, counts, answers } of rows) {
  test(title, async (context) => {
    const { path } = server.inClusterFiles();
    const pod = await Pod.start(context, { serviceAccount: path, apiPort: server.port, properties });
    assert.match((await pod.ready()).body, new RegExp(`api server: ${counts}\\b`));
    for (const [name, expected] of Object.entries(answers))
      assert.equal(await pod.ask(`${name}.svc.cluster.local`), expected, name);
  });
}

test('what a change selects comes, and what it selects no more goes', async (context) => {
  const { path } = server.inClusterFiles();
  const properties = ['labels tier=live', 'namespace_labels tier=live'];
  const pod = await Pod.start(context, { serviceAccount: path, apiPort: server.port, properties });
  const client = server.client();
  const [other, chosen] = ['other', 'chosen'].map((name) => service(name, '', { namespace: 'east' }));
  await client.patch(other!, { metadata: { labels: live } });
  await pod.turns('other.east.svc.cluster.local', '10.96.8.2', 5000);
  await client.patch(chosen!, { metadata: { labels: { tier: null } } });
  await pod.turns('chosen.east.svc.cluster.local', 'NXDOMAIN', 5000);
  await client.patch(namespace('west'), { metadata: { labels: live } });
  await pod.turns('chosen.west.svc.cluster.local', '10.96.8.3', 5000);
  await client.patch(namespace('west'), { metadata: { labels: { tier: 'test' } } });
  await pod.turns('chosen.west.svc.cluster.local', 'NXDOMAIN', 5000);
});
