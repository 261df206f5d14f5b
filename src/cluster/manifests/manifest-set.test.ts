import assert from 'node:assert/strict';
import { renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManifestHarness } from '../../../test/kit/manifest-harness.ts';

function service(name: string, address = '10.0.0.1'): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  clusterIP: ${address}
`;
}

const documents = (...texts: string[]): string => texts.join('---\n');

test('manifests: the files of a directory, and what are none', async (context) => {
  const harness = new ManifestHarness(context, {
    'b.yaml': service('b'),
    'a.yml': service('a'),
    'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' } }),
    '.hidden.yaml': service('hidden'),
    'notes.txt': service('notes'),
    'folder.yaml/d.yaml': service('d'),
  });
  const report = await harness.look();
  assert.deepEqual([...harness.writer.services.keys()], ['shop/a', 'shop/b', 'default/c']);
  assert.equal(report?.files, 3);
  assert.deepEqual(harness.takeWarnings(), []);
});

test('manifests: a path may be a file, and twice the same file is one', async (context) => {
  const harness = new ManifestHarness(
    context,
    { 'x.yaml': service('x') },
    { paths: ['x.yaml', '', 'x.yaml'] },
  );
  const report = await harness.look();
  assert.deepEqual([report?.files, report?.objects.services], [1, 1]);
  assert.deepEqual(harness.takeWarnings(), []);
});

test('manifests: only the changed document is parsed again, and only its object is put', async (context) => {
  const harness = new ManifestHarness(context, {
    'x.yaml': documents(service('a'), service('b'), service('c')),
  });
  assert.equal((await harness.look())?.parsed, 3);
  harness.writer.takeCalls();
  harness.folder.write('x.yaml', documents('# new\n', service('a'), service('b', '10.0.0.2'), service('c')));
  assert.equal((await harness.look())?.parsed, 1);
  assert.deepEqual(harness.writer.takeCalls(), ['putService shop/b']);
});

test('manifests: a new time on the same content does nothing', async (context) => {
  const harness = new ManifestHarness(context, { 'x.yaml': service('a') });
  await harness.look();
  harness.writer.takeCalls();
  utimesSync(join(harness.folder.path, 'x.yaml'), 1_000_000_000, 1_000_000_000);
  assert.equal((await harness.look())?.parsed, 0);
  assert.deepEqual(harness.writer.takeCalls(), []);
  assert.equal(await harness.look(), undefined);
});

test('manifests: a file that does not parse keeps what it held until it is mended', async (context) => {
  const harness = new ManifestHarness(context, { 'x.yaml': service('a'), 'y.yaml': service('b') });
  await harness.look();
  harness.writer.takeCalls();
  harness.folder.write('x.yaml', documents(service('new'), 'kind: Service\nmetadata: {name: "a\n'));
  const broken = (await harness.look())?.broken;
  assert.deepEqual(
    broken?.map(({ line, held }) => ({ line, held })),
    [{ line: 11, held: true }],
  );
  assert.deepEqual(harness.writer.takeCalls(), []);
  const [warning, ...others] = harness.takeWarnings();
  assert.match(warning!, /^x\.yaml:11: .*; its last good version stays$/);
  assert.deepEqual(others, []);
  await harness.look();
  utimesSync(join(harness.folder.path, 'x.yaml'), 1_000_000_000, 1_000_000_000);
  await harness.look();
  assert.deepEqual(harness.takeWarnings(), [], 'logged once a change');
  harness.folder.write('x.yaml', service('new'));
  assert.deepEqual((await harness.look())?.broken, []);
  assert.deepEqual(harness.writer.takeCalls(), ['putService shop/new', 'removeService shop/a']);
});

test('manifests: of a file that never parsed nothing is taken; the others serve', async (context) => {
  const harness = new ManifestHarness(context, {
    'x.yaml': `${service('a')}  bad: [\n`,
    'y.yaml': service('b'),
  });
  const report = await harness.look();
  assert.deepEqual(
    report?.broken.map(({ held }) => held),
    [false],
  );
  assert.deepEqual([...harness.writer.services.keys()], ['shop/b']);
  assert.match(harness.takeWarnings()[0]!, /^x\.yaml:\d+: .*; nothing of it is taken$/);
});

const badObjects: readonly [title: string, text: string, warning: string][] = [
  ['no name', 'kind: Service\nmetadata: {namespace: shop}\n', 'Service without metadata.name'],
  ['no kind', 'metadata: {name: a}\n', 'an object without kind'],
  ['no map', '- a\n', 'a Kubernetes object is a map with apiVersion, kind and metadata'],
  [
    'upper case',
    'kind: Service\nmetadata: {name: Web}\n',
    "Service default/Web: metadata.name 'Web' is not a valid name (at most 63 lower-case letters, digits and -)",
  ],
  ['a bad address', service('a', '10.0.0'), "Service shop/a: spec.clusterIP '10.0.0' is not an IP address"],
  [
    'a bad port',
    `${service('a')}  ports: [{port: 70000}]\n`,
    'Service shop/a: port 70000 is not a port number (0 to 65535)',
  ],
  [
    'a bad type',
    `${service('a')}  type: Cluster\n`,
    "Service shop/a: spec.type 'Cluster' is none of ClusterIP, NodePort, LoadBalancer, ExternalName",
  ],
  ['a list that is none', `${service('a')}  ports: {port: 1}\n`, 'Service shop/a: ports is not a list'],
  [
    'a family that is none',
    `${service('a')}  ipFamilies: [IPv5]\n`,
    "Service shop/a: spec.ipFamilies 'IPv5' is neither IPv4 nor IPv6",
  ],
  [
    'an endpoint without address',
    'kind: EndpointSlice\nmetadata: {name: s}\nendpoints: [{addresses: [x]}]\n',
    "EndpointSlice default/s: endpoint address 'x' is not an IP address",
  ],
];
for (const [title, text, warning] of badObjects) {
  test(`manifests: a bad object is left out, with file and line: ${title}`, async (context) => {
    const harness = new ManifestHarness(context, { 'x.yaml': documents(service('good'), `# bad\n${text}`) });
    const report = await harness.look();
    assert.deepEqual([...harness.writer.services.keys()], ['shop/good']);
    assert.deepEqual(harness.takeWarnings(), [`x.yaml:10: ${warning}; the object is left out`]);
    assert.deepEqual(report?.broken, []);
  });
}

test('manifests: of the same object in two files the last in path order counts', async (context) => {
  const harness = new ManifestHarness(context, {
    'a.yaml': service('web', '10.0.0.1'),
    'b.yaml': `\n${service('web', '10.0.0.2')}`,
  });
  const address = (): string | undefined => harness.writer.services.get('shop/web')?.clusterIPs[0];
  await harness.look();
  assert.equal(address(), '10.0.0.2');
  const warning = 'b.yaml:2: Service shop/web stands in a.yaml:1 too; the one in b.yaml counts';
  assert.deepEqual(harness.takeWarnings(), [warning]);
  harness.folder.write('c.yaml', service('other'));
  harness.folder.write('b.yaml', `# moved\n\n${service('web', '10.0.0.2')}`);
  await harness.look();
  assert.deepEqual(harness.takeWarnings(), [], 'warned once');
  harness.folder.remove('b.yaml');
  await harness.look();
  assert.equal(address(), '10.0.0.1');
  harness.folder.write('b.yaml', service('web', '10.0.0.3'));
  await harness.look();
  assert.equal(address(), '10.0.0.3');
});

test('manifests: a path that is missing or empty is warned of once, and taken up when it comes', async (context) => {
  const harness = new ManifestHarness(
    context,
    { 'empty/notes.txt': '' },
    { paths: ['missing.yaml', 'empty', 'no/dir'] },
  );
  const report = await harness.look();
  assert.deepEqual([report?.files, report?.broken], [0, []]);
  assert.deepEqual(harness.takeWarnings(), [
    'manifests missing.yaml does not exist (yet)',
    'manifests empty holds no *.yaml, *.yml or *.json files (yet)',
    'manifests no/dir does not exist (yet)',
  ]);
  assert.equal(await harness.look(), undefined);
  for (const name of ['missing.yaml', 'empty/a.yaml', 'no/dir/a.yaml']) {
    harness.folder.write(name, service(name.replaceAll(/\W/g, '-')));
  }
  await harness.look();
  assert.equal(harness.writer.services.size, 3);
  assert.deepEqual(harness.takeWarnings(), []);
});

test('manifests: a mounted ConfigMap, swapped by its symbolic link', async (context) => {
  const harness = new ManifestHarness(
    context,
    {
      'mount/..2026_1/x.yaml': service('old'),
      'mount/..2026_2/x.yaml': service('new'),
    },
    { paths: ['mount'] },
  );
  const mount = join(harness.folder.path, 'mount');
  symlinkSync('..2026_1', join(mount, '..data'));
  symlinkSync('..data/x.yaml', join(mount, 'x.yaml'));
  await harness.look();
  assert.deepEqual([...harness.writer.services.keys()], ['shop/old']);
  symlinkSync('..2026_2', join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  await harness.look();
  assert.deepEqual([...harness.writer.services.keys()], ['shop/new']);
});

test('manifests: a file that is being written is read when it has come to rest', async (context) => {
  const harness = new ManifestHarness(context, { 'x.yaml': documents(service('a'), service('b')) });
  await harness.look();
  harness.folder.write('x.yaml', service('a'));
  assert.deepEqual(harness.lookOnce(), { changes: [], unsettled: true, report: undefined });
  harness.folder.write('x.yaml', documents(service('a'), service('b'), service('c')));
  assert.equal(harness.lookOnce().unsettled, true);
  assert.equal(harness.lookOnce(1).unsettled, true);
  const { changes, unsettled } = harness.lookOnce();
  assert.equal(unsettled, false);
  assert.equal(changes.length, 1);
  assert.match(changes[0]!, /^S\{.*"name":"c"/);
});

test('manifests: an editor that saves by renaming makes nothing go in between', async (context) => {
  const harness = new ManifestHarness(context, { 'x.yaml': service('a') });
  await harness.look();
  harness.writer.takeCalls();
  harness.folder.remove('x.yaml');
  assert.equal(harness.lookOnce().unsettled, true);
  harness.folder.write('.x.yaml.swp', documents(service('a'), service('b')));
  renameSync(join(harness.folder.path, '.x.yaml.swp'), join(harness.folder.path, 'x.yaml'));
  await harness.look();
  assert.deepEqual(harness.writer.takeCalls(), ['putService shop/b']);
  harness.folder.remove('x.yaml');
  const report = await harness.look();
  assert.equal(report?.files, 0);
  assert.deepEqual(harness.writer.takeCalls(), [
    'removeService shop/b',
    'removeService shop/a',
    'removeNamespace shop',
  ]);
});

test('manifests: many warnings at once are cut short', async (context) => {
  const text = Array.from({ length: 30 }, (_, index) => service(`s${index}`)).join('---\n');
  const harness = new ManifestHarness(context, { 'x.yaml': text, 'y.yaml': text });
  await harness.look();
  const warnings = harness.takeWarnings();
  assert.equal(warnings.length, 21);
  assert.equal(warnings[20], 'manifests: and 10 more warnings like these');
});
