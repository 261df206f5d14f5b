import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { TransportBench } from '../../test/battery/transport.ts';
import { unsupportedMachine } from './batched/libc.ts';
import { chooseUdp } from './choose-udp.ts';

const isLinux = platform() === 'linux';
const choices = [
  {
    variable: undefined,
    name: isLinux ? 'udp by recvmmsg' : 'udp by node:dgram',
    line: isLinux ? undefined : '[INFO] UDP by node:dgram: ',
  },
  {
    variable: '',
    name: isLinux ? 'udp by recvmmsg' : 'udp by node:dgram',
    line: isLinux ? undefined : '[INFO] UDP by node:dgram: ',
  },
  {
    variable: 'dgram',
    name: 'udp by node:dgram',
    line: '[INFO] UDP by node:dgram: SIGNPOST_UDP=dgram',
  },
  {
    variable: 'batched',
    name: isLinux ? 'udp by recvmmsg' : 'udp by node:dgram',
    line: isLinux ? undefined : '[WARNING] SIGNPOST_UDP=batched cannot be',
  },
  {
    variable: 'bathced',
    name: 'udp by node:dgram',
    line: '[WARNING] SIGNPOST_UDP=bathced: it may be batched or dgram',
  },
];
for (const { variable, name, line } of choices) {
  test(`SIGNPOST_UDP=${variable ?? ' not set'} is ${name}`, async () => {
    const bench = new TransportBench();
    const options = bench.options(() => undefined);
    const create = await chooseUdp({ SIGNPOST_UDP: variable }, options.log);
    assert.equal(create(options).name, name);
    assert.equal(bench.lines.length, line === undefined ? 0 : 1);
    if (line !== undefined) assert.ok(bench.lines[0]!.startsWith(line), bench.lines[0]!);
  });
}

const machines = [
  { platform: 'linux', architecture: 'x64', reason: undefined },
  { platform: 'linux', architecture: 'arm64', reason: undefined },
  { platform: 'linux', architecture: 's390x', reason: /made for x64, arm64, .* this is s390x/ },
  { platform: 'linux', architecture: 'arm', reason: /made for/ },
  { platform: 'darwin', architecture: 'arm64', reason: /calls of Linux, and this is darwin/ },
  { platform: 'win32', architecture: 'x64', reason: /calls of Linux/ },
];
for (const { platform: system, architecture, reason } of machines) {
  test(`batched UDP on ${system} ${architecture}: ${reason === undefined ? 'yes' : 'no'}`, () => {
    const found = unsupportedMachine(system, architecture);
    if (reason === undefined) assert.equal(found, undefined);
    else assert.match(found!, reason);
  });
}
