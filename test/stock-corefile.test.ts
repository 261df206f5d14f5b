import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Configuration } from '../src/config/configuration.ts';
import { SharedResources } from '../src/config/shared-resources.ts';
import { parseCorefile } from '../src/corefile/corefile.ts';
import { plugins } from '../src/plugin/registry.ts';
import { recordText } from '../src/wire/presentation.ts';
import { onLoopback } from './kit/corefile-snippets.ts';
import { root } from './kit/project-files.ts';
import { startServer, TestServer } from './kit/server.ts';

/** What kubeadm gives a new cluster, but for `manifests` in place of the cluster's API server. */
const stock = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       manifests ${join(root, 'examples/cluster')}
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

test('kubeadm’s Corefile is valid as it is', async () => {
  const { surroundings } = new TestServer(stock);
  const corefile = parseCorefile(stock, {
    file: 'Corefile',
    environment: {},
    readFile: () => assert.fail('nothing is imported'),
    warn: (message) => assert.fail(message),
    defaultPort: 53,
  });
  const lease = new SharedResources().lease();
  const configuration = await Configuration.create(corefile, plugins, surroundings, lease);
  assert.deepEqual(
    configuration.handlers[0]!.map(({ name }) => name),
    ['prometheus', 'errors', 'loadbalance', 'cache', 'kubernetes', 'loop', 'forward'],
  );
  await configuration.stop();
});

test('kubeadm’s Corefile serves a cluster’s names', async () => {
  await using server = await startServer(onLoopback(stock));
  const reply = (await server.ask('web.shop.svc.cluster.local', 'A'))!;
  assert.deepEqual(
    [reply.rcode, reply.answer.length],
    [0, 1],
    reply.answer.map((record) => recordText(record)).join(),
  );
  assert.equal(reply.answer[0]!.ttl, 30);
  const missing = (await server.ask('nobody.shop.svc.cluster.local', 'A'))!;
  assert.deepEqual([missing.rcode, missing.authority.length], [3, 1]);
  for (const name of ['loadbalance', 'loop', 'forward']) {
    const line = `coredns_plugin_enabled{server="dns://:53",zone=".",view="",name="${name}"}`;
    assert.equal(await server.metric(line), 1, name);
  }
});
