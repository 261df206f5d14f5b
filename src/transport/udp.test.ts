import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { bytes, text, TransportBench } from '../../test/battery/transport.ts';
import { bindUdp, connectUdp, udpBattery } from '../../test/battery/udp.ts';
import { until } from '../../test/kit/until.ts';
import { createUdpTransport } from './udp.ts';

udpBattery('udp by node:dgram', (options) =>
  createUdpTransport({ ...options, interfaces: loopback('127.0.0.1', '127.0.0.2', '::1') }),
);

test('the wildcard follows addresses that come and go', async () => {
  const bench = new TransportBench();
  let interfaces = loopback('127.0.0.1');
  const transport = createUdpTransport({
    ...bench.options((packet) => packet),
    address: '',
    interfaces: () => interfaces(),
  });
  await transport.listen();
  try {
    interfaces = loopback('127.0.0.1', '127.0.0.3');
    bench.clock.advance(3000);
    await until(() => bench.lines.includes('[INFO] address 127.0.0.3 is new: listening there by udp'));
    const peer = await connectUdp(transport.port, '127.0.0.3');
    peer.send(bytes('new address'));
    assert.equal(text(await peer.receive()), 'new address');
    peer.close();

    interfaces = loopback('127.0.0.1');
    bench.clock.advance(3000);
    await until(() =>
      bench.lines.includes('[INFO] address 127.0.0.3 is gone: no longer listening there by udp'),
    );
    const freed = await bindUdp(transport.port, '127.0.0.3');
    freed.close();
  } finally {
    await transport.close(0);
  }
});

test('a new address that cannot be bound is logged once, counted, and tried again', async () => {
  const bench = new TransportBench();
  let interfaces = loopback('127.0.0.1');
  const transport = createUdpTransport({
    ...bench.options((packet) => packet),
    address: '',
    interfaces: () => interfaces(),
  });
  await transport.listen();
  const failures = 'signpost_udp_bind_failures_total{server="dns://:53"}';
  const rival = await bindUdp(transport.port, '127.0.0.4');
  try {
    interfaces = loopback('127.0.0.1', '127.0.0.4');
    for (let failed = 1; failed <= 2; failed++) {
      bench.clock.advance(3000);
      await until(async () => (await bench.metric(failures)) === failed);
    }
    const taken = bench.lines.filter((line) => line.includes('127.0.0.4'));
    assert.equal(taken.length, 1);
    assert.match(taken[0]!, /^\[WARNING\] listen udp 127\.0\.0\.4:\d+: bind: address already in use; trying/);
    rival.close();
    await new Promise((resolve) => rival.once('close', resolve));
    await until(() => {
      bench.clock.advance(3000);
      return bench.lines.includes('[INFO] address 127.0.0.4 is new: listening there by udp');
    });
  } finally {
    await transport.close(0);
  }
});

test('an address of the wildcard in use at the start refuses the start', async () => {
  const bench = new TransportBench();
  const rival = await bindUdp(0, '127.0.0.2');
  const { port } = rival.address();
  const interfaces = loopback('127.0.0.1', '127.0.0.2');
  const transport = createUdpTransport({ ...bench.options(() => undefined), address: '', port, interfaces });
  await assert.rejects(transport.listen(), {
    message: `listen udp 127.0.0.2:${port}: bind: address already in use`,
  });
  rival.close();
  const freed = await bindUdp(port, '127.0.0.1');
  freed.close();
});

test('an address that the machine has lost again does not refuse the start', async () => {
  const bench = new TransportBench();
  const interfaces = loopback('127.0.0.1', '203.0.113.1');
  const transport = createUdpTransport({ ...bench.options((packet) => packet), address: '', interfaces });
  await transport.listen();
  const peer = await connectUdp(transport.port);
  peer.send(bytes('here'));
  assert.equal(text(await peer.receive()), 'here');
  assert.match(bench.lines.join('\n'), /\[WARNING\] listen udp 203\.0\.113\.1:\d+: bind: cannot assign/);
  peer.close();
  await transport.close(0);
});

function loopback(...addresses: string[]): () => Record<string, NetworkInterfaceInfo[]> {
  const base = { netmask: '255.0.0.0', mac: '00:00:00:00:00:00', internal: true, cidr: null } as const;
  return () => ({
    lo: addresses.map((address) =>
      address.includes(':')
        ? { ...base, address, family: 'IPv6', scopeid: 0 }
        : { ...base, address, family: 'IPv4' },
    ),
  });
}
