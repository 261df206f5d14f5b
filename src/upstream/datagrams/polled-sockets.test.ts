import assert from 'node:assert/strict';
import { getSystemErrorName } from 'node:util';
import { test } from 'node:test';
import { EAGAIN, EINTR, ENOBUFS } from '../../transport/batched/linux.ts';
import type { DatagramListener } from './datagram-socket.ts';
import type { PollCalls } from './poll-calls.ts';
import { polledSockets } from './polled-sockets.ts';

const EMFILE = 24;
const ECONNREFUSED = 111;
const ENETUNREACH = 101;

/** A C library in which all calls succeed, but those that a test lets fail, with a reason. */
class ScriptedCalls implements PollCalls {
  readonly failing = new Map<string, number>();
  readonly closed: number[] = [];
  /** Whether there is always something to read. */
  flooded = false;
  readable: () => void = () => assert.fail('nothing is watched');
  #reason = 0;
  #descriptors = 10;

  errno(): number {
    return this.#reason;
  }

  addressOf(memory: Uint8Array): number {
    // All events are of the first socket.
    if (memory.length > 64 && memory.length < 65_536) new Int32Array(memory.buffer).fill(10);
    return 2 ** 33;
  }

  socket(): number {
    return this.#call('socket', this.#descriptors++);
  }

  bind(): number {
    return this.#call('bind', 0);
  }

  connect(): number {
    return this.#call('connect', 0);
  }

  getsockname(): number {
    return this.#call('getsockname', 0);
  }

  sendmmsg(_descriptor: number, _messages: number, count: number): number {
    return this.#call('sendmmsg', count);
  }

  recvmmsg(): number {
    return this.#call('recvmmsg', 1);
  }

  close(descriptor: number): number {
    this.closed.push(descriptor);
    return 0;
  }

  epoll_create1(): number {
    return this.#call('epoll_create1', 3);
  }

  epoll_ctl(): number {
    return this.#call('epoll_ctl', 0);
  }

  epoll_wait(_epoll: number, _events: number, count: number): number {
    return this.flooded ? count : 0;
  }

  watch(_epoll: number, readable: () => void): void {
    this.readable = readable;
  }

  #call(name: string, result: number): number {
    const reason = this.failing.get(name);
    if (reason === undefined) return result;
    this.#reason = reason;
    return -1;
  }
}

const endpoint = { address: '192.0.2.1', port: 53, sourceAddress: '192.0.2.2' };

/** Opens a socket and sends a datagram; what the listener was told. */
async function outcome(calls: ScriptedCalls): Promise<(string | undefined)[]> {
  const errors: (string | undefined)[] = [];
  const listener: DatagramListener = {
    received: () => undefined,
    failed: ({ code }) => {
      errors.push(code);
      socket.close();
    },
  };
  const socket = polledSockets(calls)(endpoint, listener);
  socket.send(Buffer.from('hello'));
  assert.deepEqual(errors, [], 'nothing is told at once');
  await new Promise((resolve) => setImmediate(resolve));
  return errors;
}

for (const call of ['socket', 'bind', 'connect', 'epoll_ctl', 'sendmmsg']) {
  for (const reason of [EMFILE, ENETUNREACH]) {
    const code = getSystemErrorName(-reason);
    test(`${call} fails with ${code}: that is told once, and nothing stays open`, async () => {
      const calls = new ScriptedCalls();
      calls.failing.set(call, reason);
      assert.deepEqual(await outcome(calls), [code]);
      assert.deepEqual(calls.closed, call === 'socket' ? [] : [10]);
    });
  }
}

for (const reason of [EAGAIN, EINTR, ENOBUFS]) {
  test(`sendmmsg fails with ${getSystemErrorName(-reason)}: the datagram is lost, the socket goes on`, async () => {
    const calls = new ScriptedCalls();
    calls.failing.set('sendmmsg', reason);
    assert.deepEqual(await outcome(calls), []);
    assert.deepEqual(calls.closed, []);
  });
}

test('without epoll there are no such sockets', () => {
  const calls = new ScriptedCalls();
  calls.failing.set('epoll_create1', EMFILE);
  assert.throws(() => polledSockets(calls), { code: 'EMFILE', syscall: 'epoll_create1' });
});

test('a flood is read in pieces, and once a turn of the event loop', async () => {
  const calls = new ScriptedCalls();
  let received = 0;
  polledSockets(calls)(endpoint, { received: () => received++, failed: () => assert.fail() });
  calls.flooded = true;
  for (const expected of [256, 512]) {
    calls.readable();
    calls.readable();
    assert.equal(received, expected - 256, 'not before Node says so');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(received, expected);
  }
});

test('what cannot be received after all is no error, a closed port is', async () => {
  const calls = new ScriptedCalls();
  const errors: (string | undefined)[] = [];
  const socket = polledSockets(calls)(endpoint, {
    received: () => assert.fail(),
    failed: ({ code }) => {
      errors.push(code);
      socket.close();
    },
  });
  calls.flooded = true;
  for (const [reason, expected] of [
    [EAGAIN, []],
    [ECONNREFUSED, ['ECONNREFUSED']],
  ] as const) {
    calls.failing.set('recvmmsg', reason);
    calls.readable();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(errors, expected);
  }
});
