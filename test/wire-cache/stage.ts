import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { KubernetesHandler } from '../../plugins/kubernetes/handler.ts';
import { kubernetes } from '../../plugins/kubernetes/index.ts';
import type { KubernetesOptions } from '../../plugins/kubernetes/options.ts';
import { ClusterStore } from '../../src/cluster/cluster-store.ts';
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

/** How UDP is done, and with it whether there is a wire cache: only with batches. */
export type Kind = 'batched' | 'dgram';

/** A whole server on loopback with a cluster that tests change, and a client that asks one thing at a time. */
export class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly cells = new VersionCells(65_536);
  readonly store = new ClusterStore({ cells: this.cells, clock: this.clock, random: seededRandom(1) });
  readonly lines: string[] = [];
  readonly metrics = new PrometheusRegistry();
  corefile: string;
  readonly dataPlane: DataPlane;
  readonly signpost: Signpost;
  /** The clock that a worker sees. */
  readonly #timeMemory = new SharedArrayBuffer(8);
  readonly #time = new Float64Array(this.#timeMemory);
  readonly #socket: Socket;

  private constructor(corefile: string, kind: Kind) {
    this.corefile = corefile;
    const { clock, cells, metrics } = this;
    const log = createLogger((line) => this.lines.push(line));
    const surroundings = { clock, cells, metrics, log, random: seededRandom(2) };
    this.dataPlane = new DataPlane(surroundings, {
      ahead: 0,
      standing: this.#timeMemory,
    });
    this.signpost = new Signpost({
      surroundings,
      plugins: new Map([...plugins, ['kubernetes', this.#kubernetes()]]),
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
  }

  static async open(corefile: string, kind: Kind): Promise<Stage> {
    const stage = new Stage(corefile, kind);
    await stage.signpost.start();
    const { server } = stage.signpost.configuration!.listeners[0]!;
    stage.#socket.connect(stage.signpost.listeners.port(server)!, '127.0.0.1');
    await once(stage.#socket, 'connect');
    return stage;
  }

  /** The reply to a packet. */
  async ask(packet: Uint8Array): Promise<Buffer> {
    const reply = once(this.#socket, 'message') as Promise<[Buffer]>;
    this.#socket.send(packet);
    return (await reply)[0];
  }

  /** Lets time pass, here and in the worker. Learned answers are on their way afterwards. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.#time[0] = this.clock.monotonic();
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
    await this.signpost.shutdown(0);
    this.store.close();
  }

  /** The plugin itself, over this cluster. */
  #kubernetes(): AnyPlugin {
    return {
      ...kubernetes,
      setup: (options: KubernetesOptions) =>
        new KubernetesHandler({
          options,
          cluster: this.store,
          services: this.store,
          cells: this.cells,
          localAddresses: [Buffer.from([192, 0, 2, 2])],
        }),
    };
  }
}
