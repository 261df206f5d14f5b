import { ObservationWriter } from '../observation/observation-ring.ts';
import { secureRandom } from '../plugin/random.ts';
import type { HotAnswers } from '../transport/batched/hot-answers.ts';
import { AF_INET6 } from '../transport/batched/linux.ts';
import { portOf } from '../transport/batched/message-ring.ts';
import { CounterMemory } from '../wire-cache/counter-memory.ts';
import type { CounterLimits } from '../wire-cache/counter-memory.ts';
import { HitCounters } from '../wire-cache/hit-counters.ts';
import type { PacketMemory } from '../wire-cache/packet-words.ts';
import { WireCache } from '../wire-cache/wire-cache.ts';
import type { WireCacheLimits } from '../wire-cache/wire-cache.ts';
import { readWorkerClock } from './worker-clock.ts';
import type { WorkerClock } from './worker-clock.ts';

/** What a worker's caches are made from. */
export interface HotWireCacheData {
  /** Of each of the two caches. */
  readonly limits: WireCacheLimits;
  /** Memory of the VersionCells. */
  readonly versions: SharedArrayBuffer;
  /** One for each client family; see CounterMemory. */
  readonly counters: {
    readonly limits: CounterLimits;
    readonly ipv4: SharedArrayBuffer;
    readonly ipv6: SharedArrayBuffer;
  };
  /** Memory of the observation ring; see observationMemory. */
  readonly observations: SharedArrayBuffer;
  readonly clock: WorkerClock;
}

/** What a worker is taught: records for WireCache.learn. */
export interface Lesson {
  readonly family: 4 | 6;
  readonly records: ArrayBuffer;
}

/** The module's face to the worker of the batched transport. */
export function createHotAnswers(data: HotWireCacheData): HotAnswers {
  return new HotWireCache(data);
}

/** A wire cache for IPv4 clients and one for IPv6 clients: a reply may depend on which they are. */
class HotWireCache implements HotAnswers {
  readonly #ipv4: Half;
  readonly #ipv6: Half;
  readonly #observations: ObservationWriter;
  readonly #clock: () => number;
  /** When the batch in hand was received: milliseconds of the main thread's monotonic clock. */
  #now: number;
  #slab: Buffer | undefined;
  #memory: PacketMemory = { bytes: new Uint8Array(0), words: new Int32Array(0) };

  constructor({ limits, versions, counters, observations, clock }: HotWireCacheData) {
    this.#observations = new ObservationWriter(observations);
    const half = (buffer: SharedArrayBuffer): Half => {
      const hits = new HitCounters(new CounterMemory(counters.limits, buffer), this.#observations);
      return { hits, cache: new WireCache({ limits, versions, counters: hits, random: secureRandom() }) };
    };
    this.#ipv4 = half(counters.ipv4);
    this.#ipv6 = half(counters.ipv6);
    this.#clock = readWorkerClock(clock);
    this.#now = this.#clock();
  }

  begin(): void {
    this.#now = this.#clock();
  }

  answer(
    slab: Buffer,
    offset: number,
    length: number,
    _room: number,
    family: 4 | 6,
    names: Int32Array,
    name: number,
  ): number {
    const memory = this.#memoryOf(slab);
    const { cache } = this.#of(family);
    const written = cache.answer(memory, offset, length, this.#now, memory, offset);
    if (written !== 0 && cache.watched !== 0) {
      const id = (slab[offset]! << 8) | slab[offset + 1]!;
      const address = addressAt(names, name, family);
      this.#observations.note(cache.watched, names, address, family, portOf(names, name), id, written);
    }
    return written;
  }

  isWorthLearning(slab: Buffer, offset: number, length: number, family: 4 | 6): boolean {
    return this.#of(family).cache.isWorthLearning(this.#memoryOf(slab), offset, length);
  }

  sent(): void {
    const now = this.#clock();
    const milliseconds = now - this.#now;
    const microseconds = milliseconds * 1000;
    this.#observations.publish(milliseconds / 1000, now);
    this.#ipv4.hits.settle(microseconds);
    this.#ipv6.hits.settle(microseconds);
  }

  learn(message: unknown): void {
    const { family, records } = message as Lesson;
    this.#of(family).cache.learn(records, this.#clock());
  }

  #of(family: 4 | 6): Half {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  /** There is but one slab, of whole words from its memory's beginning on. */
  #memoryOf(slab: Buffer): PacketMemory {
    if (slab !== this.#slab) {
      this.#slab = slab;
      this.#memory = { bytes: slab, words: new Int32Array(slab.buffer, slab.byteOffset, slab.length >> 2) };
    }
    return this.#memory;
  }
}

/** Where the client's IP address begins in its socket address; of an IPv4-mapped one the IPv4 address. */
function addressAt(names: Int32Array, name: number, family: 4 | 6): number {
  if ((names[name]! & 0xffff) !== AF_INET6) return name + 1;
  return family === 4 ? name + 5 : name + 2;
}

interface Half {
  readonly hits: HitCounters;
  readonly cache: WireCache;
}
