import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { platform } from 'node:os';
import { test } from 'node:test';
import type { Client } from '../../src/server/query.ts';
import type { Transport, TransportOptions } from '../../src/transport/transport.ts';
import { until } from '../kit/until.ts';
import { bytes, Inbox, text, transportBattery, TransportBench } from './transport.ts';
import type { Peer } from './transport.ts';

/**
 * What every transport of UDP must do, beyond what all transports must.
 * @param create makes one; on the wildcard it serves at least 127.0.0.1, 127.0.0.2 and ::1
 */
export function udpBattery(title: string, create: (options: TransportOptions) => Transport): void {
  transportBattery(title, create, connectUdp);

  const clients = [
    { address: '127.0.0.1', asked: '127.0.0.1', family: 4, from: '127.0.0.1' },
    { address: '::1', asked: '::1', family: 6, from: '::1' },
    { address: '', asked: '127.0.0.1', family: 4, from: '127.0.0.1' },
    { address: '', asked: '127.0.0.2', family: 4, from: '127.0.0.1' },
    { address: '', asked: '::1', family: 6, from: '::1' },
    { address: '::', asked: '127.0.0.2', family: 4, from: '127.0.0.1' },
    { address: '0.0.0.0', asked: '127.0.0.2', family: 4, from: '127.0.0.1' },
  ] as const;
  for (const { address, asked, family, from } of clients) {
    const place = address === '' ? 'everything' : address;
    test(`${title}: bound to ${place}, asked at ${asked}, answers from there, at once and late`, async () => {
      const bench = new TransportBench();
      const seen: Client[] = [];
      const options = bench.options((packet, client) => {
        seen.push(client);
        if (text(packet) === 'at once') return packet;
        return new Promise((resolve) => setImmediate(() => resolve(packet)));
      });
      const transport = create({ ...options, address });
      await transport.listen();
      // A connected socket takes replies from the address it sent to only.
      const peer = await connectUdp(transport.port, asked);
      try {
        for (const question of ['at once', 'late']) {
          peer.send(bytes(question));
          assert.equal(text(await peer.receive()), question);
        }
        const client = { protocol: 'udp', address: from, family, port: peer.port };
        const local = { localAddress: asked, localPort: transport.port };
        // Plugins copy clients by their own properties.
        assert.deepEqual({ ...seen[1] }, { ...client, ...local });
      } finally {
        peer.close();
        await transport.close(0);
      }
    });
  }

  test(`${title}: replies of every size there is, at once and late`, async () => {
    const bench = new TransportBench();
    const sizes = [0, 1, 63, 64, 65, 511, 512, 1232, 4096, 4097, 65_506, 65_507];
    const transport = create(
      bench.options(([index, late]) => {
        const reply = Buffer.alloc(sizes[index!]!, index);
        return late === 1 ? Promise.resolve(reply) : reply;
      }),
    );
    await transport.listen();
    const peer = await connectUdp(transport.port);
    try {
      for (const [index, size] of sizes.entries()) {
        for (const late of [0, 1]) {
          peer.send(Uint8Array.of(index, late));
          const reply = await peer.receive();
          assert.equal(reply.length, size);
          assert.ok(reply.every((byte) => byte === index));
        }
      }
    } finally {
      peer.close();
      await transport.close(0);
    }
  });

  test(`${title}: a reply longer than a datagram can be is dropped and counted`, async () => {
    const bench = new TransportBench();
    const transport = create(
      bench.options((packet) => (text(packet) === 'huge' ? new Uint8Array(65_508) : packet)),
    );
    await transport.listen();
    const peer = await connectUdp(transport.port);
    peer.send(bytes('huge'));
    peer.send(bytes('small'));
    assert.equal(text(await peer.receive()), 'small');
    assert.equal(await bench.metric('signpost_udp_socket_errors_total{server="dns://:53"}'), 1);
    peer.close();
    await transport.close(0);
  });

  test(`${title}: a packet is the handler's to keep`, async () => {
    const bench = new TransportBench();
    const kept: Uint8Array[] = [];
    const transport = create(
      bench.options((packet) => {
        // Others on this machine may aim at this port, whoever had it before.
        if (text(packet).startsWith('packet')) kept.push(packet);
        return packet;
      }),
    );
    await transport.listen();
    const peer = await connectUdp(transport.port);
    for (let index = 0; index < 200; index++) {
      peer.send(bytes(`packet ${index}`));
      await peer.receive();
    }
    assert.deepEqual(
      kept.map(text),
      Array.from({ length: 200 }, (_, index) => `packet ${index}`),
    );
    peer.close();
    await transport.close(0);
  });

  for (const address of ['127.0.0.1', '::1', '']) {
    const place = address === '' ? 'everything' : address;
    for (const port of ['any', 'one']) {
      test(`${title}: what had arrived at ${port} port of ${place} before the close is answered`, async () => {
        const bench = new TransportBench();
        const asked = address === '' ? '127.0.0.2' : address;
        const options = bench.options((packet) => packet);
        const transport = create({ ...options, address, port: port === 'one' ? await freePort(asked) : 0 });
        await transport.listen();
        const peer = await connectUdp(transport.port, asked);
        // All of these are in the server's socket before the main thread gets to see any.
        for (let index = 0; index < 80; index++) peer.send(bytes(`last ${index}`));
        await transport.close(5000);
        for (let index = 0; index < 80; index++) assert.equal(text(await peer.receive()), `last ${index}`);
        peer.close();
      });
    }
    // Others have no way to refuse.
    if (platform() === 'linux') {
      test(`${title}: bound to ${place}, tells newcomers that nobody listens while late answers are waited for`, () =>
        refusesNewcomers(create, address));
    }
  }
}

async function refusesNewcomers(
  create: (options: TransportOptions) => Transport,
  address: string,
): Promise<void> {
  const bench = new TransportBench();
  const late = Promise.withResolvers<Uint8Array>();
  let asked = false;
  const options = bench.options((packet) => {
    asked = true;
    return text(packet) === 'late' ? late.promise : packet;
  });
  const targets = address === '' ? ['127.0.0.1', '127.0.0.2', '::1'] : [address];
  const transport = create({ ...options, address, port: await freePort(targets[0]!) });
  await transport.listen();
  const early = await Promise.all(targets.map((target) => connectUdp(transport.port, target)));
  for (const peer of early) {
    asked = false;
    peer.send(bytes('late'));
    await until(() => asked);
  }
  const closing = transport.close(5000);
  await new Promise((resolve) => setImmediate(resolve));
  for (const target of targets) {
    const newcomer = createSocket(target.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve) => newcomer.connect(transport.port, target, resolve));
    const refused = new Promise<Error>((resolve) => newcomer.once('error', resolve));
    newcomer.send(bytes('new'));
    assert.match((await refused).message, /ECONNREFUSED/);
    newcomer.close();
  }
  late.resolve(bytes('at last'));
  for (const peer of early) {
    assert.equal(text(await peer.receive()), 'at last');
    peer.close();
  }
  await closing;
}

/** A peer by UDP, which hears only the address that it speaks to. */
export async function connectUdp(port: number, address = '127.0.0.1'): Promise<Peer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
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

/** Binds a socket of the test's own. */
export async function bindUdp(port: number, address: string): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket({
    type: address.includes(':') ? 'udp6' : 'udp4',
    ipv6Only: address.includes(':'),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address, exclusive: true }, resolve);
  });
  return socket;
}

/** A UDP port of an address that is free now. */
export async function freePort(address: string): Promise<number> {
  const socket = await bindUdp(0, address);
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
