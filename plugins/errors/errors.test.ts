import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { StackTraces } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer, type TestServer } from '../../test/kit/server.ts';
import { errors } from './index.ts';
import { RegularExpression } from '../../src/regex/regular-expression.ts';

const re = (pattern: string): RegularExpression => new RegularExpression(pattern);

const good = [
  { title: 'nothing', text: 'errors', stackTraces: false, rules: [] },
  { title: 'stdout', text: 'errors stdout', stackTraces: false, rules: [] },
  { title: 'stacktrace', text: 'errors {\n stacktrace\n}', stackTraces: true, rules: [] },
  {
    title: 'consolidate with all it takes, twice',
    text: 'errors {\n consolidate 5m ".*timeout$" warning show_first\n consolidate 30s ^a/b+\n}',
    stackTraces: false,
    rules: [
      { period: 300_000, pattern: re('.*timeout$'), level: 'warning', showFirst: true },
      { period: 30_000, pattern: re('^a/b+'), level: 'error', showFirst: false },
    ],
  },
  {
    title: 'consolidate with show_first alone',
    text: 'errors {\n consolidate 1s x show_first\n}',
    stackTraces: false,
    rules: [{ period: 1000, pattern: re('x'), level: 'error', showFirst: true }],
  },
];
for (const { title, text, ...options } of good) {
  test(`errors takes ${title}`, () => assert.deepEqual(parsePlugin(errors, text), options));
}

const bad = [
  { title: 'a second line', text: 'errors\nerrors', message: /^Corefile:3: .*only be used once/ },
  {
    title: 'another output',
    text: 'errors errors.log',
    message: /^Corefile:2: invalid log file 'errors.log'/,
  },
  { title: 'two outputs', text: 'errors stdout stdout', message: /^Corefile:2: wrong argument count/ },
  {
    title: 'an unknown property',
    text: 'errors {\n consolidat 1s x\n}',
    message: /:3: .*did you mean 'consolidate'/,
  },
  {
    title: 'an argument to stacktrace',
    text: 'errors {\n stacktrace on\n}',
    message: /:3: wrong argument count/,
  },
  { title: 'no pattern', text: 'errors {\n consolidate 1s\n}', message: /:3: wrong argument count/ },
  {
    title: 'a bad duration',
    text: 'errors {\n consolidate 10 x\n}',
    message: /:3: invalid consolidate '10'/,
  },
  {
    title: 'a negative duration',
    text: 'errors {\n consolidate -1s x\n}',
    message: /:3: invalid consolidate '-1s'/,
  },
  {
    title: 'a bad pattern',
    text: 'errors {\n consolidate 1s (\n}',
    message: /:3: invalid regular expression: .*missing closing \)/,
  },
  {
    title: 'a pattern of 10,001 characters',
    text: `errors {\n consolidate 1s ${'x'.repeat(10_001)}\n}`,
    message: /:3: invalid regular expression: .*longer than 10000 characters/,
  },
  {
    title: 'an unknown level',
    text: 'errors {\n consolidate 1s x warn\n}',
    message: /:3: unknown word 'warn'/,
  },
  {
    title: 'show_first before the level',
    text: 'errors {\n consolidate 1s x show_first info\n}',
    message: /:3: 'show_first info' is not in order/,
  },
  {
    title: 'two levels',
    text: 'errors {\n consolidate 1s x info error\n}',
    message: /:3: 'info error' is not in/,
  },
];
for (const { title, text, message } of bad) {
  test(`errors refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(errors, text),
      (error) => {
        assert.ok(error instanceof CorefileError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a pattern of 10,000 characters is not too long', () => {
  assert.equal(parsePlugin(errors, `errors {\n consolidate 1s ${'x'.repeat(10_000)}\n}`).rules.length, 1);
});

/** A server whose answer to `NAME.` is SERVFAIL with the error `NAME`, but `fine.` which has none. */
function failingServer(block: string, clock = new FakeClock()): Promise<TestServer> {
  const failing = answering('whoami', (query) => {
    const reason = query.name.slice(0, -1);
    if (reason === 'fine') return new Reply({});
    const reply = Reply.failure(Rcode.ServerFailure, 'whoami', new Error(reason));
    return reason.startsWith('later') ? Promise.resolve(reply) : reply;
  });
  return startServer(`. {\n errors ${block}\n whoami\n}`, { plugins: pluginMap(errors, failing), clock });
}

/** The errors plugin's lines, without their prefix. */
function told(server: TestServer): string[] {
  return server.lines
    .filter((line) => line.includes('plugin/errors: '))
    .map((line) => line.replace('plugin/errors: ', ''));
}

test('an error is logged with rcode, lower-case name and type; a reply without one is not', async () => {
  await using server = await failingServer('');
  await server.ask('No-Upstream.', 'AAAA');
  await server.ask('later.', 'A');
  await server.ask('fine.', 'A');
  assert.deepEqual(told(server), ['[ERROR] 2 no-upstream. AAAA: no-upstream', '[ERROR] 2 later. A: later']);
});

const periods = [
  {
    title: 'matching errors are told in one line once the period is over',
    block: '{\n consolidate 5s ^time warning\n}',
    steps: ['time1', 'time2', 'other', 4999, 1],
    lines: ['[ERROR] 2 other. A: other', "[WARNING] 2 errors like '^time' occurred in last 5s"],
  },
  {
    title: 'a period begins with the first error, and again after it',
    block: '{\n consolidate 1m ^time\n}',
    steps: [30_000, 'time1', 59_999, 'time2', 1, 'time3', 60_000, 600_000],
    lines: [
      "[ERROR] 2 errors like '^time' occurred in last 1m0s",
      "[ERROR] 1 errors like '^time' occurred in last 1m0s",
    ],
  },
  {
    title: 'the first pattern that matches counts',
    block: '{\n consolidate 1s a info\n consolidate 1s b\n}',
    steps: ['ab', 'b', 1000],
    lines: ["[INFO] 1 errors like 'a' occurred in last 1s", "[ERROR] 1 errors like 'b' occurred in last 1s"],
  },
  {
    title: 'show_first tells one error at once and then nothing',
    block: '{\n consolidate 1s a info show_first\n}',
    steps: ['a', 1000],
    lines: ['[INFO] 2 a. A: a'],
  },
  {
    title: 'show_first tells the first of two at once, and both in the summary',
    block: '{\n consolidate 1s a info show_first\n}',
    steps: ['a', 'aa', 1000],
    lines: ['[INFO] 2 a. A: a', "[INFO] 2 errors like 'a' occurred in last 1s"],
  },
];
for (const { title, block, steps, lines } of periods) {
  test(title, async () => {
    const clock = new FakeClock();
    await using server = await failingServer(block, clock);
    for (const step of steps) {
      if (typeof step === 'number') clock.advance(step);
      else await server.ask(`${step}.`, 'A');
    }
    assert.deepEqual(told(server), lines);
  });
}

test('what was counted is told when the server ends, and no timer is left', async () => {
  const clock = new FakeClock();
  const server = await failingServer('{\n consolidate 1h a\n}', clock);
  const before = clock.pending;
  await server.ask('a.', 'A');
  assert.equal(clock.pending, before + 1);
  await server.close();
  assert.deepEqual(told(server), ["[ERROR] 1 errors like 'a' occurred in last 1h0m0s"]);
  assert.equal(clock.pending, before);
});

test('stacktrace is offered to the server', async () => {
  let offered: true | undefined;
  const asking = answering(
    'whoami',
    () => Reply.silence,
    (controller) => {
      controller.onStart(() => void (offered = controller.ask(StackTraces)));
    },
  );
  await using _ = await startServer('. {\n errors {\n stacktrace\n }\n whoami\n}', {
    plugins: pluginMap(errors, asking),
  });
  assert.equal(offered, true);
});
