import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Rcode } from '../../src/wire/codes.ts';
import { startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { ScriptedUpstream } from '../../test/kit/scripted-upstream.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { answer, clock, settled, silence, start } from './test-world.ts';

/** A server whose upstreams stand in a file, and two of them; the first is dead. */
class World implements AsyncDisposable {
  readonly dead: ScriptedUpstream;
  readonly good: ScriptedUpstream;
  readonly server: TestServer;
  readonly #path: string;

  constructor(dead: ScriptedUpstream, good: ScriptedUpstream, server: TestServer, path: string) {
    this.dead = dead;
    this.good = good;
    this.server = server;
    this.#path = path;
  }

  /** @param names which upstreams the file names */
  static async start(
    context: TestContext,
    properties = '',
    names = (dead: string, _good: string): string => dead,
  ): Promise<World> {
    const dead = await startUpstream(silence);
    const good = await startUpstream(answer);
    const lines = names(line(dead), line(good));
    const { path } = temporaryFolder(context, { 'resolv.conf': lines });
    const server = await start(`forward . ${path}/resolv.conf {\n${properties}\n}`);
    return new World(dead, good, server, `${path}/resolv.conf`);
  }

  /** Writes the file, and lets it be noticed. */
  swap(...upstreams: readonly ScriptedUpstream[]): void {
    writeFileSync(this.#path, upstreams.map(line).join(''));
    clock.advance(500);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.dead.close();
    await this.good.close();
  }
}

function line({ port }: ScriptedUpstream): string {
  return `nameserver [127.0.0.1]:${port}\n`;
}

const ways = [
  { title: 'by UDP', protocol: 'udp', properties: '' },
  { title: 'by TCP', protocol: 'tcp', properties: '' },
  { title: 'with one attempt', protocol: 'udp', properties: 'max_connect_attempts 1' },
  { title: 'with policy sequential', protocol: 'udp', properties: 'policy sequential' },
  { title: 'with policy round_robin', protocol: 'udp', properties: 'policy round_robin' },
] as const;

for (const { title, protocol, properties } of ways) {
  test(`a query that waits ${title} for a server that leaves is asked of the new one at once`, async (context) => {
    await using world = await World.start(context, properties);
    const { server, dead, good } = world;
    const replies = ['one', 'two', 'two'].map((label) =>
      server.ask(`${label}.example.org`, 'A', { protocol }),
    );
    await dead.queries(2);
    world.swap(good);
    const swapped = clock.monotonic();
    for (const reply of await Promise.all(replies)) assert.equal(reply!.rcode, Rcode.NoError);
    assert.equal(clock.monotonic(), swapped, 'no timer was needed');
    assert.equal(good.received.length, 2, 'clients that ask the same stay together');
  });
}

test('a query that moves keeps its deadline of 5 s', async (context) => {
  await using world = await World.start(context, 'read_timeout 10s\nmax_fails 0');
  const { server, dead, good } = world;
  good.script = silence;
  let rcode: number | undefined;
  const reply = server.ask('www.example.org', 'A').then((message) => (rcode = message!.rcode));
  await dead.queries(1);
  clock.advance(3000);
  world.swap(good);
  await good.queries(1);
  clock.advance(1499);
  await settled();
  assert.equal(rcode, undefined);
  clock.advance(1);
  await reply;
  assert.equal(rcode, Rcode.ServerFailure);
});

test('what a server that has left answers yet counts, and its failure does not', async (context) => {
  await using world = await World.start(context, 'policy sequential\nmax_fails 0');
  const { server, dead, good } = world;
  good.script = silence;
  const replies = ['one', 'two'].map((label) => server.ask(`${label}.example.org`, 'A', { protocol: 'tcp' }));
  await dead.queries(2);
  world.swap(good);
  await good.queries(2);
  for (const packet of answer(dead.received[0]!)) dead.received[0]!.answer(packet);
  const name = dead.received[0]!.message.question!.name;
  assert.equal((await replies[name.startsWith('one') ? 0 : 1])!.rcode, Rcode.NoError);
  dead.received[1]!.hangUp();
  await settled();
  await settled();
  assert.equal(good.received.length, 2);
  for (const received of good.received) for (const packet of answer(received)) received.answer(packet);
  for (const reply of await Promise.all(replies)) assert.equal(reply!.rcode, Rcode.NoError);
});

test('a query that waits for a server that stays is asked once', async (context) => {
  await using world = await World.start(context, 'policy sequential', (dead, good) => dead + good);
  const { server, dead, good } = world;
  const reply = server.ask('www.example.org', 'A');
  await dead.queries(1);
  world.swap(dead);
  await settled();
  for (const packet of answer(dead.received[0]!)) dead.received[0]!.answer(packet);
  assert.equal((await reply)!.rcode, Rcode.NoError);
  assert.deepEqual([dead.received.length, good.received.length], [1, 0]);
});
