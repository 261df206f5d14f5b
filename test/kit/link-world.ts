import { createLogger } from '../../src/log/logger.ts';
import { EchoFilter } from '../../src/mdns/echo-filter.ts';
import { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { LinkCounters } from '../../src/mdns/link-counters.ts';
import { MULTICAST_PORT, readLinkMessage } from '../../src/mdns/message.ts';
import type { LinkMessage, LinkQuestion, LinkRecord } from '../../src/mdns/message.ts';
import type { LinkSource } from '../../src/mdns/multicast-link.ts';
import { queryPackets, responsePackets } from '../../src/mdns/packets.ts';
import type { Conflict, Publication, Published } from '../../src/mdns/responder/publication.ts';
import type { BuiltRecords } from '../../src/mdns/responder/service-records.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { typeFromName, typeName } from '../../src/wire/codes.ts';
import { parseRecord, recordDataText } from '../../src/wire/presentation.ts';
import { FakeClock } from './fake-clock.ts';
import { SimulatedLink } from './simulated-link.ts';
import type { SimulatedStation } from './simulated-link.ts';

/** A packet that somebody sent, read. */
export interface HeardMessage {
  /** Milliseconds of the clock. */
  readonly at: number;
  readonly message: LinkMessage;
  readonly source: LinkSource;
  /** Undefined: the group. */
  readonly to: LinkSource | undefined;
}

/** A link in memory with engines on it, and with stations that a test moves by hand. */
export class LinkWorld {
  readonly clock = new FakeClock();
  readonly link = new SimulatedLink(this.clock);
  readonly #seed: number;
  #engines = 0;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  /** A responder and querier of ours. */
  engine(...addresses: readonly string[]): TestEngine {
    return this.engineWithMark(new Uint8Array(0), ...addresses);
  }

  /** The same, of a gateway that marks what it says for other links. */
  engineWithMark(mark: Uint8Array, ...addresses: readonly string[]): TestEngine {
    this.#engines++;
    const station = this.link.station(`eth${this.#engines}`, ...addresses);
    return new TestEngine(this, station, this.#seed * 1000 + this.#engines, mark);
  }

  /** Two of ours, of one machine that has two interfaces on the link. */
  twoInterfaces(first: string, second: string): [TestEngine, TestEngine] {
    const echoes = new EchoFilter(this.clock);
    const make = (own: string, other: string, seed: number): TestEngine => {
      const station = this.link.station(`eth${++this.#engines}`, own);
      station.isOwn = (address) => address === own || address === other;
      return new TestEngine(this, station, this.#seed * 1000 + seed, new Uint8Array(0), echoes);
    };
    return [make(first, second, 1), make(second, first, 2)];
  }

  /** Somebody else. */
  peer(address: string): Peer {
    return new Peer(this.link.station('peer', address), address);
  }

  /** What went over the link from a time on, from an address or from all. */
  packets(from = 0, address?: string): HeardMessage[] {
    return this.link.packets
      .filter(({ at, source }) => at >= from && (address === undefined || source.address === address))
      .map(({ at, packet, source, to }) => ({ at, message: readLinkMessage(packet)!, source, to }));
  }
}

/** One of our engines, and what its parts count and log. */
export class TestEngine {
  readonly engine: LinkEngine;
  readonly station: SimulatedStation;
  readonly counters: LinkCounters = testCounters();
  readonly lines: string[] = [];

  constructor(
    world: LinkWorld,
    station: SimulatedStation,
    seed: number,
    mark: Uint8Array,
    echoes?: EchoFilter,
  ) {
    this.station = station;
    this.engine = new LinkEngine(station, {
      clock: world.clock,
      random: seededRandom(seed),
      log: createLogger((line) => this.lines.push(line), { debug: true }),
      counters: this.counters,
      ...(echoes === undefined ? {} : { echoes }),
      mark,
      isMarked: (options) => options.length > 0,
    });
  }

  /** Publishes, and follows what becomes of it; `rename` says what to claim after a conflict. */
  publish(
    records: BuiltRecords,
    rename: (conflict: Conflict) => BuiltRecords | undefined = () => undefined,
    isProxied = false,
  ): Following {
    const following: { conflicts: Conflict[]; established: number; published: Published } = {
      conflicts: [],
      established: 0,
      published: undefined as unknown as Published,
    };
    following.published = this.engine.responder.publish(publication(records, isProxied), {
      established: () => {
        following.established++;
      },
      conflict: (conflict) => {
        following.conflicts.push(conflict);
        const next = rename(conflict);
        return next === undefined ? undefined : publication(next, isProxied);
      },
    });
    return following;
  }
}

/** What became of a publication. */
export interface Following {
  readonly conflicts: readonly Conflict[];
  readonly established: number;
  readonly published: Published;
}

/** Somebody else on the link, who says and asks what a test wants. */
export class Peer {
  readonly address: string;
  readonly station: SimulatedStation;

  constructor(station: SimulatedStation, address: string) {
    this.station = station;
    this.address = address;
  }

  /** Asks the group: `name TYPE`, with ` QU` for a unicast reply. */
  ask(questions: string | readonly string[], known: readonly LinkRecord[] = []): void {
    for (const packet of queryPackets([questions].flat().map(question), known)) this.station.send(packet);
  }

  /** Probes for names with what it would claim. */
  probe(...claims: readonly LinkRecord[]): void {
    const names = [...new Set(claims.map(({ name }) => name))];
    for (const packet of queryPackets(
      names.map((name) => question(`${name} ANY QU`)),
      [],
      claims,
    )) {
      this.station.send(packet);
    }
  }

  /** Says records to the group. */
  say(records: readonly LinkRecord[], options?: Uint8Array): void {
    for (const packet of responsePackets(records, [], options)) this.station.send(packet);
  }

  /** Says records to one receiver. */
  tell(address: string, records: readonly LinkRecord[]): void {
    const family = address.includes(':') ? 6 : 4;
    for (const packet of responsePackets(records)) {
      this.station.send(packet, { address, family, port: MULTICAST_PORT });
    }
  }
}

/** `name TYPE` or `name TYPE QU`. */
export function question(text: string): LinkQuestion {
  const [name, type, unicast] = text.split(/(?<!\\) /);
  return { name: name!, type: typeFromName(type!)!, unicast: unicast === 'QU' };
}

/** A record in zone file form without its class: `name ttl TYPE data`; with `!` before it, a unique one. */
export function record(text: string): LinkRecord {
  const unique = text.startsWith('!');
  const read = parseRecord((unique ? text.slice(1) : text).replace(/(?<!\\) (\d+) /, ' $1 IN '));
  return { ...read, unique };
}

/** The other way round; the TTL is left out where `ttl` is false. */
export function shown({ unique, name, ttl, type, data }: LinkRecord, withTtl = true): string {
  return `${unique ? '!' : ''}${name} ${withTtl ? `${ttl} ` : ''}${typeName(type)} ${recordDataText(type, data)}`;
}

/** Records of the zone file form, by whether they are unique. */
export function records(...texts: readonly string[]): BuiltRecords {
  const all = texts.map(record);
  return { unique: all.filter(({ unique }) => unique), shared: all.filter(({ unique }) => !unique) };
}

function publication(built: BuiltRecords, isProxied: boolean): Publication {
  return { ...built, isProxied };
}

/** Counters that nobody scrapes. */
export function testCounters(): LinkCounters {
  const cell = (): { value: number } => ({ value: 0 });
  return {
    received: cell(),
    sent: cell(),
    conflicts: cell(),
    renames: cell(),
    records: cell(),
    dropped: { malformed: cell(), off_link: cell(), too_many: cell(), cache_full: cell() },
  };
}
