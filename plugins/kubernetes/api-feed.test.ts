import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readiness } from '../../src/plugin/capability.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { rcodeName } from '../../src/wire/codes.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { ScriptedApiConnection } from '../../test/kit/scripted-api-connection.ts';
import type { ScriptedRequest } from '../../test/kit/scripted-api-connection.ts';
import { TestServer } from '../../test/kit/server.ts';
import { kubernetes } from './index.ts';
import type { KubernetesOptions } from './options.ts';
import { setup } from './setup.ts';

const IMPORTS = '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

const KINDS = new Map([
  ['/api/v1/namespaces', 'Namespace'],
  ['/api/v1/services', 'Service'],
  [SLICES, 'EndpointSlice'],
  [IMPORTS, 'ServiceImport'],
]);

/** A server whose API server is the test. */
class Bench {
  readonly clock = new FakeClock();
  readonly connection = new ScriptedApiConnection();
  readonly server: TestServer;
  #starting: Promise<void> | undefined;

  constructor(properties: string) {
    const plugin: AnyPlugin = {
      ...kubernetes,
      setup: (options, controller) =>
        setup(options as KubernetesOptions, controller, {
          localAddresses: () => [],
          openManifests: () => {
            throw new Error('no manifests here');
          },
          connect: () => Promise.resolve(this.connection),
        }),
    };
    const corefile = `. {\n kubernetes cluster.local clusterset.local {\n${properties}\n }\n}\n`;
    this.server = new TestServer(corefile, { clock: this.clock, plugins: pluginMap(plugin) });
  }

  /** Starts the server up to its first requests. */
  async begin(): Promise<void> {
    this.#starting = this.server.signpost.start();
    while (this.connection.requests.length === 0) await Promise.resolve();
  }

  /** Resolves when it serves. */
  async serves(): Promise<void> {
    await this.#starting;
  }

  /** The last request for this, by its path and selector. */
  request(path: string, labelSelector = ''): ScriptedRequest {
    const found = this.connection.requests.findLast(
      (request) =>
        request.path.startsWith(`${path}?`) &&
        (request.parameters.get('labelSelector') ?? '') === labelSelector,
    );
    assert.ok(found !== undefined, `${path} was not asked for`);
    return found;
  }

  /** What was asked for, without what is the same everywhere. */
  asked(): string[] {
    return this.connection.requests.map(({ path, parameters }) =>
      `${path.slice(0, path.indexOf('?'))} ${parameters.get('labelSelector') ?? ''}`.trim(),
    );
  }

  /** Tells all that there is, and the end of it. */
  tell(path: string, labelSelector = '', ...objects: readonly object[]): void {
    const kind = KINDS.get(path)!;
    const events = objects.map((object) => ({ type: 'ADDED', object: { kind, ...object } }));
    const metadata = { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } };
    const end = { type: 'BOOKMARK', object: { kind, metadata } };
    this.request(path, labelSelector)
      .accept()
      .send(...events, end);
  }

  async rcode(name: string): Promise<string> {
    return rcodeName((await this.server.ask(name, 'A'))!.rcode);
  }
}

const NAMESPACE = { metadata: { name: 'shop', resourceVersion: '1' } };
const WEB = {
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '2' },
  spec: { type: 'ClusterSetIP', ips: ['10.112.0.1'], ports: [{ port: 80 }] },
};
const IMPORTED = 'multicluster.kubernetes.io/service-name';

test('what a ClusterSet is made of is watched only where a zone wants it', async () => {
  const bench = new Bench('');
  await bench.begin();
  assert.deepEqual(bench.asked(), ['/api/v1/namespaces', '/api/v1/services', SLICES]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

test('selectors go to the API server as in CoreDNS: that of namespaces selects ServiceImports', async () => {
  const bench = new Bench('multicluster clusterset.local\nlabels app in (a, b)\nnamespace_labels tier');
  await bench.begin();
  assert.deepEqual(bench.asked(), [
    '/api/v1/namespaces tier',
    '/api/v1/services app in (a, b)',
    `${SLICES} app in (a, b)`,
    `${IMPORTS} tier`,
    `${SLICES} app in (a, b),${IMPORTED}`,
  ]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

test('noendpoints holds for the ClusterSet as well', async () => {
  const bench = new Bench('multicluster clusterset.local\nnoendpoints');
  await bench.begin();
  assert.deepEqual(bench.asked(), ['/api/v1/namespaces', '/api/v1/services', IMPORTS]);
  bench.clock.advance(5000);
  await bench.serves();
  await bench.server.close();
});

for (const [status, reason] of [
  [404, 'NotFound'],
  [403, 'Forbidden'],
] as const) {
  test(`while ServiceImports are refused (${status}), the cluster’s own zone is served and ready`, async () => {
    const bench = new Bench('multicluster clusterset.local');
    await bench.begin();
    bench.tell('/api/v1/namespaces', '', NAMESPACE);
    bench.tell('/api/v1/services');
    bench.tell(SLICES);
    bench.tell(SLICES, IMPORTED);
    bench.request(IMPORTS).refuse(status, reason);
    await bench.serves();
    const [check] = bench.server.signpost.configuration!.offered(Readiness);
    assert.ok(check!.ready());
    assert.equal(await bench.rcode('no.shop.svc.cluster.local.'), 'NXDOMAIN');
    assert.equal(await bench.rcode('web.shop.svc.clusterset.local.'), 'SERVFAIL');
    for (const wait of [400, 1600]) {
      bench.clock.advance(wait);
      bench.request(IMPORTS).refuse(status, reason);
    }
    assert.deepEqual(
      bench.server.lines.filter((line) => line.includes('serviceimports')),
      [
        `[WARNING] plugin/kubernetes: serviceimports.multicluster.x-k8s.io: ${status} ${reason}: no: trying again`,
      ],
    );
    assert.match(check!.detail!(), /^cluster set: syncing, 0 service imports, 0 endpoint slices$/m);
    assert.match(check!.detail!(), /^no changes of the cluster set seen for 2 s: 40\d \w+: no$/m);
    const age = 'signpost_kubernetes_watch_age_seconds';
    assert.equal(await bench.server.metric(`${age}{zone="cluster.local."}`), 0);
    assert.equal(await bench.server.metric(`${age}{zone="clusterset.local."}`), 2);

    bench.clock.advance(1000);
    bench.tell(IMPORTS, '', WEB);
    assert.equal(await bench.rcode('web.shop.svc.clusterset.local.'), 'NOERROR');
    assert.equal(await bench.rcode('no.shop.svc.clusterset.local.'), 'NXDOMAIN');
    assert.match(check!.detail!(), /^cluster set: fresh, 1 service imports, 0 endpoint slices$/m);
    await bench.server.close();
    assert.ok(bench.connection.closed);
  });
}

test('until ServiceImports are told of, serving waits and is not ready', async () => {
  const bench = new Bench('multicluster clusterset.local');
  await bench.begin();
  for (const path of ['/api/v1/namespaces', '/api/v1/services', SLICES]) bench.tell(path);
  bench.tell(SLICES, IMPORTED);
  bench.clock.advance(4999);
  assert.equal(bench.server.signpost.configuration, undefined);
  bench.clock.advance(1);
  await bench.serves();
  const [check] = bench.server.signpost.configuration!.offered(Readiness);
  assert.ok(!check!.ready());
  bench.tell(IMPORTS);
  assert.ok(check!.ready());
  await bench.server.close();
});

test('what is refused of the cluster itself is waited for', async () => {
  const bench = new Bench('');
  await bench.begin();
  bench.tell('/api/v1/namespaces');
  bench.tell(SLICES);
  bench.request('/api/v1/services').refuse(403, 'Forbidden');
  bench.clock.advance(5000);
  await bench.serves();
  const [check] = bench.server.signpost.configuration!.offered(Readiness);
  assert.ok(!check!.ready());
  await bench.server.close();
});
