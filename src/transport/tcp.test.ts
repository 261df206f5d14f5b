import assert from 'node:assert/strict';
import { connect as connectSocket, type Socket } from 'node:net';
import { test } from 'node:test';
import { bytes, Inbox, text, transportBattery, TransportBench } from '../../test/battery/transport.ts';
import { until } from '../../test/kit/until.ts';
import type { Peer } from '../../test/battery/transport.ts';
import { FrameReader } from './frame-reader.ts';
import { createTcpTransport, type TcpLimits } from './tcp.ts';
import type { PacketHandler, Transport } from './transport.ts';

transportBattery('tcp by node:net', createTcpTransport, connect);

/** What ends a connection, and what does not. Times are the clock's. */
const timeouts: readonly {
  readonly title: string;
  readonly run: (stage: Stage, peer: TcpPeer) => Promise<void>;
  readonly reason: string;
}[] = [
  {
    title: 'a client that says nothing is cut after 3 seconds',
    run: async ({ bench }, peer) => {
      bench.clock.advance(2999);
      assert.equal(peer.closed, false);
      bench.clock.advance(501);
      await peer.ended;
    },
    reason: 'read_timeout',
  },
  {
    title: 'a client that has asked is cut after 10 idle seconds',
    run: async ({ bench }, peer) => {
      await peer.ask('first');
      bench.clock.advance(9499);
      await peer.ask('second');
      bench.clock.advance(9499);
      assert.equal(peer.closed, false);
      bench.clock.advance(1001);
      await peer.ended;
    },
    reason: 'idle',
  },
  {
    title: 'a client that trickles bytes is cut though it is never silent',
    run: async ({ bench }, peer) => {
      await peer.ask('first');
      peer.sendGarbage(Uint8Array.of(0, 100, 1));
      for (let second = 0; second < 9; second++) {
        peer.sendGarbage(Uint8Array.of(2));
        await turns(3);
        bench.clock.advance(1000);
      }
      assert.equal(peer.closed, false);
      peer.sendGarbage(Uint8Array.of(3));
      await turns(3);
      bench.clock.advance(1500);
      await peer.ended;
    },
    reason: 'read_timeout',
  },
  {
    title: 'a client that reads nothing is cut after 5 seconds',
    run: async ({ bench, transport }, peer) => {
      let answered = 0;
      transport.handler = () => {
        answered++;
        return new Uint8Array(60_000);
      };
      peer.socket.pause();
      peer.sendGarbage(Buffer.concat(Array.from({ length: 2000 }, () => frame(bytes('more')))));
      let before = -1;
      while (before !== answered) {
        before = answered;
        await turns(50);
      }
      assert.ok(answered < 2000, 'queries are left unanswered while the client reads nothing');
      bench.clock.advance(5500);
      peer.socket.resume();
      await peer.ended;
    },
    reason: 'write_timeout',
  },
  {
    title: 'a client that waits for a slow answer is not idle',
    run: async ({ bench, transport }, peer) => {
      let finish: (() => void) | undefined;
      transport.handler = (packet) => new Promise((resolve) => (finish = () => resolve(packet)));
      peer.send(bytes('slow'));
      await until(() => finish !== undefined);
      for (let second = 0; second < 30; second++) bench.clock.advance(1000);
      finish?.();
      assert.equal(text(await peer.receive()), 'slow');
      bench.clock.advance(10_500);
      await peer.ended;
    },
    reason: 'idle',
  },
  {
    title: 'a client that has sent its last query still gets the answer',
    run: async ({ transport }, peer) => {
      let finish: (() => void) | undefined;
      transport.handler = (packet) => new Promise((resolve) => (finish = () => resolve(packet)));
      peer.send(bytes('last'));
      peer.socket.end();
      await until(() => finish !== undefined);
      await turns(3);
      finish?.();
      assert.equal(text(await peer.receive()), 'last');
      await peer.ended;
    },
    reason: 'client',
  },
];
for (const { title, run, reason } of timeouts) {
  test(title, async () => {
    const stage = await Stage.start((packet) => packet);
    try {
      const peer = await stage.connect();
      assert.equal(await stage.bench.metric('signpost_tcp_connections{server="dns://:53"}'), 1);
      await run(stage, peer);
      await until(() => peer.closed);
      assert.equal(await stage.closed(reason), 1);
      assert.equal(await stage.bench.metric('signpost_tcp_connections{server="dns://:53"}'), 0);
    } finally {
      await stage.transport.close(0);
    }
  });
}

test('a connection has at most so many queries being answered; the others wait their turn', async () => {
  const finish: (() => void)[] = [];
  const stage = await Stage.start((packet) => new Promise((resolve) => finish.push(() => resolve(packet))), {
    outstanding: 4,
  });
  const peer = await stage.connect();
  for (let index = 0; index < 10; index++) peer.send(bytes(`query ${index}`));
  await until(() => finish.length === 4);
  await turns(20);
  assert.equal(finish.length, 4);
  for (let index = 0; index < 10; index++) {
    await until(() => finish.length > index);
    assert.ok(finish.length <= index + 4);
    finish[index]?.();
    assert.equal(text(await peer.receive()), `query ${index}`);
  }
  await stage.transport.close(0);
});

test('large answers that come late are all delivered to a client that reads', async () => {
  const large = new Uint8Array(60_000);
  const stage = await Stage.start(async () => {
    await turns(1);
    return large;
  });
  const peer = await stage.connect();
  peer.sendGarbage(Buffer.concat(Array.from({ length: 300 }, () => frame(bytes('large')))));
  for (let received = 0; received < 300; received++) {
    assert.equal((await peer.receive()).length, large.length);
  }
  await stage.transport.close(0);
});

test('a message that comes byte by byte is put together', async () => {
  const stage = await Stage.start((packet) => packet);
  const peer = await stage.connect();
  for (const byte of frame(bytes('in pieces'))) {
    peer.sendGarbage(Uint8Array.of(byte));
    await turns(2);
  }
  assert.equal(text(await peer.receive()), 'in pieces');
  await stage.transport.close(0);
});

test('the connections of one client are bounded: its longest idle one makes room', async () => {
  const stage = await Stage.start((packet) => packet, { connectionsPerClient: 3 });
  const peers: TcpPeer[] = [];
  for (let index = 0; index < 3; index++) peers.push(await stage.connect());
  stage.bench.clock.advance(1000);
  await peers[0]!.ask('keeps me young');
  const other = await stage.connect('127.0.0.2');
  const newest = await stage.connect();
  await peers[1]!.ended;
  assert.equal(await newest.ask('welcome'), 'welcome');
  assert.equal(await peers[0]!.ask('still here'), 'still here');
  assert.equal(await peers[2]!.ask('still here'), 'still here');
  assert.equal(await other.ask('another client'), 'another client');
  assert.equal(await stage.closed('client_limit'), 1);
  await stage.transport.close(0);
});

test('the connections of a listener are bounded: the longest idle one makes room', async () => {
  const stage = await Stage.start((packet) => packet, { connections: 3 });
  const oldest = await stage.connect('127.0.0.2');
  stage.bench.clock.advance(100);
  const silent = await stage.connect('127.0.0.3');
  stage.bench.clock.advance(100);
  await oldest.ask('not idle any more');
  const third = await stage.connect('127.0.0.4');
  const newest = await stage.connect('127.0.0.5');
  await silent.ended;
  assert.equal(await newest.ask('welcome'), 'welcome');
  assert.equal(await oldest.ask('still here'), 'still here');
  assert.equal(await third.ask('still here'), 'still here');
  assert.equal(await stage.closed('limit'), 1);
  assert.equal(await stage.bench.metric('signpost_tcp_connections{server="dns://:53"}'), 3);
  await stage.transport.close(0);
});

test('closing ends idle connections at once, without their being waited for', async () => {
  const stage = await Stage.start((packet) => packet);
  const idle = await stage.connect();
  await idle.ask('then idle');
  await stage.transport.close(5000);
  await idle.ended;
  assert.equal(await stage.closed('shutdown'), 1);
});

test('the frame reader gives the same messages however the stream is cut', () => {
  const messages = [bytes('one'), new Uint8Array(0), bytes('x'.repeat(300)), Uint8Array.of(7), bytes('end')];
  const stream = Buffer.concat(messages.map(frame));
  for (let size = 1; size <= stream.length; size++) {
    const reader = new FrameReader();
    const read: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      reader.push(stream.subarray(at, at + size));
      for (let message = reader.next(); message !== undefined; message = reader.next()) read.push(message);
    }
    assert.deepEqual(read.map(text), messages.map(text), `pieces of ${size}`);
    assert.equal(reader.partial, false);
  }
});

/** A listener with limits of its own. */
class Stage {
  readonly bench = new TransportBench();
  readonly transport: Transport;

  private constructor(handler: PacketHandler, limits: Partial<TcpLimits>) {
    this.transport = createTcpTransport({ ...this.bench.options(handler), address: '0.0.0.0', limits });
  }

  static async start(handler: PacketHandler, limits: Partial<TcpLimits> = {}): Promise<Stage> {
    const stage = new Stage(handler, limits);
    await stage.transport.listen();
    return stage;
  }

  /** Connects from a loopback address, and waits until the server has taken the connection. */
  async connect(from = '127.0.0.1'): Promise<TcpPeer> {
    const before = await this.#accepted();
    const peer = await connect(this.transport.port, from);
    await until(async () => (await this.#accepted()) !== before);
    return peer;
  }

  closed(reason: string): Promise<number | undefined> {
    return this.bench.metric(`signpost_tcp_connections_closed_total{server="dns://:53",reason="${reason}"}`);
  }

  async #accepted(): Promise<number> {
    let sum = 0;
    for (const line of (await this.bench.metrics.expose()).body.split('\n')) {
      if (line.startsWith('signpost_tcp_connections')) sum += Number(line.slice(line.lastIndexOf(' ')));
    }
    return sum;
  }
}

interface TcpPeer extends Peer {
  readonly socket: Socket;
  readonly closed: boolean;
  readonly ended: Promise<void>;
  ask(question: string): Promise<string>;
}

async function connect(port: number, from = '127.0.0.1'): Promise<TcpPeer> {
  const socket = connectSocket({
    port,
    host: '127.0.0.1',
    localAddress: from,
    noDelay: true,
    allowHalfOpen: true,
  });
  const inbox = new Inbox();
  const frames = new FrameReader();
  let closed = false;
  const ended = new Promise<void>((resolve) => {
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      closed = true;
      resolve();
    });
  });
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    frames.push(chunk);
    for (let packet = frames.next(); packet !== undefined; packet = frames.next()) inbox.put(packet);
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    get closed() {
      return closed;
    },
    ended,
    async ask(question) {
      socket.write(frame(bytes(question)));
      return text(await inbox.next());
    },
    send: (packet) => socket.write(frame(packet)),
    sendGarbage: (packet) => socket.write(packet),
    receive: () => inbox.next(),
    port: socket.localPort ?? 0,
    close: () => socket.destroy(),
  };
}

function frame(packet: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(packet.length >> 8, packet.length & 0xff), packet]);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
