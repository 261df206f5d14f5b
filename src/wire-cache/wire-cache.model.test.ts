import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { seededRandom } from '../plugin/random.ts';
import { addressReply, packetFor, Tally, TestWorld } from './test-world.ts';

const NAMES = Array.from({ length: 8 }, (_, index) => `${'n'.repeat(1 + (index % 5))}${index}.example.`);
const CELLS = 4;

/** What the cache ought to know about a name. */
interface Known {
  readonly address: readonly number[];
  readonly read: ReadonlyMap<number, number>;
  readonly configuration: number;
  readonly since: number | undefined;
  readonly counter: Tally;
}

type Step =
  | {
      readonly kind: 'learn' | 'learn late';
      readonly name: number;
      readonly read: readonly number[];
      readonly runs: boolean;
    }
  | { readonly kind: 'ask'; readonly name: number }
  | { readonly kind: 'bump'; readonly cell: number }
  | { readonly kind: 'reload' | 'clear' }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const name = fc.nat(NAMES.length - 1);
const read = fc.uniqueArray(fc.nat(CELLS - 1), { maxLength: 3 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constantFrom('learn', 'learn late'), name, read, runs: fc.boolean() }),
    },
    { weight: 30, arbitrary: fc.record({ kind: fc.constant('ask'), name }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('bump'), cell: fc.nat(CELLS - 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reload', 'clear') }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait'), milliseconds: fc.nat(6000) }) },
  ),
  { minLength: 60, maxLength: 200, size: 'max' },
);

/** A cache beside a Map that keeps everything and checks everything anew. */
class Comparison {
  readonly world: TestWorld;
  readonly cells: readonly number[];
  readonly model = new Map<string, Known>();
  readonly tallies: { readonly counter: Tally; expected: number }[] = [];
  hits = 0;
  #addresses = 0;

  constructor(entries: number, bytes: number, bad: boolean) {
    this.world = new TestWorld({ entries, bytes }, bad ? { below: () => 0 } : seededRandom(7));
    this.cells = Array.from({ length: CELLS }, () => this.world.cells.allocate());
  }

  run(step: Step): void {
    const { world } = this;
    switch (step.kind) {
      case 'ask':
        return this.ask(NAMES[step.name]!);
      case 'bump':
        return world.cells.bump(this.cells[step.cell]!);
      case 'reload':
        world.cells.bump(world.configuration.cell);
        (world.configuration as { version: number }).version++;
        return;
      case 'clear':
        this.model.clear();
        return world.cache.clear();
      case 'wait':
        world.now += step.milliseconds;
        return;
      case 'learn':
      case 'learn late':
        return this.learn(NAMES[step.name]!, step.read, step.runs, step.kind === 'learn late');
    }
  }

  /** @param late something changes between the making of the answer and its arrival */
  learn(text: string, readCells: readonly number[], runs: boolean, late: boolean): void {
    const { world } = this;
    const address = [10, 0, this.#addresses >> 8, this.#addresses++ & 255];
    const counter = new Tally();
    const since = runs ? world.now - 400 : undefined;
    const running = since === undefined ? undefined : { since, elapsed: 0 };
    const given = world.give(
      packetFor(text),
      addressReply(text, [address], { running, counter }),
      (dependencies) => {
        for (const index of readCells) dependencies.read(world.cells, this.cells[index]!);
      },
    );
    const answer = world.judge(given);
    assert.ok(typeof answer !== 'string');
    const versions = new Map(readCells.map((index) => [index, world.cells.version(this.cells[index]!)]));
    if (late && readCells.length > 0) world.cells.bump(this.cells[readCells[0]!]!);
    world.slots.collect();
    world.deliver(answer);
    const configuration = world.configuration.version;
    this.model.set(text, { address, read: versions, configuration, since, counter });
    this.tallies.push({ counter, expected: 0 });
  }

  ask(text: string): void {
    const { world } = this;
    const got = world.ask(packetFor(text));
    const known = this.model.get(text);
    if (known === undefined || !this.isTrue(known))
      return assert.equal(got, undefined, `${text} is not known`);
    // What was evicted may be missing; what is there is right.
    if (got === undefined) return;
    this.hits++;
    this.tallies.find(({ counter }) => counter === known.counter)!.expected++;
    const reply = addressReply(text, [known.address]);
    const elapsed = known.since === undefined ? 0 : Math.floor((world.now - known.since) / 1000);
    const answer = reply.answer.map((record) => ({ ...record, ttl: record.ttl - elapsed }));
    assert.deepEqual(got, world.give(packetFor(text), reply.with({ answer })).bytes);
  }

  isTrue(known: Known): boolean {
    const { world } = this;
    if (known.configuration !== world.configuration.version) return false;
    if (known.since !== undefined && world.now >= known.since + 30_000) return false;
    return [...known.read].every(([index, version]) => world.cells.version(this.cells[index]!) === version);
  }
}

const sizes = [
  { title: 'with room for all', entries: 64, bytes: 1 << 16, bad: false },
  { title: 'with room for all, all hashes being the same', entries: 64, bytes: 1 << 16, bad: true },
  { title: 'with room for five entries', entries: 5, bytes: 1 << 16, bad: false },
  { title: 'with room for some 1,600 bytes', entries: 64, bytes: 1600, bad: false },
];
for (const { title, entries, bytes, bad } of sizes) {
  test(`a cache ${title} gives what a Map with every check would, and counts it`, () => {
    let hits = 0;
    fc.assert(
      fc.property(steps, (sequence) => {
        const comparison = new Comparison(entries, bytes, bad);
        const { world, tallies } = comparison;
        for (const step of sequence) {
          comparison.run(step);
          assert.ok(world.cache.size <= entries);
          assert.ok(world.cache.bytes <= bytes);
        }
        if (entries === 64 && bytes > 1600) {
          for (const text of NAMES) {
            const known = comparison.model.get(text);
            const isKnown = known !== undefined && comparison.isTrue(known);
            assert.equal(world.ask(packetFor(text)) !== undefined, isKnown, `${text} is there`);
            if (isKnown) tallies.find(({ counter }) => counter === known.counter)!.expected++;
          }
        }
        world.cache.clear();
        world.slots.collect();
        assert.equal(world.slots.size, 0, 'all slots come back');
        for (const { counter, expected } of tallies) assert.equal(counter.hits, expected);
        hits += comparison.hits;
      }),
      { numRuns: 150 },
    );
    assert.ok(hits > 2000, `${hits} hits are too few to say anything`);
  });
}
