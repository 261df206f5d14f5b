import { parseCorefile } from '../../src/corefile/corefile.ts';
import type { Surroundings } from '../../src/config/block-controller.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { plugins as allPlugins } from '../../src/plugin/registry.ts';
import type { Client, Protocol } from '../../src/server/query.ts';
import { Signpost } from '../../src/signpost.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { classFromName, HeaderFlag, typeFromName } from '../../src/wire/codes.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { readMessage } from '../../src/wire/message.ts';
import type { Message } from '../../src/wire/message.ts';
import { canonicalName } from '../../src/wire/name.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryTransport } from './memory-transport.ts';

export interface TestServerOptions {
  readonly clock?: Clock;
  readonly environment?: Record<string, string | undefined>;
  readonly plugins?: ReadonlyMap<string, AnyPlugin>;
  readonly seed?: number;
  /** Name of the Corefile, for messages and relative paths. */
  readonly file?: string;
  /** Reads the files that a Corefile imports; they are refused when it is left out. */
  readonly readFile?: (path: string) => string;
  /** Listening sockets, by port, for server blocks that the server itself asks; see `listenOnLoopback`. */
  readonly sockets?: ReadonlyMap<number, readonly Transport[]>;
}

/** How a question is asked; as `dig name type` does when left out, but without EDNS. */
export interface AskOptions {
  readonly class?: string;
  readonly edns?: Partial<Edns>;
  readonly protocol?: Protocol;
  /** The client's address. */
  readonly from?: string;
  /** Header flags; RD when left out. */
  readonly flags?: number;
  /** Which listener, by its label; the first one when left out. */
  readonly server?: string;
}

/** A whole server in this process, without DNS sockets. Questions and answers are real packets. */
export class TestServer {
  readonly clock: Clock;
  readonly lines: string[] = [];
  readonly signpost: Signpost;
  readonly surroundings: Surroundings;
  /** The Corefile that the next reload finds. */
  corefile: string;
  /** A port that cannot be opened. */
  refusePort: number | undefined;
  readonly #transports = new Map<string, readonly MemoryTransport[]>();

  constructor(corefile: string, options: TestServerOptions = {}) {
    this.corefile = corefile;
    this.clock = options.clock ?? new FakeClock();
    this.surroundings = {
      log: createLogger((line) => this.lines.push(line)),
      metrics: new PrometheusRegistry(),
      clock: this.clock,
      random: seededRandom(options.seed ?? 1),
      cells: new VersionCells(65_536),
    };
    this.signpost = new Signpost({
      surroundings: this.surroundings,
      plugins: options.plugins ?? allPlugins,
      load: () =>
        parseCorefile(this.corefile, {
          file: options.file ?? 'Corefile',
          environment: options.environment ?? {},
          readFile: options.readFile ?? refuseImport,
          warn: (message) => this.lines.push(`[WARNING] ${message}`),
          defaultPort: 53,
        }),
      openTransports: (_address, port, server) => {
        if (port === this.refusePort) return Promise.reject(new Error(`port ${port} is taken`));
        const sockets = options.sockets?.get(port);
        if (sockets !== undefined) return Promise.resolve(sockets);
        const transports = [new MemoryTransport(port), new MemoryTransport(port)];
        this.#transports.set(server, transports);
        return Promise.resolve(transports);
      },
    });
  }

  /** A listener's transport; of the first listener unless named. */
  transport(protocol: Protocol, server = this.signpost.configuration!.listeners[0]!.server): MemoryTransport {
    return this.#transports.get(server)![protocol === 'udp' ? 0 : 1]!;
  }

  /** Sends a packet and gives the reply's bytes; undefined when the server stays silent. */
  async send(packet: Uint8Array, options: AskOptions = {}): Promise<Uint8Array | undefined> {
    const protocol = options.protocol ?? 'udp';
    const transport = this.transport(protocol, options.server);
    return transport.handler(packet, client(protocol, options.from ?? '192.0.2.1', transport.port));
  }

  /** Asks a question; undefined when the server stays silent. */
  async ask(name: string, type: string, options: AskOptions = {}): Promise<Message | undefined> {
    const { edns } = options;
    const packet = writeQuery({
      id: 4711,
      flags: options.flags ?? HeaderFlag.RD,
      question: {
        name: canonicalName(name).length === name.length ? name : `${name}.`,
        type: typeFromName(type)!,
        class: classFromName(options.class ?? 'IN')!,
      },
      edns: edns && { udpSize: 1232, version: 0, dnssecOk: false, options: new Uint8Array(0), ...edns },
    });
    const reply = await this.send(packet, options);
    return reply && readMessage(reply);
  }

  /** The value of one line of the metrics, by name and labels as they are exposed. */
  async metric(line: string): Promise<number | undefined> {
    const { body } = await this.surroundings.metrics.expose();
    const found = body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }

  async close(): Promise<void> {
    await this.signpost.shutdown(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Starts a server for a test; `await using server = await startServer(…)` closes it. */
export async function startServer(corefile: string, options: TestServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(corefile, options);
  await server.signpost.start();
  return server;
}

function refuseImport(): never {
  throw new Error('this test did not say how to read the files that its Corefile imports');
}

function client(protocol: Protocol, address: string, localPort: number): Client {
  const family = address.includes(':') ? 6 : 4;
  const localAddress = family === 6 ? '2001:db8::53' : '192.0.2.53';
  return { protocol, address, port: 40_000, family, localAddress, localPort };
}
