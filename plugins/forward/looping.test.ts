import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopDetection } from '../../src/plugin/capability.ts';
import type { LoopWatch, ProbedUpstream } from '../../src/plugin/capability.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { question } from '../../test/kit/question.ts';
import { startUpstream } from '../../test/kit/scripted-upstream.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { forward } from './index.ts';
import { answer, clock, closedPort, rcode, settled, silence } from './test-world.ts';

/** What a test says about an upstream, in the place of `loop`. */
class Watch implements LoopWatch {
  readonly upstream: ProbedUpstream;
  readonly cell: () => number;
  readonly #dependOn: LoopWatch['dependOn'];
  cause: string | undefined;
  isStopped = false;
  #changed: () => void = () => undefined;

  constructor(upstream: ProbedUpstream, cell: () => number, dependOn: LoopWatch['dependOn']) {
    this.upstream = upstream;
    this.cell = cell;
    this.#dependOn = dependOn;
  }

  become(cause: string | undefined): void {
    this.cause = cause;
    this.#changed();
  }

  follow(changed: () => void): void {
    this.#changed = changed;
  }

  dependOn(dependencies: Parameters<LoopWatch['dependOn']>[0]): void {
    this.#dependOn(dependencies);
  }

  stop(): void {
    this.isStopped = true;
  }
}

interface World {
  readonly server: TestServer;
  /** In the order of TO. */
  readonly watches: readonly Watch[];
}

async function start(lines: string, key = '.:53'): Promise<World> {
  const watches: Watch[] = [];
  const loop: AnyPlugin = {
    name: 'loop',
    parse: () => undefined,
    setup(_options, controller) {
      const { cells } = controller;
      const cell = cells.allocate();
      controller.offer(LoopDetection, {
        watch(upstream) {
          const dependOn: LoopWatch['dependOn'] = (dependencies) => dependencies.read(cells, cell);
          const watch = new Watch(upstream, () => cell, dependOn);
          watches.push(watch);
          return watch;
        },
      });
      return { handle: (query, next) => next(query) };
    },
  };
  const plugins = pluginMap(loop, forward);
  const server = await startServer(`${key} {\nloop\n${lines}\n}`, { plugins, clock });
  return { server, watches };
}

for (const policy of ['random', 'round_robin', 'sequential']) {
  test(`policy ${policy}: of two upstreams the one in a loop is not asked until it is out of it`, async () => {
    await using first = await startUpstream(answer);
    await using second = await startUpstream(answer);
    const { server, watches } = await start(`forward . ${first.name} ${second.name} {\npolicy ${policy}\n}`);
    await using _ = server;
    const ask = async (): Promise<void> => {
      for (let query = 0; query < 10; query++) {
        assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError);
      }
    };
    watches[0]!.become('the upstream is this server itself');
    await ask();
    assert.deepEqual([first.received.length, second.received.length], [0, 10]);
    watches[0]!.become(undefined);
    await ask();
    assert.ok(first.received.length > 0);
  });
}

test('when all upstreams are in a loop queries are refused, with the causes, until one is out of it', async () => {
  await using first = await startUpstream(answer);
  await using second = await startUpstream(answer);
  const { server, watches } = await start(`forward . ${first.name} ${second.name}`);
  await using _ = server;
  for (const [index, watch] of watches.entries()) watch.become(`the upstream ${index} is this server itself`);
  const refused = (await server.ask('www.example.org', 'A', { edns: {} }))!;
  assert.equal(refused.rcode, Rcode.ServerFailure);
  assert.deepEqual(readExtendedError(refused.edns), {
    code: 22,
    text: 'forwarding loop: the upstream 0 is this server itself; the upstream 1 is this server itself',
  });
  assert.equal((await server.ask('www.example.org', 'A'))!.edns, undefined);
  assert.deepEqual([first.received.length, second.received.length], [0, 0]);
  watches[1]!.become(undefined);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NoError);
  assert.equal(first.received.length, 0);
});

test('a refusal depends on the loop, and nothing else does', async () => {
  await using upstream = await startUpstream(answer);
  const { server, watches } = await start(`forward . ${upstream.name}`);
  await using _ = server;
  const handler = server.signpost.configuration!.handlers[0]!.find(({ name }) => name === 'forward')!.handler;
  const cellsOf = async (): Promise<readonly number[]> => {
    const query = question('www.example.org.');
    await handler.handle(query, () => assert.fail('forward is the last'));
    return query.dependencies.cells;
  };
  assert.deepEqual(await cellsOf(), []);
  watches[0]!.become('it is this server itself');
  assert.deepEqual(await cellsOf(), [watches[0]!.cell()]);
});

test('a query in flight to an upstream that is found to loop goes to another at once', async () => {
  await using looping = await startUpstream(silence);
  await using good = await startUpstream(answer);
  const { server, watches } = await start(
    `forward . ${looping.name} ${good.name} {\npolicy sequential\n}\nforward . ${good.name}`,
  );
  await using _ = server;
  const reply = server.ask('www.example.org', 'A');
  await looping.queries(1);
  watches[0]!.become('it is this server itself');
  assert.equal((await reply)!.rcode, Rcode.NoError);
});

test('a query in flight to the only upstream, which is found to loop, is refused at once', async () => {
  await using looping = await startUpstream(silence);
  const { server, watches } = await start(`forward . ${looping.name}`);
  await using _ = server;
  const reply = server.ask('www.example.org', 'A', { edns: {} });
  await looping.queries(1);
  watches[0]!.become('it is this server itself');
  assert.equal(readExtendedError((await reply)!.edns)!.text, 'forwarding loop: it is this server itself');
});

const zones: readonly { key: string; from: string; zones: readonly string[] }[] = [
  { key: '.:53', from: '.', zones: ['.'] },
  { key: '.:53', from: 'corp.example', zones: ['corp.example.'] },
  { key: 'example.org:53 example.net:53', from: '.', zones: ['example.org.'] },
  { key: 'example.org:53 example.net:53', from: 'a.example.net', zones: ['a.example.net.'] },
  { key: 'example.org:53', from: 'example.net', zones: [] },
];
for (const { key, from, zones: expected } of zones) {
  test(`forward ${from} in ${key} is probed in ${expected[0] ?? 'no zone'}`, async () => {
    const { server, watches } = await start(`forward ${from} 192.0.2.1`, key);
    await using _ = server;
    assert.deepEqual(
      watches.map(({ upstream }) => upstream.zone),
      expected,
    );
  });
}

const probes = [
  { title: 'an answer', script: answer, lines: '', expected: true },
  { title: 'NXDOMAIN', script: rcode(Rcode.NameError), lines: '', expected: true },
  { title: 'an answer by TCP', script: answer, lines: 'force_tcp', expected: true },
  { title: 'SERVFAIL', script: rcode(Rcode.ServerFailure), lines: '', expected: false },
  { title: 'silence', script: silence, lines: '', expected: false },
] as const;
for (const { title, script, lines, expected } of probes) {
  test(`${title} to a probe counts as ${expected ? 'an answer' : 'a failure'}`, async () => {
    await using upstream = await startUpstream(script);
    const { server, watches } = await start(`forward . ${upstream.name} {\n${lines}\n}`);
    await using _ = server;
    const outcome = watches[0]!.upstream.probe('1.2.');
    await upstream.queries(1);
    if (script === silence) clock.advance(5000);
    assert.equal(await outcome, expected);
    const [{ message, protocol }] = upstream.received as [(typeof upstream.received)[number]];
    assert.deepEqual([message.question!.name, message.question!.type], ['1.2.', 13]);
    assert.equal(protocol, lines === 'force_tcp' ? 'tcp' : 'udp');
  });
}

test('a closed port counts as a failure, and an upstream that ends is watched no more', async () => {
  const closed = await closedPort();
  const { server, watches } = await start(`forward . ${closed.name}`);
  assert.equal(await watches[0]!.upstream.probe('1.2.'), false);
  await server.close();
  await settled();
  assert.equal(watches[0]!.isStopped, true);
});
