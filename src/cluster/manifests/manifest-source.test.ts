import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { RecordingClusterWriter } from '../../../test/kit/recording-cluster-writer.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { createLogger } from '../../log/logger.ts';
import { VersionCells } from '../../truth/version-cells.ts';
import { ClusterStore } from '../cluster-store.ts';
import type { ClusterWriter } from '../cluster-writer.ts';
import { parseLabelSelector } from '../label-selector.ts';
import { ChangeApplier } from './change-applier.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { ManifestSource } from './manifest-source.ts';
import type { ManifestSourceOptions } from './manifest-source.ts';
import { WorkerThread } from './worker-thread.ts';

const service = (name: string, address = '10.0.0.1'): string =>
  `kind: Service\nmetadata: {name: ${name}, labels: {name: ${name}}}\nspec: {clusterIP: ${address}}\n`;

function sourceOn(
  context: TestContext,
  writer: ClusterWriter,
  path: string,
  more: Partial<ManifestSourceOptions> = {},
): { source: ManifestSource; clock: FakeClock; lines: string[] } {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = createLogger((line) => lines.push(line)).named('plugin/kubernetes');
  const source = new ManifestSource({ paths: [path], writer, log, clock, watchPods: false, ...more });
  context.after(() => source.close());
  return { source, clock, lines };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass until it is so. */
async function passUntil(clock: FakeClock, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    clock.advance(20);
    await turn();
  }
}

test('manifest source: reads, is fresh, and follows what changes', async (context) => {
  const folder = temporaryFolder(context, { 'a.yaml': service('a'), 'b.yaml': service('b') });
  const writer = new RecordingClusterWriter();
  const { source, clock, lines } = sourceOn(context, writer, folder.path);
  assert.equal(source.status.ready, false);
  await source.start();
  assert.deepEqual(writer.takeCalls(), [
    'setState syncing',
    'putNamespace default',
    'putService default/a',
    'putService default/b',
    'setState fresh',
  ]);
  assert.equal(source.status.ready, true);
  assert.deepEqual(source.status.objects, { namespaces: 1, services: 2, endpointSlices: 0, pods: 0 });

  folder.write('a.yaml', service('c'));
  await passUntil(clock, () => writer.services.has('default/c') && !writer.services.has('default/a'));

  folder.write('b.yaml', 'kind: Service\nmetadata: [\n');
  await passUntil(clock, () => source.status.broken.length > 0);
  assert.equal(source.status.ready, true, 'a good version is held');
  assert.ok(writer.services.has('default/b'));
  const file = join(folder.path, 'b.yaml');
  assert.deepEqual(
    source.status.broken.map((broken) => broken.file),
    [file],
  );
  assert.match(
    lines.join('\n'),
    /^\[WARNING\] plugin\/kubernetes: .*b\.yaml:\d: .*; its last good version stays$/,
  );

  folder.remove('b.yaml');
  await passUntil(clock, () => !writer.services.has('default/b'));
  assert.deepEqual(source.status.broken, []);
});

test('manifest source: is not ready while a file never parsed, but serves the others', async (context) => {
  const folder = temporaryFolder(context, { 'a.yaml': service('a'), 'b.yaml': '{' });
  const writer = new RecordingClusterWriter();
  const { source, clock } = sourceOn(context, writer, folder.path);
  await source.start();
  assert.deepEqual([source.status.ready, [...writer.services.keys()]], [false, ['default/a']]);
  folder.write('b.yaml', service('b'));
  await passUntil(clock, () => source.status.ready);
  assert.ok(writer.services.has('default/b'));
});

test('manifest source: a path where nothing is counts as read', async (context) => {
  const writer = new RecordingClusterWriter();
  const { source, lines } = sourceOn(context, writer, join(temporaryFolder(context).path, 'none'));
  await source.start();
  assert.equal(source.status.ready, true);
  assert.deepEqual(writer.calls, ['setState syncing', 'setState fresh']);
  assert.match(lines[0]!, /^\[WARNING\] plugin\/kubernetes: manifests .*none does not exist \(yet\)$/);
});

test('manifest source: fills the cluster store, as its selectors ask', async (context) => {
  const slice =
    'kind: EndpointSlice\nmetadata: {name: s, labels: {name: a, kubernetes.io/service-name: a}}\nendpoints: [{addresses: [10.1.0.1]}]\n';
  const folder = temporaryFolder(context, { 'a.yaml': `${service('a')}---\n${service('b')}---\n${slice}` });
  const store = new ClusterStore({ cells: new VersionCells(), clock: new FakeClock() });
  const { source } = sourceOn(context, store, folder.path, { labels: parseLabelSelector('name=a') });
  await source.start();
  assert.equal(store.state, 'fresh');
  assert.ok(store.namespaceExists('default'));
  assert.deepEqual([store.service('a.default')?.kind, store.service('b.default')], ['cluster', undefined]);
  assert.deepEqual(
    store.service('a.default')?.slices.map(({ count }) => count),
    [1],
  );
});

test('manifest source: nothing is put after close, and closing twice is harmless', async (context) => {
  const folder = temporaryFolder(context, { 'a.yaml': service('a') });
  const writer = new RecordingClusterWriter();
  const { source, clock } = sourceOn(context, writer, folder.path);
  const started = source.start();
  await source.close();
  await started;
  await source.close();
  assert.equal(clock.pending, 0);
  assert.deepEqual(writer.calls, ['setState syncing']);
});

test('manifest source: the system tells of changes in directories', async (context) => {
  const folder = temporaryFolder(context, { 'a.yaml': '' });
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = new DirectoryWatch([folder.path], resolve);
  context.after(() => watch.close());
  watch.follow(
    new Map([
      [folder.path, '1'],
      [join(folder.path, 'none'), '2'],
    ]),
  );
  folder.write('a.yaml', service('a'));
  await promise;
});

test('manifest source: a worker that is lost is replaced, after ever longer', async (context) => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const events: string[] = [];
  let happened = Promise.withResolvers<void>();
  const bad = {
    paths: [],
    labels: '=',
    namespaceLabels: undefined,
    serviceCidrs: [],
    watchPods: false,
    watchClusterSet: false,
  };
  const thread = new WorkerThread(
    bad,
    clock,
    createLogger((line) => lines.push(line)),
    {
      message: () => {},
      lost: () => {
        events.push('lost');
        happened.resolve();
      },
      restarted: () => events.push('restarted'),
    },
  );
  context.after(() => thread.close());
  thread.start();
  await happened.promise;
  assert.equal(thread.post({ type: 'applied' }), false);
  happened = Promise.withResolvers<void>();
  clock.advance(1000);
  await happened.promise;
  assert.deepEqual(events, ['lost', 'restarted', 'lost']);
  assert.match(
    lines[0]!,
    /^\[ERROR\] the thread that reads manifests is lost \(.*\); starting another in 1000 ms$/,
  );
  assert.match(lines[1]!, /in 2000 ms$/);
});

const restarts: readonly [title: string, complete: boolean, expected: string[]][] = [
  ['what another worker does not find goes', true, ['default/b']],
  ['while a file is broken, all stays', false, ['default/a', 'default/b']],
];
for (const [title, complete, expected] of restarts) {
  test(`manifest source: ${title}`, async () => {
    const writer = new RecordingClusterWriter();
    const applier = new ChangeApplier(writer, new FakeClock());
    const put = (name: string): string => `S${JSON.stringify({ namespace: 'default', name })}`;
    applier.apply([put('a'), put('b')], () => {});
    await new Promise<void>((resolve) => applier.afterwards(resolve));
    applier.beginRestart();
    applier.apply([put('b')], () => {});
    await new Promise<void>((resolve) => applier.afterwards(resolve));
    applier.finishRestart(complete);
    assert.deepEqual([...writer.services.keys()], expected);
  });
}

test('manifest source: changes are applied a little at a time', async () => {
  const clock = new FakeClock();
  const writer = new RecordingClusterWriter();
  const slow: ClusterWriter = Object.assign(Object.create(writer) as ClusterWriter, {
    putNamespace(name: string) {
      clock.advance(1);
      writer.putNamespace(name);
    },
  });
  const applier = new ChangeApplier(slow, clock);
  const names = Array.from({ length: 7 }, (_, index) => `N${JSON.stringify(`n${index}`)}`);
  const batches: number[] = [];
  const end = new Promise<void>((resolve) => {
    applier.apply(names, () => {});
    applier.afterwards(resolve);
  });
  for (let before = 0; writer.namespaces.size < 7; before = writer.namespaces.size) {
    await turn();
    batches.push(writer.namespaces.size - before);
  }
  await end;
  assert.ok(Math.max(...batches) === 2, String(batches));
});
