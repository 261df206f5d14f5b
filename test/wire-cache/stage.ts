import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { KubernetesHandler } from '../../plugins/kubernetes/handler.ts';
import { kubernetes } from '../../plugins/kubernetes/index.ts';
import type { KubernetesOptions } from '../../plugins/kubernetes/options.ts';
import { ClusterStore } from '../../src/cluster/cluster-store.ts';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import { DataPlane } from '../../src/data-plane/data-plane.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import { CacheFlush } from '../../src/plugin/capability.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { plugins } from '../../src/plugin/registry.ts';
import { Signpost } from '../../src/signpost.ts';
import { openPlainDns } from '../../src/transport/open.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { countingPlugin } from './counting-plugin.ts';
import { Upstream } from './upstream.ts';

/** How UDP is done, and with it whether there is a wire cache: only with batches. */
export type Kind = 'batched' | 'dgram';

/** Milliseconds of real time after which a reply does not come any more. */
const PATIENCE = 30_000;

/** A whole server on loopback with a world that tests change, and a client. */
export class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly cells = new VersionCells(65_536);
  readonly store: ClusterStore;
  /** The Services of the ClusterSet. */
  readonly imports: ClusterStore;
  readonly upstream = new Upstream();
  readonly lines: string[] = [];
  readonly metrics = new PrometheusRegistry();
  corefile: string;
  readonly dataPlane: DataPlane;
  readonly signpost: Signpost;
  /** The clock that a worker sees. */
  readonly #timeMemory = new SharedArrayBuffer(8);
  readonly #time = new Float64Array(this.#timeMemory);
  readonly #socket: Socket;
  #port = 0;

  private constructor(corefile: string, kind: Kind) {
    this.corefile = corefile;
    const { clock, cells, metrics } = this;
    this.store = new ClusterStore({ cells, clock, random: seededRandom(1) });
    this.imports = new ClusterStore({ cells, clock, random: seededRandom(1) });
    const log = createLogger((line) => this.lines.push(line));
    const surroundings = { clock, cells, metrics, log, random: seededRandom(2) };
    this.dataPlane = new DataPlane(surroundings, {
      ahead: 0,
      standing: this.#timeMemory,
    });
    const own = new Map([
      ['kubernetes', this.#kubernetes()],
      ['forward', this.upstream.plugin],
      ['whoami', countingPlugin()],
    ]);
    this.signpost = new Signpost({
      surroundings,
      plugins: new Map([...plugins, ...own]),
      load: () =>
        parseCorefile(this.corefile, {
          file: 'Corefile',
          environment: {},
          defaultPort: 0,
          readFile: () => '',
          warn: () => undefined,
        }),
      openTransports: openPlainDns(surroundings, { SIGNPOST_UDP: kind }, (server) =>
        this.dataPlane.teach(server),
      ),
      dataPlane: this.dataPlane,
    });
    this.#socket = createSocket('udp4');
    this.#socket.setMaxListeners(0);
  }

  static async open(corefile: string, kind: Kind): Promise<Stage> {
    const stage = new Stage(corefile, kind);
    await stage.signpost.start();
    const { server } = stage.signpost.configuration!.listeners[0]!;
    stage.#port = stage.signpost.listeners.port(server)!;
    stage.#socket.connect(stage.#port, '127.0.0.1');
    await once(stage.#socket, 'connect');
    return stage;
  }

  /** The reply to a packet; several may be asked for, with different ids. */
  ask(packet: Uint8Array): Promise<Buffer> {
    const reply = this.reply(packet[0]! * 256 + packet[1]!);
    this.#socket.send(packet);
    return reply;
  }

  /** The next reply with an id. */
  reply(id: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      const settle = (): void => {
        clearTimeout(timer);
        socket.off('message', take);
      };
      const take = (message: Buffer): void => {
        if (message.readUInt16BE() !== id) return;
        settle();
        resolve(message);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no reply in ${PATIENCE / 1000} seconds; the log ends: ${this.lines.at(-1)}`));
      }, PATIENCE);
      socket.on('message', take);
    });
  }

  /** The reply to a packet, by a TCP connection of its own. */
  async askByTcp(packet: Uint8Array): Promise<Buffer> {
    const socket = connect(this.#port, '127.0.0.1');
    socket.end(Buffer.concat([Buffer.of(packet.length >> 8, packet.length & 0xff), packet]));
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part as Buffer);
    return Buffer.concat(parts).subarray(2);
  }

  /** Lets time pass, here and in the worker. Learned answers are on their way afterwards. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.#time[0] = this.clock.monotonic();
  }

  /** Has the `cache` plugins forget everything. */
  flush(): void {
    for (const cache of this.signpost.configuration!.offered(CacheFlush)) cache.flush('all');
  }

  /** The sum of all lines of a metric, or those with some labels. */
  async metric(name: string, labels = ''): Promise<number> {
    const { body } = await this.metrics.expose();
    let sum = 0;
    for (const line of body.split('\n')) {
      if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
      if (line.includes(labels)) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.upstream.release();
    await this.signpost.shutdown(0);
    this.store.close();
    this.imports.close();
  }

  /** The plugin itself, over this cluster. */
  #kubernetes(): AnyPlugin {
    return {
      ...kubernetes,
      setup: (options: KubernetesOptions) => {
        const backend = {
          options,
          cluster: this.store,
          services: this.store,
          cells: this.cells,
          localAddresses: [Buffer.from([192, 0, 2, 2])],
        };
        return new KubernetesHandler(backend, { ...backend, services: this.imports });
      },
    };
  }
}
