import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { platform } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { bytes, Inbox, text, transportBattery, TransportBench } from '../../test/battery/transport.ts';
import { until } from '../../test/kit/until.ts';
import type { Peer } from '../../test/battery/transport.ts';
import { createUdpTransport } from './udp.ts';

transportBattery('udp by node:dgram', createUdpTransport, connect);

test('the wildcard answers from the address that was asked', async () => {
  const bench = new TransportBench();
  const interfaces = loopback('127.0.0.1', '127.0.0.2');
  const asked: string[] = [];
  const transport = createUdpTransport({
    ...bench.options((packet, client) => {
      asked.push(client.localAddress);
      return packet;
    }),
    address: '',
    interfaces,
  });
  await transport.listen();
  try {
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      // A connected socket takes replies from the address it sent to only.
      const peer = await connect(transport.port, address);
      peer.send(bytes(address));
      assert.equal(text(await peer.receive()), address);
      peer.close();
    }
    assert.deepEqual(asked, ['127.0.0.1', '127.0.0.2']);
  } finally {
    await transport.close(0);
  }
});

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
    const peer = await connect(transport.port, '127.0.0.3');
    peer.send(bytes('new address'));
    assert.equal(text(await peer.receive()), 'new address');
    peer.close();

    interfaces = loopback('127.0.0.1');
    bench.clock.advance(3000);
    await until(() =>
      bench.lines.includes('[INFO] address 127.0.0.3 is gone: no longer listening there by udp'),
    );
    const freed = await bind(transport.port, '127.0.0.3');
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
  const rival = await bind(transport.port, '127.0.0.4');
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
  const rival = await bind(0, '127.0.0.2');
  const { port } = rival.address();
  const interfaces = loopback('127.0.0.1', '127.0.0.2');
  const transport = createUdpTransport({ ...bench.options(() => undefined), address: '', port, interfaces });
  await assert.rejects(transport.listen(), {
    message: `listen udp 127.0.0.2:${port}: bind: address already in use`,
  });
  rival.close();
  const freed = await bind(port, '127.0.0.1');
  freed.close();
});

test('an address that the machine has lost again does not refuse the start', async () => {
  const bench = new TransportBench();
  const interfaces = loopback('127.0.0.1', '203.0.113.1');
  const transport = createUdpTransport({ ...bench.options((packet) => packet), address: '', interfaces });
  await transport.listen();
  const peer = await connect(transport.port);
  peer.send(bytes('here'));
  assert.equal(text(await peer.receive()), 'here');
  assert.match(bench.lines.join('\n'), /\[WARNING\] listen udp 203\.0\.113\.1:\d+: bind: cannot assign/);
  peer.close();
  await transport.close(0);
});

test('a reply longer than a datagram can be is dropped and counted', async () => {
  const bench = new TransportBench();
  const transport = createUdpTransport(
    bench.options((packet) => (text(packet) === 'huge' ? new Uint8Array(65_508) : packet)),
  );
  await transport.listen();
  const peer = await connect(transport.port);
  peer.send(bytes('huge'));
  peer.send(bytes('small'));
  assert.equal(text(await peer.receive()), 'small');
  assert.equal(await bench.metric('signpost_udp_socket_errors_total{server="dns://:53"}'), 1);
  peer.close();
  await transport.close(0);
});

for (const port of ['any', 'one']) {
  test(`datagrams that had arrived before the close of ${port} port are answered`, async () => {
    const bench = new TransportBench();
    const options = { ...bench.options((packet) => packet), port: port === 'one' ? await freePort() : 0 };
    const transport = createUdpTransport(options);
    await transport.listen();
    const peer = await connect(transport.port);
    // All of these are in the server's socket before it gets to read any.
    for (let index = 0; index < 80; index++) peer.send(bytes(`last ${index}`));
    await transport.close(5000);
    for (let index = 0; index < 80; index++) assert.equal(text(await peer.receive()), `last ${index}`);
    peer.close();
  });
}

if (platform() === 'linux') {
  test('while late answers are waited for, new clients are told that nobody listens', async () => {
    const bench = new TransportBench();
    const late = Promise.withResolvers<Uint8Array>();
    const answers = bench.options((packet) => (text(packet) === 'late' ? late.promise : packet));
    const transport = createUdpTransport({ ...answers, port: await freePort() });
    await transport.listen();
    const early = await connect(transport.port);
    early.send(bytes('late'));
    early.send(bytes('early'));
    assert.equal(text(await early.receive()), 'early');
    const closing = transport.close(5000);
    await new Promise((resolve) => setImmediate(resolve));

    const newcomer = createSocket('udp4');
    await new Promise<void>((resolve) => newcomer.connect(transport.port, '127.0.0.1', resolve));
    const refused = new Promise<Error>((resolve) => newcomer.once('error', resolve));
    newcomer.send(bytes('new'));
    assert.match((await refused).message, /ECONNREFUSED/);

    late.resolve(bytes('at last'));
    assert.equal(text(await early.receive()), 'at last');
    await closing;
    early.close();
    newcomer.close();
  });
}

/** A UDP port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const socket = await bind(0, '127.0.0.1');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function loopback(...addresses: string[]): () => Record<string, NetworkInterfaceInfo[]> {
  const base = { netmask: '255.0.0.0', family: 'IPv4', mac: '00:00:00:00:00:00', internal: true } as const;
  return () => ({ lo: addresses.map((address) => ({ ...base, address, cidr: `${address}/8` })) });
}

async function bind(port: number, address: string): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address, exclusive: true }, resolve);
  });
  return socket;
}

async function connect(port: number, address = '127.0.0.1'): Promise<Peer> {
  const socket = createSocket('udp4');
  const inbox = new Inbox();
  socket.on('message', (packet) => inbox.put(packet));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.connect(port, address, resolve));
  return {
    send: (packet) => socket.send(packet),
    sendGarbage: (packet) => socket.send(packet),
    receive: () => inbox.next(),
    port: socket.address().port,
    close: () => socket.close(),
  };
}
