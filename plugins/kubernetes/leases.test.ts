import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterLeases } from '../../src/plugin/capability.ts';
import type { LeasePart, Leases } from '../../src/plugin/capability.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { fakePlugin } from '../../test/kit/fake-plugin.ts';
import { ScriptedApiConnection } from '../../test/kit/scripted-api-connection.ts';
import type { ScriptedRequest } from '../../test/kit/scripted-api-connection.ts';
import { startServer, TestServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { kubernetes } from './index.ts';
import { kubernetesOf } from './test-machine.ts';

const wish = {
  name: 'a-link',
  holder: 'node-1_07',
  isAside: () => false,
  heard: () => undefined,
};

/** A plugin that is told of leases. */
function asking(told: (leases: readonly Leases[]) => void) {
  return fakePlugin('mdns', { setup: (controller) => told(controller.askAll(ClusterLeases)) });
}

test('manifests have no leases', async (context) => {
  const { path } = temporaryFolder(context);
  let offered: readonly Leases[] | undefined;
  const corefile = `. {\n kubernetes cluster.local {\n manifests ${path}\n }\n mdns\n}`;
  const plugins = pluginMap(
    kubernetes,
    asking((leases) => (offered = leases)),
  );
  await using _server = await startServer(corefile, { plugins });
  assert.deepEqual(offered, []);
});

test('a lease of the API server lives as long as its connection, and is given up before it is closed', async () => {
  const clock = new FakeClock();
  const connection = new ScriptedApiConnection();
  const parts: LeasePart[] = [];
  const plugins = pluginMap(
    kubernetesOf(() => Promise.resolve(connection)),
    asking(([leases]) => void parts.push(leases!.join(wish))),
  );
  const corefile = '. {\n kubernetes cluster.local {\n startup_timeout 1ms\n }\n mdns\n}';
  const server = new TestServer(corefile, { clock, plugins });
  const starting = server.signpost.start();
  while (connection.requests.length < 4) await Promise.resolve();
  clock.advance(1);
  await starting;
  const [question] = aboutLeases(connection);
  assert.equal(
    question!.path,
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a-link',
    'nobody has said which namespace',
  );
  question!.refuse(404);
  const created = aboutLeases(connection).at(-1)!;
  assert.equal(created.method, 'POST');
  const metadata = { name: 'a-link', namespace: 'kube-system', resourceVersion: '1' };
  created.accept('application/json', 201).send({ metadata, spec: { holderIdentity: 'node-1_07' } });
  created.end();
  assert.equal(parts[0]!.holder, 'node-1_07');

  const closing = server.close();
  while (aboutLeases(connection).length < 3) await Promise.resolve();
  const release = aboutLeases(connection).at(-1)!;
  assert.equal(release.method, 'PUT');
  assert.equal((release.body as { spec: { holderIdentity?: string } }).spec.holderIdentity, undefined);
  assert.equal(connection.closed, false);
  release.accept().send({ metadata, spec: {} });
  release.end();
  await closing;
  assert.equal(connection.closed, true);
});

function aboutLeases({ requests }: ScriptedApiConnection): ScriptedRequest[] {
  return requests.filter(({ path }) => path.includes('/leases'));
}
