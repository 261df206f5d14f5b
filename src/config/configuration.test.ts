import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakePlugin, fakePlugins, sayText } from '../../test/kit/fake-plugin.ts';
import type { FakePluginParts } from '../../test/kit/fake-plugin.ts';
import { startServer, TestServer } from '../../test/kit/server.ts';
import { Capability, ListenAddresses } from '../plugin/capability.ts';
import type { Controller } from '../plugin/controller.ts';
import { pluginOrder } from '../plugin/order.ts';
import type { AnyPlugin } from '../plugin/plugin.ts';

/** A plugin that writes down what happens to it in which block, and fails at one such entry. */
function recorded(diary: string[], name: string, failsAt = ''): AnyPlugin {
  const note = (phase: string, controller: Controller): void => {
    const entry = `${phase} ${name} ${controller.block.zones[0]}`;
    diary.push(entry);
    if (entry === failsAt) throw new Error(`no ${phase}`);
  };
  return fakePlugin(name, {
    parse: (_directives, block) => {
      const entry = `parse ${name} ${block.zones[0]}`;
      diary.push(entry);
      if (entry === failsAt) throw new Error('no parse');
    },
    setup: (controller) => {
      controller.onBegin(() => note('begin', controller));
      controller.onStart(() => note('start', controller));
      controller.onStop(() => note('stop', controller));
      controller.onFinalShutdown(() => note('final', controller));
      const key = `shared by ${controller.block.zones[0]}`;
      controller.share(key, () => {
        diary.push(`create ${key}`);
        return { close: () => void diary.push(`close ${key}`) };
      });
      note('setup', controller);
    },
    handle: sayText(name),
  });
}

const corefile = 'b.org {\n    whoami\n    errors\n}\na.org {\n    errors\n}\n';
const recordedServer = (diary: string[], failsAt = ''): TestServer => {
  const plugins = ['whoami', 'errors'].map((name) => recorded(diary, name, failsAt));
  return new TestServer(corefile, { plugins: new Map(plugins.map((plugin) => [plugin.name, plugin])) });
};
const parsed = ['parse errors b.org.', 'parse whoami b.org.', 'parse errors a.org.'];
const setUp = [
  'create shared by b.org.',
  'setup errors b.org.',
  'create shared by a.org.',
  'setup errors a.org.',
  'setup whoami b.org.',
];
const begun = ['begin errors b.org.', 'begin errors a.org.', 'begin whoami b.org.'];
const started = ['start errors b.org.', 'start errors a.org.', 'start whoami b.org.'];
const ended = ['stop errors b.org.', 'stop errors a.org.', 'stop whoami b.org.'];
const closed = ['close shared by b.org.', 'close shared by a.org.'];

test('everything is parsed, then set up by plugin and block, then begun, then started; and ends in that order', async () => {
  const diary: string[] = [];
  const server = recordedServer(diary);
  await server.signpost.start();
  assert.deepEqual(diary, [...parsed, ...setUp, ...begun, ...started]);
  diary.length = 0;
  await server.close();
  const finals = ended.map((entry) => entry.replace('stop', 'final'));
  assert.deepEqual(diary, [...finals, ...ended, ...closed]);
  diary.length = 0;
  await server.close();
  assert.deepEqual(diary, []);
});

const failures: [failsAt: string, message: string, diary: string[]][] = [
  ['parse whoami b.org.', 'Corefile:2: plugin/whoami: no parse', parsed.slice(0, 2)],
  [
    'setup errors a.org.',
    'Corefile:6: plugin/errors: no setup',
    [...parsed, ...setUp.slice(0, 4), 'stop errors b.org.', 'stop errors a.org.', ...closed],
  ],
  ['setup whoami b.org.', 'Corefile:2: plugin/whoami: no setup', [...parsed, ...setUp, ...ended, ...closed]],
  [
    'start errors a.org.',
    'Corefile:6: plugin/errors: no start',
    [...parsed, ...setUp, ...begun, ...started.slice(0, 2), ...ended, ...closed],
  ],
  [
    'start whoami b.org.',
    'Corefile:2: plugin/whoami: no start',
    [...parsed, ...setUp, ...begun, ...started, ...ended, ...closed],
  ],
];
for (const [failsAt, message, expected] of failures) {
  test(`'${failsAt}' fails: it is named, and what was done is undone`, async () => {
    const diary: string[] = [];
    const server = recordedServer(diary, failsAt);
    await assert.rejects(server.signpost.start(), { name: 'CorefileError', message });
    assert.deepEqual(diary, expected);
    assert.equal(server.signpost.configuration, undefined);
  });
}

test('a socket that cannot be opened undoes the configuration too', async () => {
  const diary: string[] = [];
  const server = recordedServer(diary);
  server.refusePort = 53;
  await assert.rejects(server.signpost.start(), /port 53 is taken/);
  assert.deepEqual(diary, [...parsed, ...setUp, ...begun, ...started, ...ended, ...closed]);
});

test('a stop that fails is logged, and the others run', async () => {
  const diary: string[] = [];
  const server = recordedServer(diary, 'stop errors b.org.');
  await server.signpost.start();
  diary.length = 0;
  await server.close();
  assert.deepEqual(diary.slice(3), [...ended, ...closed]);
  assert.deepEqual(server.lines, ['[ERROR] no stop']);
});

const mistakes: [title: string, corefile: string, message: string | RegExp][] = [
  ['an unknown directive', '. {\n    whoam\n}', /^Corefile:2: unknown directive 'whoam'.*whoami/],
  [
    'a directive that only CoreDNS has yet',
    '. {\n    whoami\n    rewrite name a b\n}',
    "Corefile:3: directive 'rewrite' of CoreDNS is not in this version of Signpost yet",
  ],
  [
    'a zone twice',
    'org {\n    whoami\n}\norg {\n    whoami\n}',
    'Corefile:4: cannot serve dns://org.:53 - it is already defined',
  ],
  [
    'a scheme that is not served',
    'tls://org {\n    whoami\n}',
    /^Corefile:1: cannot serve tls:\/\/org\.:853: tls:\/\/ is not in/,
  ],
];
for (const [title, text, message] of mistakes) {
  test(`refuses ${title}, naming the line`, async () => {
    const plugins = fakePlugins({ whoami: { handle: sayText('x') } });
    await assert.rejects(startServer(text, { plugins }), { message });
  });
}

test('handlers are linked in plugin order, not in that of the Corefile', async () => {
  const seen: string[] = [];
  const pass = (name: string): FakePluginParts => ({
    handle: (query, next) => (seen.push(name), next(query)),
  });
  const names = ['whoami', 'forward', 'cache', 'log', 'errors'];
  const plugins = fakePlugins(Object.fromEntries(names.map((name) => [name, pass(name)])));
  await using server = await startServer(`. {\n${names.join('\n')}\n}`, { plugins });
  await server.ask('a.', 'A');
  assert.deepEqual(
    seen,
    pluginOrder.filter((name) => names.includes(name)),
  );
});

test('capabilities reach the plugins of their block, or all of them', async () => {
  const here = new Capability<string>('here');
  const everywhere = new Capability<string>('everywhere');
  const seen: unknown[] = [];
  const plugins = fakePlugins({
    root: {
      setup: (controller) => {
        controller.offer(here, controller.block.zones[0]!);
        controller.offerToAll(everywhere, controller.block.zones[0]!);
      },
    },
    whoami: {
      setup: (controller) => {
        seen.push(controller.ask(here), controller.askAll(everywhere));
      },
    },
  });
  await using server = await startServer('a {\nroot x\nwhoami\n}\nb {\nroot y\n}\nc {\nwhoami\n}', {
    plugins,
  });
  assert.deepEqual(seen, ['a.', ['a.', 'b.'], undefined, ['a.', 'b.']]);
  assert.deepEqual(server.signpost.configuration?.offered(everywhere), ['a.', 'b.']);
});

test('log lines name the plugin, query logs do not', async () => {
  const plugins = fakePlugins({
    whoami: {
      setup: ({ log, output }) => {
        log.warning('odd');
        output.info('query');
      },
    },
  });
  await using server = await startServer('. {\nwhoami\n}', { plugins });
  assert.deepEqual(server.lines, ['[WARNING] plugin/whoami: odd', '[INFO] query']);
});

/** Addresses that the fake `bind` offers are its arguments. */
const bind: FakePluginParts = {
  parse: ([directive]) => directive!.arguments,
  setup: (controller, addresses) => controller.offer(ListenAddresses, addresses as string[]),
};
const plans: [title: string, corefile: string, listeners: string[]][] = [
  ['one block', '. {\n}', ['dns://:53 .']],
  ['zones of one port share a listener', 'a b {\n}\nc {\n}', ['dns://:53 a. b. c.']],
  ['ports are listeners of their own', '. a:54 {\n}\nb:54 {\n}', ['dns://:53 .', 'dns://:54 a. b.']],
  ['one zone on two ports', 'a:53 a:54 {\n}', ['dns://:53 a.', 'dns://:54 a.']],
  ['addresses', '. {\nbind 127.0.0.1 ::1\n}', ['dns://127.0.0.1:53 .', 'dns://[::1]:53 .']],
  [
    'one zone on two addresses',
    'a {\nbind 127.0.0.1\n}\na {\nbind 127.0.0.2\n}',
    ['dns://127.0.0.1:53 a.', 'dns://127.0.0.2:53 a.'],
  ],
  [
    'with and without bind for different zones',
    'a {\nbind 127.0.0.1\n}\nb {\n}',
    ['dns://127.0.0.1:53 a.', 'dns://:53 b.'],
  ],
];
for (const [title, text, listeners] of plans) {
  test(`listeners: ${title}`, async () => {
    await using server = await startServer(text, { plugins: fakePlugins({ bind }) });
    const planned = server.signpost.configuration!.listeners;
    const shown = planned.map((plan) => [plan.server, ...plan.routes.map(({ zone }) => zone)].join(' '));
    assert.deepEqual(shown, listeners);
  });
}

const overlaps: [title: string, corefile: string, message: RegExp][] = [
  [
    'one zone twice in a block',
    'a a {\n}',
    /^Corefile:1: cannot serve dns:\/\/a\.:53 - it is already defined/,
  ],
  [
    'one zone twice on an address',
    'a {\nbind 127.0.0.1\n}\na {\nbind 127.0.0.1\n}',
    /^Corefile:4: .*already defined/,
  ],
  [
    'one zone with and without bind',
    'a {\nbind 127.0.0.1\n}\na {\n}',
    /^Corefile:4: .*once without.*overlap/,
  ],
  ['one zone without and with bind', 'a {\n}\na {\nbind 127.0.0.1\n}', /^Corefile:3: .*overlap/],
];
for (const [title, text, message] of overlaps) {
  test(`listeners overlap: ${title}`, async () => {
    await assert.rejects(startServer(text, { plugins: fakePlugins({ bind }) }), { message });
  });
}
