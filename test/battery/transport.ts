import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import type { Client } from '../../src/server/query.ts';
import type { PacketHandler, Transport, TransportOptions } from '../../src/transport/transport.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { until } from '../kit/until.ts';

/** Someone who sends packets to a transport on 127.0.0.1 and takes what comes back. */
export interface Peer {
  send(packet: Uint8Array): void;
  /** The next packet; waits for it. */
  receive(): Promise<Uint8Array>;
  /** Sends bytes that are no proper packet for this transport. */
  sendGarbage(bytes: Uint8Array): void;
  readonly port: number;
  close(): void;
}

/** A transport at work on 127.0.0.1, with a clock, metrics and log lines for tests to look at. */
export class TransportBench {
  readonly clock = new FakeClock();
  readonly metrics = new PrometheusRegistry();
  readonly lines: string[] = [];

  options(handler: PacketHandler): TransportOptions {
    const { clock, metrics } = this;
    const log = createLogger((line) => this.lines.push(line));
    return { address: '127.0.0.1', port: 0, server: 'dns://:53', handler, clock, metrics, log };
  }

  /** The value of a metric's line without its labels' order mattering: `name{label="value"}`. */
  async metric(line: string): Promise<number | undefined> {
    const { body } = await this.metrics.expose();
    const found = body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }
}

/** What every transport must do, whatever it is made of. `create` makes one, `connect` a peer of 127.0.0.1:port. */
export function transportBattery(
  title: string,
  create: (options: TransportOptions) => Transport,
  connect: (port: number) => Promise<Peer>,
): void {
  const row = (name: string, body: (stage: Stage) => Promise<void>): void => {
    test(`${title}: ${name}`, async () => {
      const stage = new Stage(create, connect);
      try {
        await body(stage);
      } finally {
        await stage.close();
      }
    });
  };

  row('sends back what the handler answers', async (stage) => {
    const peer = await stage.start((packet) => packet);
    peer.send(bytes('one question'));
    assert.equal(text(await peer.receive()), 'one question');
  });

  row('tells the handler who asks and at which address', async (stage) => {
    const clients: Client[] = [];
    const peer = await stage.start((packet, client) => {
      clients.push(client);
      return packet;
    });
    peer.send(bytes('who am I'));
    await peer.receive();
    const [client] = clients;
    assert.equal(client?.address, '127.0.0.1');
    assert.equal(client.family, 4);
    assert.equal(client.port, peer.port);
    assert.equal(client.localAddress, '127.0.0.1');
    assert.equal(client.localPort, stage.transport.port);
  });

  row('answers many at once, each with its own bytes', async (stage) => {
    const peer = await stage.start(async (packet) => packet);
    const sent = Array.from({ length: 100 }, (_, index) => `question ${index}`);
    for (const question of sent) peer.send(bytes(question));
    const received = new Set<string>();
    for (let index = 0; index < sent.length; index++) received.add(text(await peer.receive()));
    assert.deepEqual(received, new Set(sent));
  });

  row('answers as answers become ready, out of order', async (stage) => {
    const held: (() => void)[] = [];
    const peer = await stage.start((packet) => {
      if (text(packet) !== 'slow') return packet;
      return new Promise((resolve) => held.push(() => resolve(packet)));
    });
    peer.send(bytes('slow'));
    peer.send(bytes('quick'));
    assert.equal(text(await peer.receive()), 'quick');
    held[0]?.();
    assert.equal(text(await peer.receive()), 'slow');
  });

  row('stays silent when the handler does, at once or late', async (stage) => {
    const peer = await stage.start((packet) => {
      if (text(packet) === 'drop') return undefined;
      return text(packet) === 'drop late' ? Promise.resolve(undefined) : packet;
    });
    for (const question of ['drop', 'drop late', 'answer']) peer.send(bytes(question));
    assert.equal(text(await peer.receive()), 'answer');
  });

  row('outlives a handler that throws or rejects, and counts it', async (stage) => {
    const peer = await stage.start((packet) => {
      if (text(packet) === 'throw') throw new Error('thrown on purpose');
      return text(packet) === 'reject' ? Promise.reject(new Error('rejected on purpose')) : packet;
    });
    for (const question of ['throw', 'reject', 'answer']) peer.send(bytes(question));
    assert.equal(text(await peer.receive()), 'answer');
    const { protocol } = stage;
    const failures = `signpost_transport_handler_failures_total{server="dns://:53",proto="${protocol}"}`;
    assert.equal(await stage.bench.metric(failures), 2);
    assert.match(stage.bench.lines.join('\n'), /\[ERROR\] packet by \w+ could not be handled: Error: thrown/);
    const errors = stage.bench.lines.filter((line) => line.startsWith('[ERROR]'));
    assert.equal(errors.length, 1, 'one line a second is enough');
  });

  row('goes on after hostile bytes', async (stage) => {
    const peer = await stage.start((packet) => (packet.length < 12 ? undefined : packet));
    for (const length of [0, 1, 2, 11, 700]) {
      const hostile = await connect(stage.transport.port);
      hostile.sendGarbage(Buffer.alloc(length, 0xff));
      hostile.close();
    }
    peer.send(bytes('still there?'));
    assert.equal(text(await peer.receive()), 'still there?');
  });

  row('hands the next packet to a new handler, while the old one finishes', async (stage) => {
    let finish: (() => void) | undefined;
    const peer = await stage.start(() => new Promise((resolve) => (finish = () => resolve(bytes('old')))));
    peer.send(bytes('first'));
    await until(() => finish !== undefined);
    stage.transport.handler = () => bytes('new');
    peer.send(bytes('second'));
    assert.equal(text(await peer.receive()), 'new');
    finish?.();
    assert.equal(text(await peer.receive()), 'old');
  });

  row('answers what is pending before it closes', async (stage) => {
    let finish: (() => void) | undefined;
    const peer = await stage.start((packet) => new Promise((resolve) => (finish = () => resolve(packet))));
    peer.send(bytes('pending'));
    await until(() => finish !== undefined);
    const closed = stage.transport.close(5000);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    finish?.();
    assert.equal(text(await peer.receive()), 'pending');
    await closed;
    assert.equal(stage.bench.clock.pending, 0, 'no timer is left');
  });

  row('waits no longer than its grace for what is pending', async (stage) => {
    let asked = false;
    const peer = await stage.start(() => {
      asked = true;
      return new Promise(() => {});
    });
    peer.send(bytes('never answered'));
    await until(() => asked);
    const closed = stage.transport.close(5000);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    stage.bench.clock.advance(5000);
    await closed;
    await stage.transport.close(5000);
  });

  row('gives its port back when it closes', async (stage) => {
    await stage.start((packet) => packet);
    const { port } = stage.transport;
    assert.notEqual(port, 0);
    await stage.transport.close(0);
    const again = create({ ...stage.bench.options(() => undefined), port });
    await again.listen();
    assert.equal(again.port, port);
    await again.close(0);
  });

  row('refuses an address in use, and names it', async (stage) => {
    await stage.start((packet) => packet);
    const { port } = stage.transport;
    const second = create({ ...stage.bench.options(() => undefined), port });
    const expected = `listen ${stage.protocol} 127.0.0.1:${port}: bind: address already in use`;
    await assert.rejects(second.listen(), { message: expected, code: 'EADDRINUSE' });
    await second.close(0);
  });
}

/** One test's transport and peers. */
class Stage {
  readonly bench = new TransportBench();
  transport!: Transport;
  readonly #create: (options: TransportOptions) => Transport;
  readonly #connect: (port: number) => Promise<Peer>;
  #peer: Peer | undefined;

  constructor(create: (options: TransportOptions) => Transport, connect: (port: number) => Promise<Peer>) {
    this.#create = create;
    this.#connect = connect;
  }

  get protocol(): string {
    return this.transport.name.slice(0, 3);
  }

  async start(handler: PacketHandler): Promise<Peer> {
    this.transport = this.#create(this.bench.options(handler));
    await this.transport.listen();
    return (this.#peer = await this.#connect(this.transport.port));
  }

  async close(): Promise<void> {
    this.#peer?.close();
    await this.transport.close(0);
  }
}

/** The bytes of a text. */
export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** The text of bytes. */
export function text(packet: Uint8Array): string {
  return new TextDecoder().decode(packet);
}

/** Packets in the order in which they came, for those who wait for the next one. */
export class Inbox {
  readonly #packets: Uint8Array[] = [];
  readonly #waiting: ((packet: Uint8Array) => void)[] = [];

  put(packet: Uint8Array): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#packets.push(packet);
    else first(packet);
  }

  next(): Promise<Uint8Array> {
    const packet = this.#packets.shift();
    return packet === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(packet);
  }
}
