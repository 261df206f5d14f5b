import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ClusterWriter } from '../../src/cluster/cluster-writer.ts';
import type { ManifestSourceOptions, ManifestStatus } from '../../src/cluster/manifests/manifest-source.ts';
import { ListenAddresses, Readiness, RootDirectory } from '../../src/plugin/capability.ts';
import type { AnyPlugin, Plugin } from '../../src/plugin/plugin.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { rcodeName } from '../../src/wire/codes.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { startServer, TestServer } from '../../test/kit/server.ts';
import { kubernetes } from './index.ts';
import type { KubernetesOptions } from './options.ts';
import { setup } from './setup.ts';

/** A source that does as a test tells it. */
class FakeSource {
  readonly options: ManifestSourceOptions;
  readonly #started = Promise.withResolvers<void>();
  starts = 0;
  closed = false;
  status: ManifestStatus = {
    ready: true,
    broken: [],
    files: 2,
    objects: { namespaces: 1, services: 1, endpointSlices: 0, pods: 0 },
    parsedDocuments: 2,
  };

  constructor(options: ManifestSourceOptions) {
    this.options = options;
  }

  start(): Promise<void> {
    this.starts++;
    return this.#started.promise;
  }

  sync(fill: (writer: ClusterWriter) => void = () => undefined): void {
    fill(this.options.writer);
    this.options.writer.setState('fresh');
    this.#started.resolve();
  }

  close(): void {
    this.closed = true;
  }
}

/** The plugin with fake sources, which are ready at once unless told otherwise. */
class Bench {
  readonly sources: FakeSource[] = [];
  readonly plugin: Plugin<KubernetesOptions>;
  autoSync = true;
  locals = ['192.0.2.2'];

  constructor() {
    this.plugin = {
      name: 'kubernetes',
      parse: (directives, block) => kubernetes.parse(directives, block),
      setup: (options, controller) =>
        setup(options, controller, {
          localAddresses: () => this.locals.map((text) => addressBytes(text)!),
          connect: () => Promise.reject(new Error('no API server here')),
          openManifests: (sourceOptions) => {
            const source = new FakeSource(sourceOptions);
            this.sources.push(source);
            if (this.autoSync) source.sync();
            return source;
          },
        }),
    };
  }

  server(block: string, ...others: readonly AnyPlugin[]): Promise<TestServer> {
    return startServer(block, { plugins: pluginMap(this.plugin, ...others) });
  }
}

/** Stands in for a plugin that offers something to its block. */
function offering(
  name: string,
  offer: Parameters<AnyPlugin['setup']>[1] extends infer C ? (controller: C) => void : never,
): AnyPlugin {
  return {
    name,
    parse: () => undefined,
    setup: (_options, controller) => {
      offer(controller);
      return undefined;
    },
  };
}

async function lines(server: TestServer, name: string, type: string): Promise<string[]> {
  const message = await server.ask(name, type);
  return [rcodeName(message!.rcode), ...message!.answer.map(recordText)];
}

test('where there is no way to the API server it refuses to start', async () => {
  const bench = new Bench();
  await assert.rejects(bench.server('. {\n  kubernetes cluster.local\n}\n'), {
    message: 'Corefile:2: plugin/kubernetes: no API server here',
  });
});

test('paths are relative to the Corefile, or to the root directory', async () => {
  const bench = new Bench();
  const corefile = '. {\n root x\n kubernetes cluster.local {\n  manifests a /b ../c\n }\n}\n';
  const root = offering('root', () => undefined);
  await using _first = await startServer(corefile, {
    file: 'conf/Corefile',
    plugins: pluginMap(bench.plugin, root),
  });
  assert.deepEqual(bench.sources[0]!.options.paths, ['conf/a', '/b', 'c']);
  const elsewhere = offering('root', (controller) => controller.offer(RootDirectory, '/srv'));
  await using _second = await startServer(corefile, { plugins: pluginMap(bench.plugin, elsewhere) });
  assert.deepEqual(bench.sources[1]!.options.paths, ['/srv/a', '/b', '/c']);
});

test('the source is told what to read', async () => {
  const bench = new Bench();
  await using _server = await bench.server(
    '. {\n kubernetes cluster.local {\n  manifests a\n  labels app=web\n  namespace_labels tier\n' +
      '  pods verified\n  service_cidr 10.7.0.0/16\n }\n}\n',
  );
  const { labels, namespaceLabels, watchPods, serviceCidrs, clusterSet } = bench.sources[0]!.options;
  assert.deepEqual([labels?.text, namespaceLabels?.text], ['app=web', 'tier']);
  assert.deepEqual([watchPods, serviceCidrs], [true, ['10.7.0.0/16']]);
  assert.equal(clusterSet, undefined);
});

test('what is left out of a ServiceImport is told as of one, and all stores count', async () => {
  const bench = new Bench();
  await using server = await bench.server(
    '. {\n kubernetes clusterset.local {\n  manifests a\n  multicluster clusterset.local\n }\n}\n',
  );
  const { writer, clusterSet } = bench.sources[0]!.options;
  const web = { namespace: 'shop', name: 'web', type: 'ClusterIP', externalName: '', externalAddresses: [] };
  const ports = [{ name: '', protocol: 'TCP', number: 80 }];
  writer.putNamespace('shop');
  clusterSet!.setState('fresh');
  const bytes = 'signpost_kubernetes_store_bytes{kind="service"}';
  assert.equal(await server.metric(bytes), 0);
  clusterSet!.putService({ ...web, clusterIPs: ['10.112.0.1', '10.112.0.300'], ports });
  assert.ok((await server.metric(bytes))! > 0);
  assert.deepEqual(
    server.lines.filter((line) => line.startsWith('[WARNING] plugin/kubernetes: ')),
    ['[WARNING] plugin/kubernetes: ServiceImport shop/web: invalid address "10.112.0.300": left out'],
  );
  assert.deepEqual(await lines(server, 'web.shop.svc.clusterset.local.', 'A'), [
    'NOERROR',
    'web.shop.svc.clusterset.local. 5 A 10.112.0.1',
  ]);
});

test('blocks and reloads that read the same share one source, others do not', async () => {
  const bench = new Bench();
  const block = (zone: string, more = ''): string =>
    `${zone} {\n kubernetes ${zone} {\n  manifests a\n  ${more}\n }\n}\n`;
  await using server = await bench.server(block('a.local') + block('b.local', 'ttl 30'));
  assert.equal(bench.sources.length, 1);
  server.corefile = block('a.local', 'pods insecure');
  await server.signpost.reload();
  assert.equal(bench.sources.length, 1);
  assert.ok(!bench.sources[0]!.closed);
  server.corefile = block('a.local', 'pods verified');
  await server.signpost.reload();
  assert.deepEqual(
    bench.sources.map((source) => source.closed),
    [true, false],
  );
});

test('serving waits for the objects', async () => {
  const bench = new Bench();
  bench.autoSync = false;
  const clock = new FakeClock();
  const server = new TestServer('. {\n kubernetes cluster.local {\n  manifests a\n }\n}\n', {
    clock,
    plugins: pluginMap(bench.plugin),
  });
  const starting = server.signpost.start();
  while (bench.sources[0]?.starts !== 1) await Promise.resolve();
  clock.advance(1100);
  bench.sources[0].sync((writer) => {
    writer.putNamespace('prod');
    writer.putService({
      namespace: 'prod',
      name: 'web',
      type: 'ClusterIP',
      clusterIPs: ['10.96.0.10'],
      externalName: '',
      ports: [],
      externalAddresses: [],
    });
  });
  await starting;
  const notice = '[INFO] plugin/kubernetes: waiting for the Kubernetes objects before starting server';
  assert.deepEqual(
    server.lines.filter((line) => line.includes('plugin/kubernetes')),
    [notice, notice],
  );
  assert.deepEqual(await lines(server, 'web.prod.svc.cluster.local.', 'A'), [
    'NOERROR',
    'web.prod.svc.cluster.local. 5 A 10.96.0.10',
  ]);
  await server.close();
  assert.ok(bench.sources[0].closed);
});

test('after startup_timeout it serves unsynced, and is not ready', async () => {
  const bench = new Bench();
  bench.autoSync = false;
  const clock = new FakeClock();
  await using server = new TestServer(
    '. {\n kubernetes cluster.local {\n  manifests a\n  startup_timeout 1s\n }\n}\n',
    { clock, plugins: pluginMap(bench.plugin) },
  );
  const starting = server.signpost.start();
  while (bench.sources[0]?.starts !== 1) await Promise.resolve();
  clock.advance(999);
  assert.equal(server.signpost.configuration, undefined);
  clock.advance(1);
  await starting;
  assert.match(server.lines.join('\n'), /\[WARNING\] plugin\/kubernetes: starting server before all/);
  const [check] = server.signpost.configuration!.offered(Readiness);
  assert.deepEqual([check!.plugin, check!.ready()], ['kubernetes', false]);
  assert.deepEqual(await lines(server, 'web.prod.svc.cluster.local.', 'A'), ['SERVFAIL']);
  bench.sources[0].sync();
  assert.ok(check!.ready());
  assert.deepEqual(await lines(server, 'web.prod.svc.cluster.local.', 'A'), ['NXDOMAIN']);
});

test('broken manifests show in the metric and the details, and count for readiness until a good one was seen', async () => {
  const bench = new Bench();
  await using server = await bench.server(
    'a.local {\n kubernetes a.local {\n  manifests a\n }\n}\nb.local {\n kubernetes b.local {\n  manifests b\n }\n}\n',
  );
  assert.equal(await server.metric('signpost_manifests_broken'), 0);
  const broken = [
    { file: 'a/x.yaml', line: 7, message: 'bad indentation', held: true },
    { file: 'a/y.yaml', line: 0, message: 'permission denied', held: false },
  ];
  const [first, second] = bench.sources;
  first!.status = { ...first!.status, ready: false, broken };
  second!.status = { ...second!.status, broken: broken.slice(0, 1) };
  assert.equal(await server.metric('signpost_manifests_broken'), 3);
  const [check, other] = server.signpost.configuration!.offered(Readiness);
  assert.deepEqual([check!.ready(), other!.ready()], [false, true]);
  assert.deepEqual(check!.detail!().split('\n'), [
    'state: fresh',
    'manifests: 2 files, 1 namespaces, 1 services, 0 endpoint slices, 0 pods',
    'broken: a/x.yaml:7: bad indentation (what it held before still counts)',
    'broken: a/y.yaml: permission denied',
  ]);
  server.corefile = 'b.local {\n kubernetes b.local {\n  manifests b\n }\n}\n';
  await server.signpost.reload();
  assert.equal(await server.metric('signpost_manifests_broken'), 1);
});

test('what DNS cannot serve costs a line and a counter', async () => {
  const bench = new Bench();
  await using server = await bench.server('. {\n kubernetes cluster.local {\n  manifests a\n }\n}\n');
  bench.sources[0]!.options.writer.putNamespace('not a name');
  const lines = server.lines.filter((line) => line.startsWith('[WARNING] plugin/kubernetes: '));
  assert.deepEqual(lines, [
    '[WARNING] plugin/kubernetes: Namespace not a name: invalid name "not a name": left out',
  ]);
  assert.equal(await server.metric('signpost_kubernetes_faults_total{reason="invalid name"}'), 1);
});

const bound = [
  { title: 'without bind the interfaces’ addresses', addresses: undefined, expected: ['192.0.2.2'] },
  { title: 'with bind the bound ones', addresses: ['127.0.0.1', '192.0.2.9'], expected: ['192.0.2.9'] },
  { title: 'with a wildcard the interfaces’ addresses', addresses: ['0.0.0.0'], expected: ['192.0.2.2'] },
];
for (const { title, addresses, expected } of bound) {
  test(`the name server has ${title}`, async () => {
    const bench = new Bench();
    const bind = offering('bind', (controller) => {
      if (addresses !== undefined) controller.offer(ListenAddresses, addresses);
    });
    await using server = await bench.server(
      '. {\n bind x\n kubernetes cluster.local {\n  manifests a\n }\n}\n',
      bind,
    );
    assert.deepEqual(await lines(server, 'ns.dns.cluster.local.', 'A'), [
      'NOERROR',
      ...expected.map((address) => `ns.dns.cluster.local. 5 A ${address}`),
    ]);
  });
}

test('files are served, and followed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'signpost-kubernetes-'));
  const service = (address: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: prod }\nspec: { clusterIP: ${address} }\n`;
  writeFileSync(join(directory, 'web.yaml'), service('10.96.0.10'));
  const clock = new FakeClock();
  try {
    await using server = await startServer(
      `. {\n kubernetes cluster.local {\n  manifests ${directory}\n }\n}\n`,
      {
        clock,
        plugins: pluginMap(kubernetes),
      },
    );
    const answer = (address: string): string[] => ['NOERROR', `web.prod.svc.cluster.local. 5 A ${address}`];
    assert.deepEqual(await lines(server, 'web.prod.svc.cluster.local.', 'A'), answer('10.96.0.10'));
    writeFileSync(join(directory, 'next'), service('10.96.0.11'));
    renameSync(join(directory, 'next'), join(directory, 'web.yaml'));
    let now: string[];
    do {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
      now = await lines(server, 'web.prod.svc.cluster.local.', 'A');
    } while (now.at(-1) === answer('10.96.0.10').at(-1));
    assert.deepEqual(now, answer('10.96.0.11'));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
