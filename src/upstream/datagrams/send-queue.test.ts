import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EAGAIN } from '../../transport/batched/linux.ts';
import type { PollCalls } from './poll-calls.ts';
import { SendQueue } from './send-queue.ts';
import type { Sender } from './send-queue.ts';

const ECONNREFUSED = 111;

/** Notes how many messages each call got, and answers with what a test says: how many are sent, or less than 0: why not. */
function scripted(results: readonly number[] = []): { calls: PollCalls; sent: [number, number][] } {
  const sent: [number, number][] = [];
  let reason = 0;
  const calls = {
    errno: () => reason,
    addressOf: () => 2 ** 33,
    sendmmsg: (descriptor: number, _messages: number, count: number) => {
      const result = results[sent.push([descriptor, count]) - 1] ?? count;
      reason = -result;
      return result < 0 ? -1 : result;
    },
  };
  return { calls: calls as unknown as PollCalls, sent };
}

function senders(): Record<'one' | 'other', Sender & { failures: number }> {
  const sender = (descriptor: number): Sender & { failures: number } => ({
    descriptor,
    failures: 0,
    sendFailed() {
      this.failures++;
    },
  });
  return { one: sender(10), other: sender(11) };
}

const isPassing = (errno: number): boolean => errno === EAGAIN;
const packet = Buffer.alloc(40);

test('one call for each socket, whichever order they come in', () => {
  const { calls, sent } = scripted();
  const { one, other } = senders();
  const queue = new SendQueue(calls, isPassing);
  for (const sender of [one, other, one, other, one]) queue.add(sender, packet);
  assert.equal(queue.isEmpty, false);
  assert.deepEqual(sent, []);
  queue.flush();
  queue.flush();
  assert.deepEqual(sent, [
    [10, 3],
    [11, 2],
  ]);
  assert.equal(queue.isEmpty, true);
});

test('there is room for 64 datagrams and for 128 KiB; what comes then sends those', () => {
  const { calls, sent } = scripted();
  const { one } = senders();
  const queue = new SendQueue(calls, isPassing);
  for (let count = 0; count < 65; count++) queue.add(one, packet);
  assert.deepEqual(sent, [[10, 64]]);
  const large = Buffer.alloc(65_507);
  queue.add(one, large);
  queue.add(one, large);
  assert.deepEqual(sent.length, 1);
  queue.add(one, large);
  assert.deepEqual(sent, [
    [10, 64],
    [10, 3],
  ]);
});

const rows: readonly { title: string; results: readonly number[]; sent: number[]; failures: number }[] = [
  { title: 'the rest is sent after a short count', results: [2], sent: [5, 3], failures: 0 },
  { title: 'without room the rest is lost', results: [2, -EAGAIN], sent: [5, 3], failures: 0 },
  { title: 'an error is told once', results: [2, -ECONNREFUSED], sent: [5, 3], failures: 1 },
];

for (const { title, results, sent: expected, failures } of rows) {
  test(`${title}, and other sockets go on`, () => {
    const { calls, sent } = scripted(results);
    const { one, other } = senders();
    const queue = new SendQueue(calls, isPassing);
    for (let count = 0; count < 5; count++) queue.add(one, packet);
    queue.add(other, packet);
    queue.flush();
    assert.deepEqual(sent, [...expected.map((count) => [10, count]), [11, 1]]);
    assert.deepEqual([one.failures, other.failures], [failures, 0]);
  });
}
