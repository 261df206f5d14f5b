import { LinkSharing } from '../../plugins/mdns/link-sharing.ts';
import { createLogger } from '../../src/log/logger.ts';
import { ServiceBrowser } from '../../src/mdns/browsing/service-browser.ts';
import { gatewayMark, markedBy } from '../../src/mdns/gateway-mark.ts';
import type { LinkCounters } from '../../src/mdns/link-counters.ts';
import { LinkEngine } from '../../src/mdns/link-engine.ts';
import { HostPublisher } from '../../src/mdns/publishing/host-publisher.ts';
import { ServicePublisher } from '../../src/mdns/publishing/service-publisher.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import type { Random } from '../../src/plugin/random.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { unseenCounters } from '../kit/link-counters.ts';
import { SimulatedLink } from '../kit/simulated-link.ts';

const LINKS = ['red', 'green', 'blue'];
const TYPE = '_http._tcp';
/** Milliseconds in which all devices come to their links. */
const COMING = 60_000;
const NO_MARK = new Uint8Array(0);

/** What is simulated. */
export interface SimulationSize {
  readonly gateways: number;
  readonly devices: number;
  readonly seed: number;
}

type Kind = 'gateway' | 'device' | 'client';

/** Packets, by who sent them and what they are. */
export type PacketCounts = Record<`${Kind} ${'queries' | 'responses'}`, number>;

/**
 * Three links with devices that probe, announce and answer as ours do, a client on each that follows all services, and
 * gateways with rules from each link to both others. Every few minutes a device goes and comes back.
 */
export class Simulation {
  readonly clock = new FakeClock();
  readonly links: readonly SimulatedLink[] = LINKS.map(() => new SimulatedLink(this.clock));
  /** New names that any device or gateway took: none has to. */
  renames = 0;
  /** Services that the client of each link sees now. */
  readonly seen: Set<string>[] = LINKS.map(() => new Set());
  readonly lines: string[] = [];
  readonly #random: Random;
  readonly #counters: LinkCounters[] = [];
  readonly #senders = new Map<string, Kind>();
  #engines = 0;

  constructor({ gateways, devices, seed }: SimulationSize) {
    this.#random = seededRandom(seed);
    for (let number = 1; number <= gateways; number++) this.#addGateway(number);
    for (const index of LINKS.keys()) this.#addClient(index);
    for (let number = 0; number < devices; number++) {
      this.clock.after(this.#random.below(COMING), () => this.#addDevice(number));
    }
  }

  /** Somebody on the first link says far too much: these packets in turn, `rate` a second, for some milliseconds. */
  storm(packets: readonly Uint8Array[], rate: number, duration: number): void {
    const station = this.links[0]!.station('storm', '192.168.0.250');
    for (let count = 0; count < (rate * duration) / 1000; count++) {
      this.clock.after((count * 1000) / rate, () => station.send(packets[count % packets.length]!));
    }
  }

  /** What has been sent between two times of the clock, by all but the storm. */
  counts(from = 0, to = Infinity): PacketCounts {
    const counts: PacketCounts = {
      'gateway queries': 0,
      'gateway responses': 0,
      'device queries': 0,
      'device responses': 0,
      'client queries': 0,
      'client responses': 0,
    };
    for (const link of this.links) {
      for (const { at, packet, source } of link.packets) {
        const sender = this.#senders.get(source.address);
        if (at < from || at >= to || sender === undefined) continue;
        counts[`${sender} ${(packet[2]! & 0x80) === 0 ? 'queries' : 'responses'}`]++;
      }
    }
    return counts;
  }

  /** Packets of gateways that were dropped since they came too fast, and conflicts that they saw. */
  get dropped(): number {
    return this.#counters.reduce((sum, counters) => sum + counters.dropped.too_many.value, 0);
  }

  get gatewayRenames(): number {
    return this.#counters.reduce((sum, counters) => sum + counters.renames.value, 0);
  }

  #addGateway(number: number): void {
    const mark = gatewayMark(Uint8Array.of(number));
    const engines = new Map(
      LINKS.map((name, index) => [
        name,
        this.#engine(index, `192.168.${index}.${number}`, 'gateway', { mark }),
      ]),
    );
    const joined = { engine: (name: string) => engines.get(name)!, release: () => undefined };
    const log = createLogger((line) => this.lines.push(line));
    // Two machines do not start at the same moment.
    this.clock.after(number * 5000, () => {
      for (const from of LINKS) {
        for (const to of LINKS.filter((name) => name !== from)) {
          new LinkSharing(joined, from, to, { type: TYPE, instance: '*', host: '*', to: [to] }, log).start();
        }
      }
    });
  }

  #addClient(index: number): void {
    const engine = this.#engine(index, `192.168.${index}.240`, 'client');
    const seen = this.seen[index]!;
    new ServiceBrowser(engine, TYPE, {
      found: ({ name }) => seen.add(name),
      changed: () => undefined,
      lost: ({ name }) => seen.delete(name),
    });
  }

  #addDevice(number: number): void {
    const index = number % LINKS.length;
    // Their caches are nobody's concern here; what is said and asked of their names, and of all, is theirs.
    const own = [`device-${number}`, `Device ${number}`].map((label) => Buffer.from(label));
    const address = `192.168.${index}.${10 + Math.floor(number / LINKS.length)}`;
    const engine = this.#engine(index, address, 'device', {
      concerns: (packet) =>
        isForAll(packet) ||
        own.some((label) => Buffer.from(packet.buffer, packet.byteOffset, packet.length).includes(label)),
    });
    const renamed = (): void => {
      this.renames++;
    };
    const host = new HostPublisher(engine, `device-${number}`, renamed);
    const service = { instance: `Device ${number}`, type: TYPE, host: host.name, port: 80, txt: ['path=/'] };
    new ServicePublisher(engine, service, { established: () => undefined, renamed });
    // Once an hour each goes, and is back half a minute later.
    this.clock.after(COMING + this.#random.below(3_600_000), () => {
      void engine.close();
      this.clock.after(30_000, () => this.#addDevice(number));
    });
  }

  #engine(
    index: number,
    address: string,
    kind: Kind,
    { mark = NO_MARK, concerns }: Peculiarities = {},
  ): LinkEngine {
    this.#senders.set(address, kind);
    const counters = kind === 'gateway' ? unseenCounters(address) : SHARED_COUNTERS;
    if (kind === 'gateway') this.#counters.push(counters);
    const station = this.links[index]!.station(LINKS[index]!, address);
    station.concerns = concerns;
    return new LinkEngine(station, {
      clock: this.clock,
      random: seededRandom(++this.#engines),
      log: createLogger(() => undefined),
      counters,
      mark,
      isMarked: (options) => markedBy(options) !== undefined,
    });
  }
}

/** What is not the same for all engines. */
interface Peculiarities {
  readonly mark?: Uint8Array;
  readonly concerns?: (packet: Uint8Array) => boolean;
}

const HEADER_BYTES = 12;
/** The question for all services of the type, as it begins. */
const BROWSING = Buffer.from(`\x05${TYPE.replace('.', '\x04')}`, 'latin1');

/** Whether a packet is a query with several questions, for all services, or goes on with what is known. */
function isForAll(packet: Uint8Array): boolean {
  if ((packet[2]! & 0x80) !== 0) return false;
  const name = packet.subarray(HEADER_BYTES, HEADER_BYTES + BROWSING.length);
  return packet[5] !== 1 || Buffer.compare(name, BROWSING) === 0;
}

const SHARED_COUNTERS = unseenCounters('others');
