import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { ScriptedApiConnection } from '../../test/kit/scripted-api-connection.ts';
import { TestServer } from '../../test/kit/server.ts';
import { kubernetesOf } from './test-machine.ts';

/** A server whose API server is the test, one connection for each Corefile that differs. */
class Bench {
  readonly clock = new FakeClock();
  readonly connections: ScriptedApiConnection[] = [];
  readonly server: TestServer;

  constructor(property = '') {
    const plugin = kubernetesOf(() => {
      const connection = new ScriptedApiConnection();
      this.connections.push(connection);
      return Promise.resolve(connection);
    });
    this.server = new TestServer(corefile(property), { clock: this.clock, plugins: pluginMap(plugin) });
  }

  /**
   * Begins what opens the next connection, and resolves once it has asked.
   * @param reached there is a server at the other end
   */
  async begin(
    action: () => Promise<void>,
    reached = true,
  ): Promise<{ done: Promise<void>; isDone: () => boolean }> {
    const before = this.connections.length;
    let isDone = false;
    const done = action().then(() => void (isDone = true));
    while ((this.connections[before]?.requests.length ?? 0) < 3) await turn();
    this.connections[before]!.reached = reached;
    return { done, isDone: () => isDone };
  }

  /** Nobody listens for so many milliseconds. */
  async refuse(milliseconds: number): Promise<void> {
    const { requests } = this.connections.at(-1)!;
    let refused = 0;
    for (let passed = 0; passed <= milliseconds; passed += 50) {
      for (; refused < requests.length; refused++) requests[refused]!.end(refusal());
      this.clock.advance(50);
      await turn();
    }
  }
}

test('an API server that is down keeps no other zone waiting', async () => {
  const bench = new Bench();
  const { done } = await bench.begin(() => bench.server.signpost.start());
  await bench.refuse(500);
  await done;
  assert.match(bench.server.lines.join('\n'), /starting server before .*: the API server is down/);
  await bench.server.close();
});

const silences: readonly {
  readonly title: string;
  /** There is a server at the other end. */
  readonly reached: boolean;
  readonly property?: string;
  /** Milliseconds that the start takes. */
  readonly takes: number;
  readonly told: RegExp;
}[] = [
  {
    title: 'that cannot be connected to keeps no other zone waiting either',
    reached: false,
    takes: 1000,
    told: /objects were seen: nothing is heard of the API server$/m,
  },
  {
    title: 'that is connected to and silent may yet answer: it is waited for',
    reached: true,
    takes: 5000,
    told: /objects were seen$/m,
  },
  {
    title: 'that cannot be connected to is not waited for longer than wanted',
    reached: false,
    property: 'startup_timeout 700ms',
    takes: 700,
    told: /objects were seen$/m,
  },
];
for (const { title, reached, property = '', takes, told } of silences) {
  test(`one ${title}`, async () => {
    const bench = new Bench(property);
    const { done, isDone } = await bench.begin(() => bench.server.signpost.start(), reached);
    bench.clock.advance(takes - 1);
    await turn();
    assert.equal(isDone(), false);
    bench.clock.advance(1);
    await done;
    assert.match(bench.server.lines.join('\n'), told);
    await bench.server.close();
  });
}

test('a reload waits for an API server that cannot be connected to', async () => {
  const bench = new Bench();
  const { done } = await bench.begin(() => bench.server.signpost.start());
  await bench.refuse(500);
  await done;
  bench.server.corefile = corefile('labels tier = live');
  const reload = await bench.begin(() => bench.server.signpost.reload(), false);
  bench.clock.advance(4999);
  await turn();
  assert.equal(reload.isDone(), false);
  bench.clock.advance(1);
  await reload.done;
  await bench.server.close();
});

test('a reload does not turn to objects that nobody has seen before its time is over', async () => {
  const bench = new Bench();
  const { done } = await bench.begin(() => bench.server.signpost.start());
  await bench.refuse(500);
  await done;
  bench.server.corefile = corefile('labels tier = live');
  const reload = await bench.begin(() => bench.server.signpost.reload());
  await bench.refuse(4000);
  assert.equal(reload.isDone(), false);
  await bench.refuse(1000);
  await reload.done;
  await bench.server.close();
});

function corefile(property: string): string {
  return `. {\n  kubernetes cluster.local {\n    ${property}\n  }\n}\n`;
}

function refusal(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 10.96.0.1:443'), { code: 'ECONNREFUSED' });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
