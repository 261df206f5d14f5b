import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import { DataPlane } from '../../src/data-plane/data-plane.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { plugins } from '../../src/plugin/registry.ts';
import { Signpost } from '../../src/signpost.ts';
import { openPlainDns } from '../../src/transport/open.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { FakeClock } from '../kit/fake-clock.ts';

/** How a server is opened. */
export interface ObservedOptions {
  /** With threads that answer by themselves, or without. */
  readonly kind: 'batched' | 'dgram';
  /** Takes the place of `whoami`. */
  readonly answers: AnyPlugin;
  /** The client's address, and the one that it asks. */
  readonly address?: '127.0.0.1' | '::1';
  /** Ports that the client asks from in turn; 1 when left out. */
  readonly clients?: number;
  /** Room in the observation ring. */
  readonly observations?: number;
}

/** What is refused by its header, by the main thread, and not logged: opcode STATUS. */
const STATUS = Buffer.from([0, 0, 2 << 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);

/** A whole server on loopback, its log, and a client. Time stands still but for `advance`. */
export class ObservedServer implements AsyncDisposable {
  readonly clock = new FakeClock();
  corefile: string;
  readonly metrics = new PrometheusRegistry();
  readonly lines: string[] = [];
  readonly signpost: Signpost;
  readonly #address: string;
  readonly #standing = new SharedArrayBuffer(8);
  readonly #sockets: readonly Socket[];
  #turn = 0;
  /** Ports that the client asked from, as they stand in the log. */
  readonly #ports: string[] = [];
  #port = 0;

  private constructor(corefile: string, options: ObservedOptions) {
    const { kind, answers, address, clients = 1, observations } = options;
    const { clock, metrics } = this;
    this.corefile = corefile;
    this.#address = address ?? '127.0.0.1';
    const log = createLogger((line) => this.lines.push(line));
    const cells = new VersionCells(65_536);
    const surroundings = { clock, cells, metrics, log, random: seededRandom(1) };
    const dataPlane = new DataPlane(surroundings, { ahead: 0, standing: this.#standing }, observations);
    this.signpost = new Signpost({
      surroundings,
      plugins: new Map([...plugins, ['whoami', answers]]),
      load: () =>
        parseCorefile(this.corefile, {
          file: 'Corefile',
          environment: {},
          defaultPort: 0,
          readFile: () => '',
          warn: () => undefined,
        }),
      openTransports: openPlainDns(surroundings, { SIGNPOST_UDP: kind }, (server) => dataPlane.teach(server)),
      dataPlane,
    });
    const family = this.#address === '::1' ? 'udp6' : 'udp4';
    this.#sockets = Array.from({ length: clients }, () => createSocket(family));
  }

  static async open(corefile: string, options: ObservedOptions): Promise<ObservedServer> {
    const opened = new ObservedServer(corefile, options);
    await opened.signpost.start();
    const { server } = opened.signpost.configuration!.listeners[0]!;
    opened.#port = opened.signpost.listeners.port(server)!;
    for (const socket of opened.#sockets) {
      socket.connect(opened.#port, opened.#address);
      await once(socket, 'connect');
      opened.#ports.push(String(socket.address().port));
    }
    return opened;
  }

  /** Asks by UDP. When it resolves, the thread that answered is done with all that it has to do. */
  async ask(packet: Uint8Array): Promise<void> {
    const socket = this.#sockets[this.#turn++ % this.#sockets.length]!;
    await exchange(socket, packet);
    // A thread takes the next only then.
    await exchange(socket, STATUS);
  }

  /** By a TCP connection of its own. */
  async askByTcp(packet: Uint8Array): Promise<void> {
    const socket = connect(this.#port, this.#address);
    await once(socket, 'connect');
    this.#ports.push(String(socket.localPort));
    socket.end(Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 0xff), packet]));
    socket.resume();
    await once(socket, 'close');
  }

  /** Lets time pass, here and in the worker. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    new Float64Array(this.#standing)[0] = this.clock.monotonic();
  }

  /** The sum of all lines of a metric. */
  async metric(name: string): Promise<number> {
    const { body } = await this.metrics.expose();
    let sum = 0;
    for (const line of body.split('\n')) {
      if (line.startsWith(`${name}{`)) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
    }
    return sum;
  }

  /** The lines of the plugin _log_, the client's ports made the same, in the order of the alphabet. */
  get queryLines(): string[] {
    return this.lines
      .filter((line) => !/^\[WARNING\]|^\[INFO\] (dns:|UDP|Reloading)/.test(line))
      .map((line) => this.#ports.reduce((text, port) => text.replace(port, 'PORT'), line))
      .sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.signpost.shutdown(0);
  }
}

async function exchange(socket: Socket, packet: Uint8Array): Promise<void> {
  const reply = once(socket, 'message');
  socket.send(packet);
  await reply;
}
