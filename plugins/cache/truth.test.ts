import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Dependencies, MAXIMUM_DEPENDENCIES } from '../../src/truth/dependencies.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { cache } from './index.ts';

const soa = { name: 'example.', type: RecordType.SOA, class: 1, ttl: 30, data: new Uint8Array(22) };
const address = {
  name: 'web.example.',
  type: RecordType.A,
  class: 1,
  ttl: 30,
  data: Uint8Array.of(192, 0, 2, 1),
};

/** Local data: one name, which is there or not, with a version cell. */
class World {
  readonly clock = new FakeClock();
  cells!: VersionCells;
  cell: VersionCell = 0;
  exists = false;
  asked = 0;
  last: Query | undefined;
  /** Runs between reading the data and answering. */
  meanwhile: () => void | Promise<void> = () => undefined;
  /** How many more cells each answer reads. */
  moreCells = 0;

  readonly plugin = answering(
    'whoami',
    (query) => this.#answer(query),
    ({ cells }: Controller) => {
      this.cells = cells;
      this.cell = cells.allocate();
    },
  );

  start(lines: string): Promise<TestServer> {
    return startServer(`. {\n${lines}\nwhoami\n}`, {
      clock: this.clock,
      plugins: pluginMap(cache, this.plugin),
    });
  }

  set(exists: boolean): void {
    this.exists = exists;
    this.cells.bump(this.cell);
  }

  #answer(query: Query): Reply | Promise<Reply> {
    this.asked++;
    this.last = query;
    query.dependencies.read(this.cells, this.cell);
    for (let more = 0; more < this.moreCells; more++)
      query.dependencies.read(this.cells, this.cells.allocate());
    const reply = this.exists
      ? new Reply({ answer: [address] })
      : new Reply({ rcode: Rcode.NameError, authority: [soa] });
    const wait = this.meanwhile();
    return wait === undefined ? reply : wait.then(() => reply);
  }
}

async function rcodeOf(server: TestServer): Promise<number> {
  return (await server.ask('web.example', 'A'))!.rcode;
}

/** How many answers are kept, true or not. */
async function entries(server: TestServer): Promise<number> {
  const kinds = ['success', 'denial'];
  const counts = kinds.map((kind) =>
    server.metric(`coredns_cache_entries{server="dns://:53",type="${kind}",zones=".",view=""}`),
  );
  const [successes, denials] = await Promise.all(counts);
  return (successes ?? 0) + (denials ?? 0);
}

test('a name that appears is answered by the very next query, though its absence was cached', async () => {
  const world = new World();
  await using server = await world.start('cache 30');
  assert.deepEqual([await rcodeOf(server), await rcodeOf(server), world.asked], [3, 3, 1]);
  world.set(true);
  assert.deepEqual([await rcodeOf(server), await rcodeOf(server), world.asked], [0, 0, 2]);
  world.set(false);
  assert.deepEqual([await rcodeOf(server), await rcodeOf(server), world.asked], [3, 3, 3]);
});

for (const mode of ['immediate', 'verify']) {
  test(`serve_stale ${mode} never serves local data that has changed`, async () => {
    const world = new World();
    await using server = await world.start(`cache {\nserve_stale 1h ${mode}\n}`);
    world.exists = true;
    await rcodeOf(server);
    world.clock.advance(31_000);
    world.set(false);
    assert.equal(await rcodeOf(server), 3);
  });
}

test('serve_stale verify: data that changes while it is asked is not answered from', async () => {
  const world = new World();
  await using server = await world.start('cache {\nserve_stale 1h verify 300ms\n}');
  world.exists = true;
  await rcodeOf(server);
  world.clock.advance(31_000);
  const hanging = new Promise<void>(() => undefined);
  world.meanwhile = () => hanging;
  const reply = rcodeOf(server);
  world.meanwhile = () => undefined;
  world.set(false);
  world.clock.advance(300);
  assert.equal(await reply, 3);
});

test('an answer whose data changes on the way is sent, but not kept', async () => {
  const world = new World();
  await using server = await world.start('cache');
  world.meanwhile = () => {
    world.meanwhile = () => undefined;
    world.set(true);
  };
  assert.equal(await rcodeOf(server), 3);
  assert.equal(await entries(server), 0);
  assert.deepEqual([await rcodeOf(server), world.asked], [0, 2]);
  assert.equal(await entries(server), 1);
});

test('the same when the answer comes later', async () => {
  const world = new World();
  await using server = await world.start('cache');
  world.meanwhile = async () => {
    world.meanwhile = () => undefined;
    await Promise.resolve();
    world.set(true);
  };
  assert.equal(await rcodeOf(server), 3);
  assert.equal(await entries(server), 0);
  assert.deepEqual([await rcodeOf(server), world.asked], [0, 2]);
  assert.equal(await entries(server), 1);
});

for (const [moreCells, kept] of [
  [MAXIMUM_DEPENDENCIES - 1, true],
  [MAXIMUM_DEPENDENCIES, false],
] as const) {
  test(`an answer from ${moreCells + 1} things is ${kept ? '' : 'not '}kept`, async () => {
    const world = new World();
    await using server = await world.start('cache');
    world.moreCells = moreCells;
    await rcodeOf(server);
    await rcodeOf(server);
    assert.equal(world.asked, kept ? 1 : 2);
  });
}

test('who asks learns what the answer was made from, on a miss and on a hit', async () => {
  const world = new World();
  await using server = await world.start('cache');
  await rcodeOf(server);
  const { arrival } = world.last!;
  for (const name of ['other.example.', 'web.example.']) {
    const dependencies = new Dependencies();
    await arrival.resolve(world.last!.with({ name, originalName: name, dependencies }));
    assert.deepEqual(dependencies.cells, [world.cell], name);
    assert.deepEqual(dependencies.versions, [world.cells.version(world.cell)], name);
  }
  assert.equal(world.asked, 2);
});

test('what was read before the cache does not count for its entry', async () => {
  const world = new World();
  await using server = await world.start('cache');
  await rcodeOf(server);
  const { arrival } = world.last!;
  const other = world.cells.allocate();
  const dependencies = new Dependencies();
  dependencies.read(world.cells, other);
  await arrival.resolve(
    world.last!.with({ name: 'other.example.', originalName: 'other.example.', dependencies }),
  );
  world.cells.bump(other);
  await server.ask('other.example', 'A');
  assert.equal(world.asked, 2, 'still kept');
});
