import assert from 'node:assert/strict';
import { createLogger } from '../../src/log/logger.ts';
import { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { Reply } from '../../src/server/reply.ts';
import { rcodeName } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { unseenCounters } from '../../test/kit/link-counters.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { SimulatedDevice } from '../../test/kit/simulated-device.ts';
import type { SimulatedStation } from '../../test/kit/simulated-link.ts';
import { SimulatedLink } from '../../test/kit/simulated-link.ts';
import { mdns } from './index.ts';
import type { Options } from './parse.ts';
import { setup } from './setup.ts';

export const PRINTER = [
  'printer.local. 120 A 192.168.1.20',
  'printer.local. 120 AAAA fe80::20',
  'printer.local. 120 NSEC printer.local. A AAAA',
  '20.1.168.192.in-addr.arpa. 120 PTR printer.local.',
  '_ipp._tcp.local. 4500 PTR Laser\\0322._ipp._tcp.local.',
  '_services._dns-sd._udp.local. 4500 PTR _ipp._tcp.local.',
  'Laser\\0322._ipp._tcp.local. 120 SRV 0 0 631 printer.local.',
  'Laser\\0322._ipp._tcp.local. 4500 TXT "rp=ipp/print"',
];

/** What a house is like; as left out, with a printer. */
export interface Furniture {
  /** The words behind `mdns`. */
  readonly zones?: string;
  readonly records?: readonly string[];
  /** In front of the link, where there are any. */
  readonly plugins?: readonly AnyPlugin[];
}

/** A server that shows a link with one device on it. */
export class House implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly link = new SimulatedLink(this.clock);
  readonly device: SimulatedDevice;
  /** Our end of the link. */
  station!: SimulatedStation;
  server!: TestServer;

  private constructor(records: readonly string[]) {
    this.device = new SimulatedDevice(this.link, '192.168.1.20', ...records);
  }

  /** @param options of the plugin, beside the interface */
  static async open(
    options = '',
    { zones = 'lan.example', records = PRINTER, plugins = [] }: Furniture = {},
  ): Promise<House> {
    const house = new House(records);
    const plugin: AnyPlugin = {
      ...mdns,
      setup: (parsed: Options, controller) => setup(parsed, controller, house),
    };
    const forward = answering('forward', () => new Reply({ source: 'forward', rcode: 5 }));
    const names = plugins.map(({ name }) => name).join('\n ');
    house.server = await startServer(
      `. {\n mdns ${zones} {\n interface eth0\n ${options}\n }\n ${names}\n forward\n}`,
      {
        clock: house.clock,
        plugins: pluginMap(plugin, forward, ...plugins),
      },
    );
    return house;
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  engine(name: string): LinkEngine {
    this.station = this.link.station(name, '192.168.1.1', 'fe80::1', '2001:db8::1');
    return new LinkEngine(this.station, {
      clock: this.clock,
      random: seededRandom(7),
      log: createLogger(() => undefined),
      counters: unseenCounters(name),
      mark: new Uint8Array(0),
      isMarked: () => false,
    });
  }

  release(): void {
    // Nothing of it outlives the test.
  }

  /** Asks, and lets time pass until there is an answer. */
  async ask(name: string, type: string): Promise<{ readonly reply: Message; readonly milliseconds: number }> {
    const began = this.clock.monotonic();
    let reply: Message | undefined;
    void this.server.ask(name, type).then((answer) => (reply = answer));
    for (;;) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      await new Promise(setImmediate);
      if (reply !== undefined) return { reply, milliseconds: this.clock.monotonic() - began };
      assert.ok(this.clock.monotonic() - began < 10_000, `${name} ${type} was not answered in ten seconds`);
      this.clock.advance(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

/** What an answer says: its code, then its records, those of the additional section in brackets. */
export function told({ rcode, answer, additional }: Message): string[] {
  return [
    rcodeName(rcode),
    ...answer.map(recordText),
    ...additional.map((record) => `[${recordText(record)}]`),
  ];
}
