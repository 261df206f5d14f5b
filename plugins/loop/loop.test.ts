import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { LoopDetection } from '../../src/plugin/capability.ts';
import type { LoopWatch, ProbedUpstream } from '../../src/plugin/capability.ts';
import { Dependencies } from '../../src/truth/dependencies.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { loop } from './index.ts';
import { setup } from './setup.ts';

/** A server whose `forward` has upstreams that a test controls. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly exits: number[] = [];
  readonly upstreams: TestUpstream[] = [];
  server!: TestServer;
  #watch: ((upstream: ProbedUpstream) => LoopWatch) | undefined;

  /** @param zones one upstream for each */
  async start(line = 'loop', zones: readonly string[] = ['.']): Promise<this> {
    const withoutExit = {
      ...loop,
      setup: (options: { fatal: boolean }, controller: Parameters<typeof setup>[1]) =>
        setup(options, controller, (code) => void this.exits.push(code)),
    };
    const forward = answering(
      'forward',
      () => new Reply({ source: 'forward' }),
      (controller) => {
        const detection = controller.ask(LoopDetection)!;
        this.#watch = (upstream) => detection.watch(upstream);
        for (const zone of zones) this.add(zone);
      },
    );
    const plugins = pluginMap(withoutExit, forward);
    this.server = await startServer(`.:53 {\n${line}\nforward\n}`, { plugins, clock: this.clock });
    return this;
  }

  add(zone = '.'): TestUpstream {
    const upstream = new TestUpstream(this, `127.0.0.${this.upstreams.length + 1}`, zone);
    this.upstreams.push(upstream);
    upstream.watch = this.#watch!(upstream);
    upstream.watch.follow(() => upstream.changes++);
    return upstream;
  }

  /** The first one. */
  get upstream(): TestUpstream {
    return this.upstreams[0]!;
  }

  /** Lets time pass, and probes come to their end. */
  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  lines(word: string): string[] {
    return this.server.lines.filter((line) => line.includes(word));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }
}

class TestUpstream implements ProbedUpstream {
  readonly address: string;
  readonly port = 5300;
  readonly zone: string;
  /** Names of the probes that it got. */
  readonly probes: string[] = [];
  /** What it does with one. */
  script: (name: string) => boolean | Promise<boolean> = () => true;
  watch!: LoopWatch;
  /** How many times the cause has changed. */
  changes = 0;
  readonly #world: World;

  constructor(world: World, address: string, zone: string) {
    this.#world = world;
    this.address = address;
    this.zone = zone;
  }

  /** From now on it asks this server whatever it is asked, and gives the reply back. */
  loops(): void {
    this.script = async (name) => {
      const reply = await this.#world.server.ask(name, 'HINFO', { from: '192.0.2.99' });
      return reply!.rcode !== 2;
    };
  }

  async probe(name: string): Promise<boolean> {
    this.probes.push(name);
    return this.script(name);
  }
}

const metric = (to: string): string => `signpost_loop_active{zone=".",to="${to}:5300"}`;

test('without a loop each upstream is probed once', async () => {
  await using world = await new World().start('loop', ['.', 'corp.example.']);
  await world.pass(99);
  assert.equal(world.upstream.probes.length, 0);
  await world.pass(1);
  assert.match(world.upstreams[0]!.probes[0]!, /^\d+\.\d+\.$/);
  assert.match(world.upstreams[1]!.probes[0]!, /^\d+\.\d+\.corp\.example\.$/);
  await world.pass(3_600_000);
  assert.deepEqual(
    world.upstreams.map(({ probes, watch, changes }) => [probes.length, watch.cause, changes]),
    [
      [1, undefined, 0],
      [1, undefined, 0],
    ],
  );
  assert.deepEqual([world.server.lines, world.clock.pending], [[], 0]);
});

test('of several upstreams the one that loops is found, and logged once', async () => {
  await using world = await new World().start('loop', ['.', '.', '.']);
  const second = world.upstreams[1]!;
  second.loops();
  await world.pass(100);
  await world.pass(60_000);
  const cause = 'the upstream 127.0.0.2:5300 leads back: 192.0.2.99 asks this server in turn';
  assert.deepEqual(
    world.upstreams.map(({ watch }) => watch.cause),
    [undefined, cause, undefined],
  );
  assert.deepEqual(
    world.upstreams.map(({ changes }) => changes),
    [0, 1, 0],
  );
  assert.equal(world.lines('Loop').length, 1);
  const [line] = world.lines('Loop');
  assert.match(
    line!,
    /^\[ERROR\] plugin\/loop: Loop \(192\.0\.2\.99:40000 -> 192\.0\.2\.53:53\) detected for zone "\."\. Query: "HINFO \d+\.\d+\.": the upstream/,
  );
  assert.ok(line!.endsWith(`${cause}; nothing is forwarded there until that is over`));
  assert.equal(await world.server.metric(metric('127.0.0.2')), 1);
  assert.equal(await world.server.metric(metric('127.0.0.1')), 0);
});

test('two answered probes end a loop, and the next one is found', async () => {
  await using world = await new World().start();
  const { upstream } = world;
  upstream.loops();
  await world.pass(100);
  upstream.script = () => true;
  await world.pass(1000);
  assert.notEqual(upstream.watch.cause, undefined);
  await world.pass(1000);
  assert.deepEqual([upstream.watch.cause, upstream.changes], [undefined, 2]);
  assert.deepEqual(world.lines('gone: '), [
    '[INFO] plugin/loop: The loop is gone: 127.0.0.1:5300 is asked again for zone "."',
  ]);
  assert.equal(await world.server.metric(metric('127.0.0.1')), 0);
  upstream.loops();
  await world.pass(30_000);
  assert.notEqual(upstream.watch.cause, undefined);
  assert.equal(world.lines('Loop (').length, 2);
});

const staying: readonly { title: string; others: (name: string) => boolean }[] = [
  { title: 'that asks several servers in turn, of which one loops', others: () => true },
  { title: 'that does not answer', others: () => false },
];
for (const { title, others } of staying) {
  test(`an upstream ${title} is not taken for healed`, async () => {
    await using world = await new World().start();
    const { upstream } = world;
    upstream.loops();
    const back = upstream.script;
    await world.pass(100);
    for (let turn = 0; turn < 4; turn++) {
      upstream.script = turn % 2 === 0 ? others : back;
      await world.pass(30_000);
      assert.notEqual(upstream.watch.cause, undefined);
    }
  });
}

test('probes of a loop that stays become rare', async () => {
  await using world = await new World().start();
  world.upstream.loops();
  await world.pass(100);
  for (let second = 0; second < 600; second++) await world.pass(1000);
  const { probes } = world.upstream;
  assert.ok(probes.length > 20 && probes.length < 28, `${probes.length} probes in 10 minutes`);
  assert.equal(new Set(probes).size, probes.length, 'each has a name of its own');
});

test('an upstream that comes later is probed', async () => {
  await using world = await new World().start('loop', []);
  await world.pass(60_000);
  const upstream = world.add();
  upstream.loops();
  await world.pass(100);
  assert.notEqual(upstream.watch.cause, undefined);
});

test('an upstream that goes is probed no more, also in a loop', async () => {
  await using world = await new World().start();
  const { upstream } = world;
  upstream.loops();
  await world.pass(100);
  upstream.watch.stop();
  await world.pass(60_000);
  assert.deepEqual([upstream.probes.length, world.clock.pending], [1, 0]);
  assert.equal(await world.server.metric(metric('127.0.0.1')), 0);
});

test('the name of a probe that is over proves nothing, nor does another type', async () => {
  await using world = await new World().start();
  const { upstream } = world;
  let answer!: (isAnswered: boolean) => void;
  upstream.script = () => new Promise((resolve) => (answer = resolve));
  await world.pass(100);
  assert.equal((await world.server.ask(upstream.probes[0]!, 'A'))!.rcode, 0);
  answer(true);
  await world.pass(0);
  assert.equal((await world.server.ask(upstream.probes[0]!, 'HINFO'))!.rcode, 0);
  assert.equal(upstream.watch.cause, undefined);
});

test('a probe that comes back in another letter case counts, and goes no further', async () => {
  await using world = await new World().start('loop', ['corp.example.']);
  const { upstream } = world;
  let rcode: number | undefined;
  upstream.script = async (name) => {
    rcode = (await world.server.ask(name.replace('corp', 'cORp'), 'HINFO'))!.rcode;
    return false;
  };
  await world.pass(100);
  assert.equal(rcode, 2);
  assert.notEqual(upstream.watch.cause, undefined);
});

test('a loop with fatal ends the process', async () => {
  await using world = await new World().start('loop fatal');
  world.upstream.loops();
  await world.pass(100);
  assert.deepEqual(world.exits, [1]);
  assert.match(world.lines('Loop')[0]!, /^\[FATAL\] plugin\/loop: Loop \(.* detected for zone "\."/);
});

test('probes that fail are sent again each second for half a minute', async () => {
  await using world = await new World().start();
  world.upstream.script = () => false;
  await world.pass(100);
  for (let second = 0; second < 100; second++) await world.pass(1000);
  assert.equal(world.upstream.probes.length, 30);
  assert.equal(world.clock.pending, 0);
});

test('a loop is found once the network is up', async () => {
  await using world = await new World().start();
  const { upstream } = world;
  upstream.script = () => false;
  await world.pass(100);
  await world.pass(1000);
  upstream.loops();
  await world.pass(1000);
  assert.equal(upstream.probes.length, 3);
  assert.notEqual(upstream.watch.cause, undefined);
});

test('an end while a probe is on its way leaves nothing behind', async () => {
  const world = await new World().start();
  let answer!: (isAnswered: boolean) => void;
  world.upstream.script = () => new Promise((resolve) => (answer = resolve));
  await world.pass(100);
  await world.server.close();
  answer(false);
  await world.pass(0);
  assert.equal(world.clock.pending, 0);
});

test('an answer that was made from a loop lasts as long as the loop', async () => {
  await using world = await new World().start();
  const { cells } = world.server.surroundings;
  const { upstream } = world;
  const before = new Dependencies();
  upstream.watch.dependOn(before);
  upstream.loops();
  await world.pass(100);
  const during = new Dependencies();
  upstream.watch.dependOn(during);
  assert.deepEqual([before.hold(cells), during.hold(cells)], [false, true]);
  upstream.script = () => true;
  await world.pass(1000);
  await world.pass(1000);
  assert.equal(during.hold(cells), false);
});

for (const text of ['loop now', 'loop fatal fatal', 'loop {\n fatal\n}', 'loop\nloop']) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(loop, text), CorefileError));
}
