import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { announcement, oddZones } from './announce.ts';
import { handleSignals } from './signals.ts';
import { startServer } from '../../test/kit/server.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** Handles signals for one test; returns what happens, in order. */
function diaryOf(context: TestContext, stop: () => Promise<void>): string[] {
  const diary: string[] = [];
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  // The test runner listens too, and would end.
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  const note = (entry: string) => (): Promise<void> => {
    diary.push(entry);
    return stop();
  };
  handleSignals({
    drain: note('drain'),
    interrupt: note('interrupt'),
    reload: () => void diary.push('reload'),
    upgrade: () => void diary.push('upgrade'),
    exit: (code) => void diary.push(`exit ${code}`),
  });
  context.after(() => {
    for (const [signal, listeners] of before) {
      process.removeAllListeners(signal);
      for (const listener of listeners) process.on(signal, listener);
    }
  });
  return diary;
}

const rows: [title: string, signals: Signal[], diary: string[]][] = [
  ['TERM drains and ends', ['SIGTERM'], ['drain', 'exit 0']],
  ['INT ends without waiting', ['SIGINT'], ['interrupt', 'exit 0']],
  ['QUIT ends at once', ['SIGQUIT'], ['exit 0']],
  ['USR1 reloads', ['SIGUSR1', 'SIGUSR1'], ['reload', 'reload']],
  ['USR2 is no upgrade', ['SIGUSR2'], ['upgrade']],
  ['HUP is ignored', ['SIGHUP'], []],
];
for (const [title, signals, expected] of rows) {
  test(title, async (context) => {
    const diary = diaryOf(context, () => Promise.resolve());
    for (const signal of signals) process.emit(signal, signal);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(diary, expected);
  });
}

const seconds: [first: Signal, second: Signal, diary: string[]][] = [
  ['SIGTERM', 'SIGINT', ['drain', 'exit 2']],
  ['SIGTERM', 'SIGTERM', ['drain', 'exit 2']],
  ['SIGINT', 'SIGINT', ['interrupt', 'exit 2']],
  ['SIGINT', 'SIGTERM', ['interrupt', 'exit 2']],
];
for (const [first, second, expected] of seconds) {
  test(`${second} after ${first} ends it at once, with 2`, (context) => {
    const diary = diaryOf(context, () => new Promise(() => undefined));
    process.emit(first, first);
    process.emit(second, second);
    assert.deepEqual(diary, expected);
  });
}

test('a stop that fails ends with 3', async (context) => {
  const diary = diaryOf(context, () => Promise.reject(new Error('no')));
  process.emit('SIGTERM', 'SIGTERM');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(diary, ['drain', 'exit 3']);
});

test('the announcement has a line for each zone of each listener', async () => {
  await using server = await startServer('a b:54 {\n    whoami\n}\nc {\n    bind 127.0.0.1\n    whoami\n}\n');
  const zones = announcement(server.signpost).slice(0, 3);
  assert.deepEqual(zones, ['a.:53', 'b.:54', 'c.:53 on 127.0.0.1']);
});

test('odd zones are those that are no host names', () => {
  const zones = [
    '.',
    'a-1.example.',
    '_x.example.',
    '1.example.',
    'a-.example.',
    '10.in-addr.arpa.',
    'f.ip6.arpa.',
  ];
  assert.deepEqual(oddZones([...zones, '_x.example.']), ['_x.example.', '1.example.', 'a-.example.']);
});
