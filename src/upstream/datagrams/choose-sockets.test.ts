import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { chooseSockets } from './choose-sockets.ts';
import { openNodeSocket } from './node-socket.ts';

const isLinux = platform() === 'linux';
const choices = [
  { variable: undefined, isPolled: isLinux },
  { variable: '', isPolled: isLinux },
  { variable: 'batched', isPolled: isLinux },
  { variable: 'dgram', isPolled: false },
  { variable: 'bathced', isPolled: false },
];
for (const { variable, isPolled } of choices) {
  test(`SIGNPOST_UDP=${variable ?? ' not set'}: upstreams are asked by ${isPolled ? 'polled sockets' : 'node:dgram'}`, () => {
    assert.equal(chooseSockets({ SIGNPOST_UDP: variable }) !== openNodeSocket, isPolled);
  });
}
