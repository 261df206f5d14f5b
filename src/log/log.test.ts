import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from './logger.ts';
import { standardOutput } from './stdout.ts';

test('lines carry their level and their plugin', () => {
  const lines: string[] = [];
  const log = createLogger((line) => lines.push(line));
  log.info('a');
  log.named('plugin/hosts').warning('b');
  log.named('plugin/x').named('part').error('c');
  log.fatal('d');
  const expected = ['[INFO] a', '[WARNING] plugin/hosts: b', '[ERROR] plugin/x: part: c', '[FATAL] d'];
  assert.deepEqual(lines, expected);
});

test('debug lines appear while debugging is on, also in loggers that were made before', () => {
  const lines: string[] = [];
  const settings = { debug: false };
  const log = createLogger((line) => lines.push(line), settings).named('plugin/x');
  log.debug('hidden');
  settings.debug = true;
  log.debug('shown');
  assert.deepEqual(lines, ['[DEBUG] plugin/x: shown']);
});

/** Takes what is written to file descriptor 1; each call may take `limit` bytes, or fail. */
function captured(context: TestContext, take: (bytes: Buffer) => number): string[] {
  const writes: string[] = [];
  context.mock.method(fs, 'writeSync', (descriptor: number, bytes: Buffer) => {
    assert.equal(descriptor, 1);
    const count = take(bytes);
    writes.push(bytes.toString('utf8', 0, count));
    return count;
  });
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return writes;
}

test('lines of one turn go out with one write, in their order', async (context) => {
  const writes = captured(context, (bytes) => bytes.length);
  const output = standardOutput();
  for (const line of ['one', 'two', 'three']) output.sink(line);
  assert.deepEqual(writes, []);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(writes, ['one\ntwo\nthree\n']);
  output.sink('four');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(writes.slice(1), ['four\n']);
});

test('very many lines do not wait for the end of the turn', (context) => {
  const writes = captured(context, (bytes) => bytes.length);
  const output = standardOutput();
  for (let count = 0; count < 300; count++) output.sink(String(count));
  assert.equal(writes.length, 1);
  output.flush();
  assert.equal(writes.join('').split('\n').length, 301);
  output.flush();
  assert.equal(writes.length, 2, 'nothing is pending any more');
});

test('what is written in part is written to its end', (context) => {
  const writes = captured(context, (bytes) => Math.min(4, bytes.length));
  const output = standardOutput();
  output.sink('a longer line');
  output.flush();
  assert.equal(writes.join(''), 'a longer line\n');
});

test('an output that nobody reads any more costs nothing but the lines', (context) => {
  captured(context, () => {
    throw Object.assign(new Error('gone'), { code: 'EPIPE' });
  });
  const output = standardOutput();
  output.sink('lost');
  assert.doesNotThrow(() => output.flush());
});

test('a full pipe gets the rest through Node’s queue', (context) => {
  let full = false;
  captured(context, (bytes) => {
    if (full) throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    full = true;
    return Math.min(3, bytes.length);
  });
  const queued: string[] = [];
  context.mock.method(process.stdout, 'write', (bytes: Buffer) => queued.push(String(bytes)) > 0);
  const output = standardOutput();
  output.sink('abcdef');
  output.flush();
  assert.deepEqual(queued, ['def\n']);
});

for (const [title, waiting, expected] of [
  ['go behind what waits', 5, ['next\n']],
  ['are lost when far too much waits', 10_000_000, []],
] as const) {
  test(`lines for a slow reader ${title}`, (context) => {
    const writes = captured(context, (bytes) => bytes.length);
    const queued: string[] = [];
    context.mock.method(process.stdout, 'write', (bytes: Buffer) => queued.push(String(bytes)) > 0);
    Object.defineProperty(process.stdout, 'writableLength', { value: waiting, configurable: true });
    context.after(() => Reflect.deleteProperty(process.stdout, 'writableLength'));
    const output = standardOutput();
    output.sink('next');
    output.flush();
    assert.deepEqual([queued, writes], [expected, []]);
  });
}
