import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { ForwardingLoop } from '../../src/plugin/capability.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { typeName } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { loop } from './index.ts';
import { setup } from './setup.ts';

/** A server behind whose `loop` stands an upstream that a test controls. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** Names of the probes that were sent. */
  readonly probes: string[] = [];
  readonly exits: number[] = [];
  /** Where probes were sent. */
  readonly listeners: string[] = [];
  /** What the upstream does with a query. */
  upstream: (query: Query) => Reply | Promise<Reply> = () => new Reply({ source: 'forward' });
  /** Whether probes reach the server. */
  reachable = true;
  offered: { readonly active: boolean } | undefined;
  server!: TestServer;

  async start(line = 'loop', key = '.:53'): Promise<this> {
    const probed = {
      ...loop,
      setup: (options: { fatal: boolean }, controller: Parameters<typeof setup>[1]) =>
        setup(options, controller, {
          probeOf: (address, port) => {
            this.listeners.push(`${address} ${port}`);
            return (name) => this.#probe(name);
          },
          exit: (code) => void this.exits.push(code),
        }),
    };
    const plugins = pluginMap(
      probed,
      answering(
        'forward',
        (query) => this.upstream(query),
        (controller) => {
          this.offered = controller.ask(ForwardingLoop);
        },
      ),
      {
        name: 'hosts',
        parse: () => undefined,
        setup: () => ({
          handle: (query, next) =>
            query.name.endsWith('local.') ? new Reply({ authoritative: true }) : next(query),
        }),
      },
    );
    const corefile = `${key} {\n${line}\nhosts\nforward\n}`;
    this.server = await startServer(corefile, { plugins, clock: this.clock });
    return this;
  }

  /** Queries come back from another address; the reply is what this server says to them. */
  loops(): void {
    this.upstream = async (query) => {
      const { rcode } = (await this.server.ask(query.name, typeName(query.type), { from: '192.0.2.99' }))!;
      return new Reply({ rcode });
    };
  }

  /** Lets time pass, and probes come to their end. */
  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  isActive(): boolean | undefined {
    return this.offered?.active;
  }

  lines(word: string): string[] {
    return this.server.lines.filter((line) => line.includes(word));
  }

  async #probe(name: string): Promise<'answered' | 'failed'> {
    this.probes.push(name);
    if (!this.reachable) return 'failed';
    const reply = await this.server.ask(name, 'HINFO', { from: '127.0.0.1' });
    return reply === undefined || reply.rcode === 2 ? 'failed' : 'answered';
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }
}

async function rcode(world: World, name = 'www.example.org'): Promise<number> {
  return (await world.server.ask(name, 'A'))!.rcode;
}

test('without a loop one probe is sent, and queries go on', async () => {
  await using world = await new World().start('loop', 'Example.org example.net');
  await world.pass(99);
  assert.equal(world.probes.length, 0);
  await world.pass(1);
  assert.match(world.probes[0]!, /^\d+\.\d+\.example\.org\.$/);
  await world.pass(3_600_000);
  assert.equal(world.probes.length, 1);
  assert.equal(await rcode(world), 0);
  assert.deepEqual([world.server.lines, world.clock.pending], [[], 0]);
});

test('a loop is found and logged once; nothing is forwarded, local names are answered', async () => {
  await using world = await new World().start();
  world.loops();
  assert.equal(world.isActive(), false);
  await world.pass(100);
  await world.pass(60_000);
  assert.equal(world.lines('Loop').length, 1);
  assert.match(
    world.lines('Loop')[0]!,
    /^\[ERROR\] plugin\/loop: Loop \(192\.0\.2\.99:40000 -> 192\.0\.2\.53:53\) detected for zone "\."\. Query: "HINFO \d+\.\d+\.": .*SERVFAIL/,
  );
  assert.equal(world.isActive(), true);
  assert.equal(await world.server.metric('signpost_loop_active{zone="."}'), 1);
  let forwarded = 0;
  world.upstream = () => {
    forwarded++;
    return new Reply({});
  };
  assert.equal(await rcode(world), 2);
  assert.equal((await world.server.ask('www.example.org', 'HINFO'))!.rcode, 2);
  assert.equal(forwarded, 0);
  assert.equal(await rcode(world, 'local'), 0);
});

test('a client that understands them is told by an Extended DNS Error', async () => {
  await using world = await new World().start();
  world.loops();
  await world.pass(100);
  const { edns } = (await world.server.ask('www.example.org', 'A', { edns: { udpSize: 1232 } }))!;
  const error = readExtendedError(edns);
  assert.deepEqual(error, { code: 22, text: 'forwarding loop: see the server’s log' });
  assert.equal((await world.server.ask('www.example.org', 'A'))!.edns, undefined);
});

test('when two probes have not come back queries are forwarded again, and the next loop is found', async () => {
  await using world = await new World().start();
  world.loops();
  await world.pass(100);
  world.upstream = () => new Reply({});
  await world.pass(1000);
  assert.equal(await rcode(world), 2);
  await world.pass(1000);
  assert.equal(await rcode(world), 0);
  assert.deepEqual(world.lines('gone: '), [
    '[INFO] plugin/loop: The loop is gone: queries for zone "." are forwarded again',
  ]);
  assert.equal(await world.server.metric('signpost_loop_active{zone="."}'), 0);
  world.loops();
  await world.pass(30_000);
  assert.equal(await rcode(world), 2);
  assert.equal(world.lines('Loop (').length, 2);
});

test('one upstream of two that loops is not taken for healed by one probe', async () => {
  await using world = await new World().start();
  world.loops();
  const back = world.upstream;
  await world.pass(100);
  for (let turn = 0; turn < 4; turn++) {
    world.upstream = turn % 2 === 0 ? () => new Reply({}) : back;
    await world.pass(30_000);
    assert.equal(await rcode(world), 2);
  }
});

test('probes of a loop that stays become rare', async () => {
  await using world = await new World().start();
  world.loops();
  await world.pass(100);
  for (let second = 0; second < 600; second++) await world.pass(1000);
  const count = world.probes.length;
  assert.ok(count > 20 && count < 28, `${count} probes in 10 minutes`);
  assert.equal(new Set(world.probes).size, count, 'each has a name of its own');
});

test('a loop is found where the same question is asked only once at a time', async () => {
  await using world = await new World().start();
  world.loops();
  const back = world.upstream;
  const inFlight = new Map<string, Promise<Reply>>();
  world.upstream = (query) => {
    const pending = inFlight.get(query.name) ?? Promise.resolve(back(query));
    inFlight.set(query.name, pending);
    return pending;
  };
  await world.pass(100);
  assert.equal(world.isActive(), true);
});

test('a probe that is delivered twice is no loop', async () => {
  await using world = await new World().start();
  let again = true;
  world.upstream = async (query) => {
    if (again) {
      again = false;
      await world.server.ask(query.name, 'HINFO', { from: '127.0.0.1' });
    }
    return new Reply({});
  };
  await world.pass(100);
  assert.equal(again, false);
  assert.equal(world.isActive(), false);
});

test('the name of a probe that is over proves nothing', async () => {
  await using world = await new World().start();
  await world.pass(100);
  for (const from of ['192.0.2.7', '192.0.2.8']) await world.server.ask(world.probes[0]!, 'HINFO', { from });
  assert.equal(world.isActive(), false);
});

test('a loop with fatal ends the process', async () => {
  await using world = await new World().start('loop fatal');
  world.loops();
  await world.pass(100);
  assert.deepEqual(world.exits, [1]);
  assert.match(world.lines('Loop')[0]!, /^\[FATAL\] plugin\/loop: Loop \(.* detected for zone "\."/);
});

test('probes that fail are sent again each second for half a minute', async () => {
  await using world = await new World().start();
  world.reachable = false;
  await world.pass(100);
  for (let second = 0; second < 100; second++) await world.pass(1000);
  assert.equal(world.probes.length, 30);
  assert.equal(world.clock.pending, 0);
});

test('a loop is found once the network is up', async () => {
  await using world = await new World().start();
  world.upstream = () => Reply.failure(2, 'forward');
  await world.pass(100);
  await world.pass(1000);
  world.loops();
  await world.pass(1000);
  assert.deepEqual([world.probes.length, world.isActive()], [3, true]);
});

test('a loop is not taken for gone while the server cannot be reached', async () => {
  await using world = await new World().start();
  world.loops();
  await world.pass(100);
  world.reachable = false;
  world.upstream = () => new Reply({});
  for (let turn = 0; turn < 5; turn++) await world.pass(30_000);
  assert.equal(await rcode(world), 2);
});

test('probes that another plugin answers are given up', async () => {
  await using world = await new World().start('loop', 'local');
  await world.pass(100);
  for (let second = 0; second < 10; second++) await world.pass(1000);
  assert.match(world.probes[0]!, /^\d+\.\d+\.local\.$/);
  assert.equal(world.probes.length, 3);
});

test('an end while a probe is on its way leaves nothing behind', async () => {
  const world = await new World().start();
  let answer!: (reply: Reply) => void;
  world.upstream = () => new Promise((resolve) => (answer = resolve));
  await world.pass(100);
  await world.server.close();
  answer(Reply.failure(2, 'forward'));
  await world.pass(0);
  assert.equal(world.clock.pending, 0);
});

const places: readonly [key: string, listener: string, probes: number][] = [
  ['.', '127.0.0.1 53', 1],
  ['.:1053 example.org:54', '127.0.0.1 1053', 1],
  ['.:0', '127.0.0.1 0', 0],
];
for (const [key, listener, probes] of places) {
  test(`the block ${key} is ${probes === 0 ? 'not probed' : `probed at ${listener}`}`, async () => {
    await using world = await new World().start('loop', key);
    await world.pass(100);
    assert.deepEqual([world.listeners, world.probes.length], [[listener], probes]);
  });
}

test('the wire cache may keep what is forwarded, and a refusal until the loop is gone', async () => {
  await using world = await new World().start();
  const { cells } = world.server.surroundings;
  const handler = world.server.signpost.configuration!.handlers[0]!.find(
    ({ name }) => name === 'loop',
  )!.handler;
  assert.equal(handler.repeats, 'pure');
  const before = question('www.');
  await handler.handle(before, () => new Reply({}));
  world.loops();
  await world.pass(100);
  const refused = question('www.');
  await handler.handle(refused, () => assert.fail('nothing is forwarded'));
  assert.deepEqual(
    [before, refused].map(({ dependencies }) => dependencies.hold(cells)),
    [true, true],
  );
  world.upstream = () => new Reply({});
  await world.pass(1000);
  await world.pass(1000);
  assert.deepEqual(
    [before, refused].map(({ dependencies }) => dependencies.hold(cells)),
    [true, false],
  );
});

for (const text of ['loop now', 'loop fatal fatal', 'loop {\n fatal\n}', 'loop\nloop']) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(loop, text), CorefileError));
}
