import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../../../test/kit/until.ts';
import { TestSnapshot } from './test-snapshot.ts';

test('what is written at the end is there at the next start, as stale', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  before.snapshot.identified('uid-1');
  await before.snapshot.close();
  assert.deepEqual(before.events, ['written']);
  const after = new TestSnapshot(context, before.folder);
  after.clock.advance(60_000);
  assert.equal(await after.snapshot.load(), true);
  assert.deepEqual(after.held, ['from snapshot, stale: web', 'from snapshot, stale: shared']);
  assert.deepEqual(after.stores[0].inventory.counts(), before.stores[0].inventory.counts());
  assert.equal(after.snapshot.servedFrom, Date.UTC(2026, 0, 1));
  assert.equal(after.snapshot.age, 60);
  assert.deepEqual(after.lines, [
    `[WARNING] the API server is silent: answering from snapshot ${after.path}, which is 60 s old`,
  ]);
  after.synced();
  assert.equal(after.snapshot.servedFrom, undefined);
});

test('the file is ours alone, and the only one', async (context) => {
  const { snapshot, path, folder } = new TestSnapshot(context).fill().synced();
  folder.write('cluster.snapshot.tmp', 'left over from a loss of power');
  await snapshot.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder.path), ['cluster.snapshot']);
});

test('it is written soon after all is known, and then every few minutes if something changed', async (context) => {
  const world = new TestSnapshot(context).fill();
  const { clock, events, snapshot, stores } = world;
  const written = (times: number) => until(() => events.length === times);
  snapshot.start();
  clock.advance(60_000);
  assert.deepEqual(events, [], 'not while it is syncing');
  world.synced();
  clock.advance(15_000);
  await written(1);
  clock.advance(30 * 60_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(events.length, 1, 'nothing changed');
  stores[0].putNamespace('more');
  clock.advance(6 * 60_000);
  await written(2);
  assert.match(world.text, /\["namespace","more"\]/);
  stores[1].removeService('shop', 'shared');
  clock.advance(6 * 60_000);
  await written(3);
  assert.doesNotMatch(world.text, /shared/);
});

test('at the end the time is written anew; that of a store whose source is silent is when it was last heard', async (context) => {
  const world = new TestSnapshot(context).fill().synced();
  world.clock.advance(100_000);
  world.stores[0].setState('stale');
  world.sources[0].age = 40;
  await world.snapshot.close();
  assert.match(world.text, /"time":"2026-01-01T00:01:00.000Z"/);
});

test('what came from a snapshot is not written as if it were news', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder);
  after.snapshot.start();
  await after.snapshot.load();
  after.clock.advance(20 * 60_000);
  await after.snapshot.close();
  assert.deepEqual(after.events, []);
});

test('a store that is not known yet is left out, and left alone when the others are loaded', async (context) => {
  const before = new TestSnapshot(context).fill();
  before.stores[0].setState('fresh');
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder);
  await after.snapshot.load();
  assert.deepEqual(after.held, ['from snapshot, stale: web', 'syncing: ']);
});

test('what the API server has told is not replaced, and kinds that it has told all of are left alone', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder);
  const [cluster] = after.stores;
  const news = { type: 'ExternalName', clusterIPs: [], ports: [], externalAddresses: [] };
  cluster.putService({ ...news, namespace: 'shop', name: 'web', externalName: 'news.example' });
  after.sources[0].seen.add('pod');
  await after.snapshot.load();
  assert.equal(cluster.service('web.shop')?.externalName, 'news.example');
  assert.deepEqual(cluster.inventory.counts(), {
    namespace: 1,
    service: 1,
    endpointslice: 1,
    endpoint: 1,
    pod: 0,
  });
});

test('once all was told, a load that is still under way changes no state', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder);
  const loading = after.snapshot.load();
  after.synced();
  await loading;
  assert.deepEqual(
    after.stores.map(({ state }) => state),
    ['fresh', 'fresh'],
  );
});

const foreign: readonly [title: string, change: (world: TestSnapshot) => void, reason: RegExp][] = [
  [
    'another authority',
    (world) => (world.cluster = 'https://10.96.0.1/ sha256:2'),
    /of another cluster \(https:.*1, here https:.*2\)/,
  ],
  ['another address', (world) => (world.cluster = 'https://10.97.0.1/ sha256:1'), /of another cluster/],
  ['a UID that is known already', (world) => world.snapshot.identified('uid-2'), /UID uid-1, here uid-2/],
];
for (const [title, change, reason] of foreign) {
  test(`a snapshot of another cluster is ignored: ${title}`, async (context) => {
    const before = new TestSnapshot(context).fill().synced();
    before.snapshot.identified('uid-1');
    await before.snapshot.close();
    const after = new TestSnapshot(context, before.folder);
    change(after);
    assert.equal(await after.snapshot.load(), false);
    assert.deepEqual(after.held, ['syncing: ', 'syncing: ']);
    assert.match(after.lines[0]!, /^\[WARNING\] snapshot .*cluster\.snapshot is ignored: /);
    assert.match(after.lines[0]!, reason);
    assert.deepEqual(after.events, ['read failed']);
  });
}

test('so is one of other objects of the same cluster', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder, 'labels=a');
  assert.equal(await after.snapshot.load(), false);
  assert.match(after.lines[0]!, /holds other objects than are wanted/);
});

test('a UID that is heard later takes everything of another cluster away at once', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  before.snapshot.identified('uid-1');
  await before.snapshot.close();
  const after = new TestSnapshot(context, before.folder);
  await after.snapshot.load();
  after.snapshot.identified('uid-1');
  assert.deepEqual([after.sources[0].dropped, after.lines.length], [0, 1]);
  after.snapshot.identified('uid-2');
  assert.deepEqual(
    after.sources.map(({ dropped }) => dropped),
    [1, 1],
  );
  assert.match(after.lines[1]!, /is of another cluster \(UID uid-1, here uid-2\): what it gave is dropped/);
  assert.equal(after.snapshot.servedFrom, undefined);
});

test('that there is none yet is no fault', async (context) => {
  const world = new TestSnapshot(context);
  assert.equal(await world.snapshot.load(), false);
  assert.deepEqual([world.lines, world.events], [[`[INFO] snapshot ${world.path}: there is none yet`], []]);
});

test('a folder that cannot be written to is told once, and tried again', async (context) => {
  const world = new TestSnapshot(context).fill().synced();
  mkdirSync(world.path);
  world.snapshot.start();
  for (const times of [1, 2]) {
    world.clock.advance(6 * 60_000);
    await until(() => world.events.length === times);
  }
  assert.deepEqual(world.events, ['write failed', 'write failed']);
  assert.equal(world.lines.length, 1);
  assert.match(world.lines[0]!, /^\[WARNING\] snapshot .* could not be written: E/);
  assert.deepEqual(readdirSync(world.folder.path), ['cluster.snapshot']);
});

test('the last write is given up after three seconds', async (context) => {
  const world = new TestSnapshot(context).fill().synced();
  const closing = world.snapshot.close();
  world.clock.advance(3000);
  await closing;
  await until(() => world.events.length === 1);
  assert.deepEqual(world.events, ['write failed']);
  assert.deepEqual(readdirSync(world.folder.path), []);
});
