import { seededRandom } from '../plugin/random.ts';
import type { Random } from '../plugin/random.ts';
import { finish } from '../server/finish.ts';
import type { Client } from '../server/query.ts';
import { readQuery } from '../server/read-query.ts';
import { UNCHANGING } from '../server/repeat.ts';
import type { GivenReply, HitCounter } from '../server/repeat.ts';
import { Reply } from '../server/reply.ts';
import type { Dependencies } from '../truth/dependencies.ts';
import { VersionCells } from '../truth/version-cells.ts';
import { RecordClass, RecordType } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { writeQuery } from '../wire/write-query.ts';
import { CounterSlots } from './counter-slots.ts';
import { HitCounters } from './hit-counters.ts';
import { learn } from './learn.ts';
import type { Refusal } from './learn.ts';
import type { LearnedAnswer } from './learned-answer.ts';
import { LearnedBatch } from './learned-batch.ts';
import { packetMemory } from './packet-words.ts';
import type { PacketMemory } from './packet-words.ts';
import type { Permission } from './repeatability.ts';
import { WireCache } from './wire-cache.ts';
import type { WireCacheLimits } from './wire-cache.ts';

/** Large enough that tests do not meet a bound by accident. */
const LIMITS: WireCacheLimits = { entries: 1024, bytes: 1 << 20, reply: 4096 };

const client: Client = {
  protocol: 'udp',
  address: '192.0.2.1',
  port: 40_212,
  family: 4,
  localAddress: '192.0.2.53',
  localPort: 53,
};
const arrival = { server: 'dns://:53', resolve: (): Reply => Reply.silence };

/** What a query is made of. */
export interface Asked {
  readonly id?: number;
  readonly flags?: number;
  readonly type?: number;
  readonly edns?: Partial<Edns> | undefined;
}

/** The bytes of a query for `name`: type A, RD set. */
export function packetFor(name: string, { id = 4711, flags = 0x0100, type, edns }: Asked = {}): Buffer {
  const plain = { udpSize: 1232, version: 0, dnssecOk: false, options: NO_OPTIONS };
  const question = { name, type: type ?? RecordType.A, class: RecordClass.IN };
  return writeQuery({ id, flags, question, edns: edns && { ...plain, ...edns } });
}

/** A cache with both its sides: the worker's, and the main thread's that teaches it. */
export class TestWorld {
  readonly cells = new VersionCells(100_000, 64);
  readonly configuration = { cell: this.cells.allocate(), version: 0 };
  readonly slots: CounterSlots;
  readonly counters: HitCounters;
  readonly cache: WireCache;
  /** Milliseconds of the monotonic clock. */
  now = 100_000;
  readonly #batch: LearnedBatch;
  readonly #in: PacketMemory = packetMemory(65_536);
  readonly #out: PacketMemory = packetMemory(65_536);

  constructor(limits: Partial<WireCacheLimits> = {}, random: Random = seededRandom(1)) {
    const bounds = { ...LIMITS, ...limits };
    this.slots = new CounterSlots({ slots: bounds.entries + 16, durations: 4 });
    this.counters = new HitCounters(this.slots.memory);
    this.cache = new WireCache({
      limits: bounds,
      versions: this.cells.memory,
      counters: this.counters,
      random,
    });
    this.#batch = new LearnedBatch(this.slots);
  }

  /** What the worker answers, or undefined. */
  ask(packet: Uint8Array): Buffer | undefined {
    // What was there before must not matter.
    this.#in.bytes.fill(0xa5, 0, 512);
    this.#in.bytes.set(packet, 64);
    this.#out.bytes.fill(0x5a, 0, 512);
    const length = this.cache.answer(this.#in, 64, packet.length, this.now, this.#out, 128);
    return length === 0 ? undefined : Buffer.from(this.#out.bytes.slice(128, 128 + length));
  }

  /** Whether the worker wants the reply to be learned. */
  isWorthLearning(packet: Uint8Array): boolean {
    this.#in.bytes.set(packet, 64);
    return this.cache.isWorthLearning(this.#in, 64, packet.length);
  }

  /** A reply as the server would have given it. */
  give(packet: Uint8Array, reply: Reply, read?: (dependencies: Dependencies) => void): GivenReply {
    const query = readQuery(packet, client, arrival);
    read?.(query.dependencies);
    return { packet, query, reply, bytes: finish(query, reply) };
  }

  judge(given: GivenReply, permission: Permission = allowing()): LearnedAnswer | Refusal {
    const { cells, configuration } = this;
    return learn(given, { permission, cells, configuration }, this.now);
  }

  /** Teaches the worker a reply; throws when it may not be learned. */
  teach(given: GivenReply, permission?: Permission): void {
    const answer = this.judge(given, permission);
    if (typeof answer === 'string') throw new Error(answer);
    this.deliver(answer);
  }

  deliver(answer: LearnedAnswer): void {
    if (!this.#batch.add(answer)) throw new Error('no slot');
    this.cache.learn(this.#batch.take()!, this.now);
  }

  /** Teaches a reply of one address, made from `cell`, whose TTL does not run. */
  teachAddress(name: string, cell?: number, address: readonly number[] = [192, 0, 2, 1]): Buffer {
    const packet = packetFor(name);
    const given = this.give(packet, addressReply(name, [address]), (dependencies) => {
      if (cell !== undefined) dependencies.read(this.cells, cell);
    });
    this.teach(given);
    return given.bytes as Buffer;
  }
}

/** A reply of A records with a TTL of 30 seconds, its own repeat. */
export function addressReply(
  name: string,
  addresses: readonly (readonly number[])[],
  repeat = UNCHANGING,
): Reply {
  return new Reply({
    authoritative: true,
    source: 'test',
    repeat,
    answer: addresses.map((address) => ({
      name,
      type: address.length === 4 ? RecordType.A : RecordType.AAAA,
      class: RecordClass.IN,
      ttl: 30,
      data: Uint8Array.from(address),
    })),
  });
}

export function allowing(changes: Partial<Permission & { allowed: true }> = {}): Permission {
  return { allowed: true, varied: false, observers: [], ...changes };
}

/** Remembers how many hits it was told of. */
export class Tally implements HitCounter {
  hits = 0;

  add(hits: number): void {
    this.hits += hits;
  }
}
