import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../plugin/random.ts';
import { Statistic } from './counter-memory.ts';
import { packetFor, TestWorld } from './test-world.ts';

const HOT = Array.from({ length: 50 }, (_, index) => `service-${index}.prod.svc.cluster.local.`);

/** Asks as a client does: what is missing is learned when the worker wants that. Returns whether it was a hit. */
function ask(world: TestWorld, name: string): boolean {
  const packet = packetFor(name);
  if (world.ask(packet) !== undefined) return true;
  if (world.isWorthLearning(packet)) world.teachAddress(name);
  return false;
}

/** The name with each letter's case drawn. */
function randomCase(name: string, random: ReturnType<typeof seededRandom>): string {
  return Array.from(name, (letter) => (random.below(2) === 0 ? letter : letter.toUpperCase())).join('');
}

test('a query is learned the second time that it is asked', () => {
  const world = new TestWorld();
  assert.deepEqual(
    [1, 2, 3].map(() => ask(world, 'a.example.')),
    [false, false, true],
  );
});

test('what was known and is no longer true is learned again at once', () => {
  const world = new TestWorld({ entries: 16 });
  ask(world, 'a.example.');
  ask(world, 'a.example.');
  // Forgotten by the doorkeeper, for its table is small.
  for (let count = 0; count < 20_000; count++) world.isWorthLearning(packetFor(`n${count}.example.`));
  world.cells.bump(world.configuration.cell);
  (world.configuration as { version: number }).version++;
  assert.deepEqual(
    [1, 2].map(() => ask(world, 'a.example.')),
    [false, true],
  );
});

test('what is not plain is never wanted', () => {
  const world = new TestWorld();
  const packet = packetFor('a.example.', { edns: { options: Buffer.from('000a0000', 'hex') } });
  assert.deepEqual(
    [1, 2].map(() => world.isWorthLearning(packet)),
    [false, false],
  );
});

const floods = [
  { title: 'random subdomains', name: (count: number) => `x${count}.prod.svc.cluster.local.`, times: 1 },
  { title: 'random letter case', name: undefined, times: 1 },
  {
    title: 'random subdomains that are asked twice',
    name: (count: number) => `x${count}.example.`,
    times: 2,
  },
];
for (const { title, name, times } of floods) {
  test(`a flood of ${title} does not push out what is hot`, () => {
    const world = new TestWorld({ entries: 128, bytes: 1 << 15 });
    const random = seededRandom(11);
    for (const hot of HOT) for (let count = 0; count < 2; count++) ask(world, hot);
    let hits = 0;
    let asked = 0;
    for (let count = 0; count < 20_000; count++) {
      const flood = name?.(count) ?? randomCase('web-frontend.production.svc.cluster.local.', random);
      for (let time = 0; time < times; time++) ask(world, flood);
      // One query in twenty is for something hot.
      if (count % 20 !== 0) continue;
      asked++;
      if (ask(world, HOT[random.below(HOT.length)]!)) hits++;
    }
    assert.ok(hits / asked > 0.97, `only ${hits} of ${asked} were hits`);
    assert.ok(world.cache.size <= 128 && world.cache.bytes <= 1 << 15);
  });
}

test('what is used stays, also among much that is asked a few times only', () => {
  const world = new TestWorld({ entries: 100 });
  const hot = HOT.slice(0, 20);
  for (const name of hot)
    for (let count = 0; count < 3; count++) if (!ask(world, name)) world.teachAddress(name);
  for (let count = 0; count < 2000; count++) {
    world.teachAddress(`twice-${count}.example.`);
    world.ask(packetFor(`twice-${count}.example.`));
    assert.ok(world.ask(packetFor(hot[count % hot.length]!)) !== undefined, `after ${count}`);
  }
  assert.equal(world.cache.size, 100);
});

test('what nobody asks for any more goes, though it was hot', () => {
  const world = new TestWorld({ entries: 100 });
  for (const hot of HOT) world.teachAddress(hot);
  for (const hot of HOT) world.ask(packetFor(hot));
  for (let count = 0; count < 300; count++) {
    world.teachAddress(`new-${count}.example.`);
    world.ask(packetFor(`new-${count}.example.`));
  }
  assert.ok(HOT.every((hot) => world.ask(packetFor(hot)) === undefined));
});

test('where every entry was used lately, making room takes a bounded number of steps and evicts one', () => {
  const world = new TestWorld({ entries: 1000 });
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}.example.`);
  for (const name of names) world.teachAddress(name);
  for (const name of names) world.ask(packetFor(name));
  world.teachAddress('one-more.example.');
  assert.equal(world.cache.size, 1000);
  assert.equal(world.counters.statistics[Statistic.Evicted], 1);
  assert.notEqual(world.ask(packetFor('one-more.example.')), undefined);
  // Not all were looked at: it is one of the first 200, though all were used alike.
  const evicted = names.findIndex((name) => world.ask(packetFor(name)) === undefined);
  assert.ok(evicted >= 0 && evicted < 200, `n${evicted} was evicted`);
});

test('entries that die all the time do not push out those that live', () => {
  const world = new TestWorld({ entries: 4096, bytes: 1 << 20 });
  for (const hot of HOT) world.teachAddress(hot);
  for (let count = 0; count < 20_000; count++) {
    const cell = world.cells.allocate();
    world.teachAddress('churning.example.', cell);
    world.cells.release(cell);
  }
  assert.equal(world.counters.statistics[Statistic.Evicted], 0);
  assert.ok(HOT.every((hot) => world.ask(packetFor(hot)) !== undefined));
});

test('what fits is kept when it is learned anew again and again, also if nobody asks meanwhile', () => {
  const world = new TestWorld({ entries: 4096, bytes: 1 << 20 });
  const names = Array.from({ length: 1500 }, (_, index) => `service-${index}.prod.svc.cluster.local.`);
  // These lie between the others, which die and come again.
  const others = HOT.map((name) => `other-${name}`);
  for (const name of others) world.teachAddress(name);
  for (let round = 0; round < 6; round++) for (const name of names) world.teachAddress(name);
  assert.equal(world.counters.statistics[Statistic.Evicted], 0);
  assert.ok([...others, ...names].every((name) => world.ask(packetFor(name)) !== undefined));
});
