import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Plugin } from '../../src/plugin/plugin.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { EndpointFinder, httpGet, type HttpAnswer } from '../../test/kit/http.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer, type TestServer } from '../../test/kit/server.ts';
import { ready } from './index.ts';

const good = [
  { text: 'ready', address: { host: '', port: 8181 }, mode: 'until-ready' },
  { text: 'ready localhost:8091', address: { host: 'localhost', port: 8091 }, mode: 'until-ready' },
  { text: 'ready {\n monitor continuously\n}', address: { host: '', port: 8181 }, mode: 'continuously' },
  { text: 'ready {\n monitor until-ready\n}', address: { host: '', port: 8181 }, mode: 'until-ready' },
];
for (const { text, ...options } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () => assert.deepEqual(parsePlugin(ready, text), options));
}

const bad = [
  { title: 'a second line', text: 'ready\nready', message: /^Corefile:3: .*only be used once/ },
  { title: 'an address without port', text: 'ready localhost', message: /^Corefile:2: missing port/ },
  { title: 'two addresses', text: 'ready :1 :2', message: /^Corefile:2: wrong argument count/ },
  {
    title: 'an unknown property',
    text: 'ready {\n monitors x\n}',
    message: /^Corefile:3: .*did you mean 'monitor'/,
  },
  {
    title: 'an unknown mode',
    text: 'ready {\n monitor once\n}',
    message: /^Corefile:3: invalid monitor 'once'/,
  },
  { title: 'no mode', text: 'ready {\n monitor\n}', message: /^Corefile:3: wrong argument count/ },
];
for (const { title, text, message } of bad) {
  test(`ready refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(ready, text),
      (error) => {
        assert.ok(error instanceof CorefileError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

/** Plugins that are ready while their name is in `state`; each of their blocks by `name` or `name ID`. */
class World {
  readonly state = new Set<string>();
  readonly finder = new EndpointFinder();
  readonly clock = new FakeClock();

  async start(corefile: string): Promise<TestServer> {
    const plugins = pluginMap(ready, this.finder, this.#plugin('kubernetes'), this.#plugin('erratic'));
    return startServer(corefile, { plugins, clock: this.clock });
  }

  async ask(query = '', agent?: Agent): Promise<HttpAnswer> {
    return httpGet(await this.finder.port(), `/ready${query}`, agent);
  }

  #plugin(name: string): Plugin<string> {
    return {
      name,
      parse: (directives) => [name, ...directives[0]!.arguments].join(' '),
      setup: (id, controller) => {
        controller.onReady({
          plugin: name,
          ready: () => this.state.has(id),
          detail: () => `objects: 7\nfiles of ${id}: 2`,
        });
        return answering(name, () => new Reply({})).setup(undefined, controller);
      },
    };
  }
}

const steps = [
  {
    title: 'nobody to ask is ready',
    corefile: '. {\npprof\nready 127.0.0.1:0\n}',
    steps: [{ ready: [], status: 200, body: 'OK' }],
  },
  {
    title: 'names that are not ready are listed in order',
    corefile: '. {\npprof\nready 127.0.0.1:0\nkubernetes\nerratic\n}',
    steps: [
      { ready: [], status: 503, body: 'erratic,kubernetes' },
      { ready: ['erratic'], status: 503, body: 'kubernetes' },
      { ready: ['erratic', 'kubernetes'], status: 200, body: 'OK' },
    ],
  },
  {
    title: 'until-ready: once ready is ready for good',
    corefile: '. {\npprof\nready 127.0.0.1:0\nkubernetes\nerratic\n}',
    steps: [
      { ready: ['erratic'], status: 503, body: 'kubernetes' },
      { ready: ['kubernetes'], status: 200, body: 'OK' },
      { ready: [], status: 200, body: 'OK' },
    ],
  },
  {
    title: 'continuously: each time is a new one',
    corefile: '. {\npprof\nready 127.0.0.1:0 {\nmonitor continuously\n}\nkubernetes\n}',
    steps: [
      { ready: ['kubernetes'], status: 200, body: 'OK' },
      { ready: [], status: 503, body: 'kubernetes' },
    ],
  },
  {
    title: 'two blocks with one plugin: both must be ready, its name stands there once',
    corefile: 'a {\npprof\nready 127.0.0.1:0\nkubernetes 1\n}\nb {\nready 127.0.0.1:0\nkubernetes 2\n}',
    steps: [
      { ready: [], status: 503, body: 'kubernetes' },
      { ready: ['kubernetes 2'], status: 503, body: 'kubernetes' },
      { ready: ['kubernetes 1'], status: 200, body: 'OK' },
    ],
  },
  {
    title: 'of two modes the last one counts',
    corefile:
      'a {\npprof\nready 127.0.0.1:0\nkubernetes\n}\nb {\nready 127.0.0.1:0 {\nmonitor continuously\n}\n}',
    steps: [
      { ready: ['kubernetes'], status: 200, body: 'OK' },
      { ready: [], status: 503, body: 'kubernetes' },
    ],
  },
];
for (const { title, corefile, steps: row } of steps) {
  test(title, async () => {
    const world = new World();
    await using _ = await world.start(corefile);
    for (const { ready: names, status, body } of row) {
      world.state.clear();
      for (const name of names) world.state.add(name);
      const answer = await world.ask();
      assert.deepEqual([answer.status, answer.body], [status, body]);
    }
  });
}

test('who is not ready is logged', async () => {
  const world = new World();
  await using server = await world.start('. {\npprof\nready 127.0.0.1:0\nkubernetes\nerratic\n}');
  await world.ask();
  assert.deepEqual(server.lines, ['[INFO] plugin/ready: Plugins not ready: "erratic,kubernetes"']);
});

test('?verbose lists each check with its details', async () => {
  const world = new World();
  world.state.add('erratic');
  await using _ = await world.start('. {\npprof\nready 127.0.0.1:0\nkubernetes\nerratic\n}');
  const { status, body } = await world.ask('?verbose');
  assert.equal(status, 503);
  assert.equal(
    body,
    'kubernetes: not ready\n  objects: 7\n  files of kubernetes: 2\nerratic: ready\n  objects: 7\n  files of erratic: 2\nkubernetes',
  );
});

test('at the final shutdown it is 503 at once, also on an open connection', async (t) => {
  const world = new World();
  world.state.add('kubernetes');
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  await using server = await world.start('. {\npprof\nready 127.0.0.1:0\nkubernetes\n}');
  assert.equal((await world.ask('', agent)).status, 200);
  await server.signpost.configuration!.finalShutdown();
  const { status, body, headers } = await world.ask('', agent);
  assert.deepEqual([status, body, headers.connection], [503, 'Shutting down', 'close']);
});

test('it is 503 at once while a reload is under way, and stays so when that is over', async () => {
  const world = new World();
  world.state.add('kubernetes');
  const corefile = '. {\npprof\nready 127.0.0.1:0\nkubernetes\n}';
  await using server = await world.start(corefile);
  server.corefile = corefile.replace('ready 127.0.0.1:0', 'ready 127.0.0.1:0 {\nmonitor continuously\n}');
  const reload = server.signpost.reload();
  const end = server.signpost.shutdown();
  assert.equal((await world.ask()).body, 'Shutting down');
  await reload;
  assert.equal((await world.ask()).body, 'Shutting down');
  world.clock.advance(5000);
  await end;
});

test('during and after a reload /ready answers; the new checks count after it', async () => {
  const world = new World();
  world.state.add('kubernetes 1');
  const corefile = '. {\npprof\nready 127.0.0.1:0\nkubernetes 1\n}';
  await using server = await world.start(corefile);
  assert.equal((await world.ask()).status, 200);
  server.corefile = corefile.replace('1\n}', '2\n}');
  await server.signpost.reload();
  assert.equal((await world.ask()).status, 503);
  world.state.add('kubernetes 2');
  assert.equal((await world.ask()).status, 200);
});

test('a port in use costs a log line, not the start', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await using server = await new World().start(`. {\nready 127.0.0.1:${port}\n}`);
  const [line = ''] = server.lines;
  assert.match(line, /^\[ERROR\] plugin\/ready: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});
