import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { bytes, text, TransportBench } from '../../../test/battery/transport.ts';
import { connectUdp, freePort, udpBattery } from '../../../test/battery/udp.ts';
import { until } from '../../../test/kit/until.ts';
import type { PacketHandler } from '../transport.ts';
import { createBatchedTransport, type BatchedOptions, type TeachableTransport } from './batched-transport.ts';
import { loadLibC, type LibC } from './libc.ts';
import { AF_INET6, EAFNOSUPPORT, SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } from './linux.ts';

// Elsewhere node:dgram serves, and its tests say how.
if (platform() === 'linux') await testsOfBatches();

async function testsOfBatches(): Promise<void> {
  const libc = await loadLibC();
  const hotAnswers = { module: new URL('./test-hot-answers.ts', import.meta.url).href, data: { mark: '!' } };

  udpBattery('udp by recvmmsg', (options) => createBatchedTransport({ ...options, libc }));
  // As the stock limit of Linux has it.
  udpBattery('udp by recvmmsg from small buffers', (options) =>
    createBatchedTransport({ ...options, libc, receiveBuffer: 208 * 1024 }),
  );

  /** A transport that listens, and is closed however the test ends. */
  class Stage implements AsyncDisposable {
    readonly bench = new TransportBench();
    readonly transport: TeachableTransport;

    constructor(handler: PacketHandler, options: Partial<BatchedOptions> = {}) {
      this.transport = createBatchedTransport({ ...this.bench.options(handler), libc, ...options });
    }

    static async open(handler: PacketHandler, options: Partial<BatchedOptions> = {}): Promise<Stage> {
      const stage = new Stage(handler, options);
      await stage.transport.listen();
      return stage;
    }

    metric(name: string): Promise<number | undefined> {
      return this.bench.metric(`signpost_udp_${name}{server="dns://:53"}`);
    }

    [Symbol.asyncDispose](): Promise<void> {
      return this.transport.close(0);
    }
  }

  test('says at the start what runs, and with what receive buffer', async () => {
    // The machine's limit and this process's capabilities decide; so here the system's answer is ours.
    let refuse = false;
    const poor: LibC = {
      ...libc,
      setsockopt: (descriptor, level, option, value, length) => {
        if (refuse && level === SOL_SOCKET && option === SO_RCVBUFFORCE) return -1;
        const lower = refuse && level === SOL_SOCKET && option === SO_RCVBUF;
        return lower ? 0 : libc.setsockopt(descriptor, level, option, value, length);
      },
    };
    const start = '[INFO] dns://:53: UDP by recvmmsg and sendmmsg, ';
    await using rich = await Stage.open((packet) => packet, { sockets: 2 });
    assert.match(
      rich.bench.lines[0]!,
      /, 2 workers, receive buffer [1-9]\d+ KiB( in each of \d+ sockets, not 4096 .*)?$/,
    );
    assert.ok(rich.bench.lines[0]!.startsWith(start));
    refuse = true;
    await using stage = await Stage.open((packet) => packet, { libc: poor });
    assert.match(
      stage.bench.lines[0]!,
      /, one worker, receive buffer [1-9]\d+ KiB in each of 16 sockets, not 4096 \(net\.core\.rmem_max, or the capability NET_ADMIN\)$/,
    );
  });

  test('a query too long to be one is refused by its header, and a reply as long is ignored', async () => {
    let asked = 0;
    await using stage = await Stage.open((packet) => {
      asked++;
      return packet;
    });
    const peer = await connectUdp(stage.transport.port);
    const long = Buffer.alloc(4097);
    long.set([0x12, 0x34, 0x81, 0, 0, 1]);
    peer.send(long);
    long.set([0x12, 0x34, 0x01, 0, 0, 1]);
    peer.send(long);
    const refusal = await peer.receive();
    assert.deepEqual([...refusal], [0x12, 0x34, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(asked, 0);
    peer.send(long.subarray(0, 4096));
    assert.equal((await peer.receive()).length, 4096);
    peer.close();
  });

  for (const { address, asked, family } of [
    { address: '127.0.0.1', asked: '127.0.0.1', family: 4 },
    { address: '::1', asked: '::1', family: 6 },
    { address: '', asked: '127.0.0.2', family: 4 },
    { address: '', asked: '::1', family: 6 },
    { address: '0.0.0.0', asked: '127.0.0.2', family: 4 },
  ]) {
    test(`bound to '${address}', hits at ${asked} are answered by the worker from there`, async () => {
      const missed: string[] = [];
      const handler: PacketHandler = (packet) => {
        missed.push(text(packet));
        return packet;
      };
      await using stage = await Stage.open(handler, { address, hotAnswers });
      const peer = await connectUdp(stage.transport.port, asked);
      const expected = new Set<string>();
      for (let index = 0; index < 50; index++) {
        peer.send(bytes(`hit ${index}`));
        peer.send(bytes(`miss ${index}`));
        expected.add(`HIT ${index}!${family}`).add(`miss ${index}`);
      }
      peer.send(bytes('long'));
      expected.add('!'.repeat(4096));
      const received = new Set<string>();
      for (let index = 0; index < 101; index++) received.add(text(await peer.receive()));
      assert.deepEqual(received, expected);
      assert.equal(missed.length, 50);
      peer.close();
    });
  }

  test('a worker learns what the main thread posts', async () => {
    await using stage = await Stage.open((packet) => packet, { hotAnswers });
    const peer = await connectUdp(stage.transport.port);
    stage.transport.teach('by heart');
    await until(async () => {
      peer.send(bytes('learnt'));
      return text(await peer.receive()) === 'by heart';
    });
    peer.close();
  });

  test('a worker that is lost is replaced and counted, and its socket goes on', async () => {
    await using stage = await Stage.open((packet) => packet, { hotAnswers });
    const peer = await connectUdp(stage.transport.port);
    const { clock, lines } = stage.bench;
    peer.send(bytes('before'));
    assert.equal(text(await peer.receive()), 'before');
    clock.advance(1000);
    peer.send(bytes('crash'));
    await until(async () => (await stage.metric('worker_restarts_total')) === 1);
    assert.match(lines.at(-1)!, /\[ERROR\] .*is lost \(crashed on purpose\); starting another now$/);

    peer.send(bytes('crash'));
    await until(() => lines.at(-1)!.endsWith('starting another in 1000 ms'));
    // Its queue is the system's.
    for (let index = 0; index < 10; index++) peer.send(bytes(`waiting ${index}`));
    clock.advance(1000);
    for (let index = 0; index < 10; index++) assert.equal(text(await peer.receive()), `waiting ${index}`);
    assert.equal(await stage.metric('worker_restarts_total'), 2);
    peer.close();
  });

  test('closes while its worker is lost', async () => {
    const stage = await Stage.open((packet) => packet, { hotAnswers });
    const peer = await connectUdp(stage.transport.port);
    peer.send(bytes('crash'));
    await until(() => stage.bench.lines.at(-1)!.endsWith('starting another in 1000 ms'));
    await stage.transport.close(5000);
    assert.equal(stage.bench.clock.pending, 0, 'no other is started');
    peer.close();
  });

  test('several sockets share the clients between them, and all answer what had arrived before the close', async () => {
    await using stage = await Stage.open((packet) => packet, { sockets: 3 });
    const peers = await Promise.all(Array.from({ length: 40 }, () => connectUdp(stage.transport.port)));
    for (const [index, peer] of peers.entries()) peer.send(bytes(`from ${index}`));
    for (const [index, peer] of peers.entries()) assert.equal(text(await peer.receive()), `from ${index}`);
    for (const [index, peer] of peers.entries()) peer.send(bytes(`last of ${index}`));
    await stage.transport.close(5000);
    for (const [index, peer] of peers.entries()) {
      assert.equal(text(await peer.receive()), `last of ${index}`);
      peer.close();
    }
  });

  test('where the system has no IPv6, everything is all of IPv4', async () => {
    let refused = false;
    const withoutIPv6: LibC = {
      ...libc,
      socket: (domain, type, protocol) => {
        refused = domain === AF_INET6;
        return refused ? -1 : libc.socket(domain, type, protocol);
      },
      errno: () => (refused ? EAFNOSUPPORT : libc.errno()),
    };
    await using stage = await Stage.open((packet) => packet, { address: '', libc: withoutIPv6 });
    const peer = await connectUdp(stage.transport.port, '127.0.0.2');
    peer.send(bytes('here'));
    assert.equal(text(await peer.receive()), 'here');
    peer.close();
  });

  test('where receive buffers are small, a worker reads several sockets, so that a burst fits', async () => {
    await using stage = await Stage.open((packet) => packet, { receiveBuffer: 208 * 1024, hotAnswers });
    const { clock, lines } = stage.bench;
    assert.match(lines[0]!, /receive buffer 208 KiB in each of 16 sockets, not 4096/);
    const peers = await Promise.all(Array.from({ length: 60 }, () => connectUdp(stage.transport.port)));
    peers[0]!.send(bytes('crash'));
    await until(() => lines.at(-1)!.endsWith('starting another in 1000 ms'));
    // Nobody reads: one such socket would hold some 550 of them.
    const expected = Array.from({ length: 20 }, (_, index) => `${index % 2 === 0 ? 'hit' : 'miss'} ${index}`);
    for (const peer of peers) for (const question of expected) peer.send(bytes(question));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
    for (const peer of peers) {
      const replies = new Set<string>();
      for (let index = 0; index < expected.length; index++) replies.add(text(await peer.receive()));
      assert.equal(replies.size, expected.length);
      peer.close();
    }
    assert.equal(await stage.metric('kernel_drops_total'), 0);
  });

  test('a port that another program has is refused, also for several sockets', async () => {
    await using first = await Stage.open((packet) => packet, { sockets: 2 });
    const second = new Stage((packet) => packet, { port: first.transport.port, sockets: 2 });
    await assert.rejects(second.transport.listen(), { code: 'EADDRINUSE' });
  });

  test('an address that no interface has is refused, and nothing stays open', async () => {
    const port = await freePort('127.0.0.1');
    const stage = new Stage((packet) => packet, { address: '203.0.113.1', port, sockets: 2 });
    const message = `listen udp 203.0.113.1:${port}: bind: cannot assign requested address (no interface of this machine has it)`;
    await assert.rejects(stage.transport.listen(), { message, code: 'EADDRNOTAVAIL' });
    await stage.transport.close(0);
  });
}
