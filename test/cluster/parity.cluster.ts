import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openApiConnection } from '../../src/cluster/api-server/open-connection.ts';
import { podCredentials } from '../../src/cluster/api-server/pod-credentials.ts';
import { systemClock } from '../../src/plugin/clock.ts';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import { ExternalEtcd } from '../kube-apiserver/etcd.ts';
import { readObjects } from '../kube-apiserver/object-path.ts';
import { replay, report } from '../parity/replay.ts';
import { readRows, startScenario } from '../parity/scenario.ts';
import type { ScenarioCluster } from '../parity/scenario.ts';

/** The recorded answers once more, from a real API server that holds the same objects, as a pod reaches it. */
const scenarios = [
  '01-kubernetes',
  '02-verified-podnames-fallthrough',
  '03-noendpoints-onenamespace',
  '04-filters',
  '05-cluster-default',
  '16-reverse-cidr',
];

for (const [title, startEtcd] of [
  ['with WatchList', undefined],
  ['without WatchList', () => ExternalEtcd.start()],
] as const) {
  test(`an API server ${title}`, async (context) => {
    const cluster = await startCluster(context, await startEtcd?.());
    for (const scenario of scenarios) {
      const rows = readRows(scenario).length;
      await context.test(`${scenario}: ${rows} answers are those from the manifests`, async () => {
        await using server = await startScenario(scenario, cluster);
        const complaints = await replay(scenario, server);
        assert.equal(complaints.length, 0, report(complaints, rows));
      });
    }
  });
}

async function startCluster(context: TestContext, etcd: ExternalEtcd | undefined): Promise<ScenarioCluster> {
  if (etcd !== undefined) context.after(() => etcd.stop());
  const server = await ApiServer.start(etcd === undefined ? {} : { etcd });
  context.after(() => server.stop());
  await server.client().createAll(readObjects(new URL('../parity/world.yaml', import.meta.url).pathname));
  const { path } = server.inClusterFiles();
  const pod = {
    environment: { KUBERNETES_SERVICE_HOST: server.host, KUBERNETES_SERVICE_PORT: String(server.port) },
    serviceAccount: path,
  };
  const began = systemClock.monotonic();
  return {
    // Timers run, but what is cached does not grow old, however long a machine takes for the questions.
    clock: { ...systemClock, monotonic: () => began },
    connect: (limits, { metrics }) =>
      Promise.resolve(
        openApiConnection(podCredentials(systemClock, pod), {
          clock: systemClock,
          metrics,
          limits,
          version: 'test',
        }),
      ),
  };
}
