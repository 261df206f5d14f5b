import type { Random } from '../plugin/random.ts';
import { Statistic } from './counter-memory.ts';
import { Doorkeeper } from './doorkeeper.ts';
import type { HitCounters } from './hit-counters.ts';
import { KeyHash } from './key-hash.ts';
import { FLAGS_MASK, tailMask } from './packet-words.ts';
import type { PacketMemory } from './packet-words.ts';
import { isPlain, MAXIMUM_PLAIN_BYTES, MINIMUM_PLAIN_BYTES } from './plain-query.ts';
import { Field, FIXED_WORDS, State } from './record-layout.ts';
import type { RecordMemory } from './record-ring.ts';
import { RecordStore } from './record-store.ts';
import { TemplateWriter } from './template-writer.ts';

/** Bounds of a cache. */
export interface WireCacheLimits {
  /** Most entries, at most 65,536. */
  readonly entries: number;
  /** Most bytes of entries. Tables take 16 to 32 bytes for each possible entry besides. */
  readonly bytes: number;
  /** Longest reply that is kept, in bytes: what the caller has room for. */
  readonly reply: number;
}

/** What a cache works with. */
export interface WireCacheParts {
  readonly limits: WireCacheLimits;
  /** Memory of the VersionCells. */
  readonly versions: SharedArrayBuffer;
  readonly counters: HitCounters;
  readonly random: Random;
}

/**
 * Replies by the bytes of their queries, of one listener and one address family, in one worker. A reply is given as
 * long as everything that it was made from is as it was; nobody has to tell. Times are milliseconds of the main
 * thread's monotonic clock.
 */
export class WireCache {
  readonly #limits: WireCacheLimits;
  readonly #memory: SharedArrayBuffer;
  #versions: Int32Array;
  readonly #counters: HitCounters;
  readonly #hash: KeyHash;
  readonly #store: RecordStore;
  readonly #doorkeeper: Doorkeeper;
  readonly #templates: TemplateWriter;
  #watched = 0;

  constructor({ limits, versions, counters, random }: WireCacheParts) {
    this.#limits = limits;
    this.#memory = versions;
    this.#versions = fixedView(versions);
    this.#counters = counters;
    this.#hash = new KeyHash(random);
    this.#store = new RecordStore(limits.entries, limits.bytes, counters);
    this.#doorkeeper = new Doorkeeper(Math.max(10, Math.min(17, Math.ceil(Math.log2(limits.entries)) + 1)));
    this.#templates = new TemplateWriter(this.#store.memory, random);
  }

  /** How many entries there are, those that are out of date and were not looked up since included. */
  get size(): number {
    return this.#store.table.size;
  }

  /** Bytes of the entries. */
  get bytes(): number {
    return this.#store.liveBytes;
  }

  /** The slot that the last hit was counted in, if somebody wants to see each hit of its entry; else 0. */
  get watched(): number {
    return this.#watched;
  }

  /**
   * Writes the reply to a query. What is no plain query never equals one that was learned.
   * @param offset of the query in its memory, in bytes; a multiple of four
   * @param out may be the query's own memory; it has room for the longest reply, in whole words
   * @param outOffset a multiple of four
   * @returns the reply's length, or 0 when the main thread has to be asked
   */
  answer(
    packets: PacketMemory,
    offset: number,
    length: number,
    now: number,
    out: PacketMemory,
    outOffset: number,
  ): number {
    const { statistics } = this.#counters;
    if (length < MINIMUM_PLAIN_BYTES || length > MAXIMUM_PLAIN_BYTES) {
      statistics[Statistic.Misses]!++;
      return 0;
    }
    const hash = this.#hash.of(packets.words, offset, length);
    const slot = this.#find(hash, packets.words, offset, length);
    if (slot < 0) {
      statistics[Statistic.Misses]!++;
      return 0;
    }
    const record = this.#store.table.place(slot);
    const { words, doubles } = this.#store.memory;
    if (!this.#isTrue(words, doubles, record, now)) {
      statistics[Statistic.Outdated]!++;
      this.#store.remove(slot, record);
      // It was wanted before: what comes back is worth learning.
      this.#doorkeeper.knows(hash);
      return 0;
    }
    statistics[Statistic.Hits]!++;
    const base = record >> 2;
    words[base + Field.State] = State.Live | State.Recent;
    const counted = words[base + Field.Slot]!;
    this.#counters.count(counted, words[base + Field.Durations]!);
    this.#watched = words[base + Field.Watched] === 0 ? 0 : counted;
    this.#templates.runDown(record, now);
    const serialCell = words[base + Field.SerialCell]!;
    if (serialCell !== 0) this.#templates.renumber(record, Atomics.load(this.#versions, serialCell));
    const id = packets.words[offset >> 2]! & ~FLAGS_MASK;
    const written = this.#templates.write(record, out, outOffset);
    out.words[outOffset >> 2]! |= id;
    return written;
  }

  /**
   * Whether the reply to a query that was not found should be learned: it is plain, and was asked before. A name that
   * is asked for once only pushes nobody out.
   */
  isWorthLearning(packets: PacketMemory, offset: number, length: number): boolean {
    if (!isPlain(packets.bytes, offset, length)) return false;
    return this.#doorkeeper.knows(this.#hash.of(packets.words, offset, length));
  }

  /**
   * Takes over learned answers.
   * @param records one after the other, as writeRecord makes them
   * @param now those that are out of date already are left out
   */
  learn(records: ArrayBuffer, now: number): void {
    const words = new Int32Array(records);
    const views = { bytes: Buffer.from(records), words, doubles: new Float64Array(records) };
    this.#followGrowth();
    for (let at = 0; at < records.byteLength; at += words[(at >> 2) + Field.Length]!)
      this.#learn(views, at, now);
    this.#measure();
  }

  /** Forgets everything: after a reload nothing is true any more. */
  clear(): void {
    this.#store.clear();
    this.#measure();
  }

  #learn({ bytes, words, doubles }: RecordMemory, at: number, now: number): void {
    const base = at >> 2;
    const length = words[base + Field.Length]!;
    const fits = words[base + Field.Given]! <= this.#limits.reply;
    const isTrue = this.#isTrue(words, doubles, at, now);
    const query = at + 4 * (FIXED_WORDS + 2 * words[base + Field.Dependencies]!);
    const queryLength = words[base + Field.QueryLength]!;
    const hash = this.#hash.of(words, query, queryLength);
    const known = this.#find(hash, words, query, queryLength);
    if (known >= 0) this.#store.remove(known, this.#store.table.place(known));
    if (fits && isTrue && this.#store.add(hash, bytes, at, length)) {
      this.#counters.statistics[Statistic.Learned]!++;
    } else this.#counters.release(words[base + Field.Slot]!);
  }

  /** The slot of the entry for a query, or -1. */
  #find(hash: number, packets: Int32Array, offset: number, length: number): number {
    const { table } = this.#store;
    let slot = table.first(hash);
    while (slot >= 0 && !this.#isFor(table.place(slot), packets, offset, length))
      slot = table.after(slot, hash);
    return slot;
  }

  /** Whether a record's query is this one, byte by byte but for the id. */
  #isFor(record: number, packets: Int32Array, offset: number, length: number): boolean {
    const { words } = this.#store.memory;
    const base = record >> 2;
    if (words[base + Field.QueryLength] !== length) return false;
    const key = base + FIXED_WORDS + 2 * words[base + Field.Dependencies]!;
    const start = offset >> 2;
    if (words[key] !== (packets[start]! & FLAGS_MASK)) return false;
    const last = (length - 1) >> 2;
    for (let index = 1; index < last; index++)
      if (words[key + index] !== packets[start + index]) return false;
    return words[key + last] === (packets[start + last]! & tailMask(length));
  }

  /** Whether a record is neither too old nor made from what has changed since. */
  #isTrue(words: Int32Array, doubles: Float64Array, record: number, now: number): boolean {
    const versions = this.#versions;
    const base = record >> 2;
    if (now >= doubles[(record >> 3) + Field.Until / 2]!) return false;
    const configuration = words[base + Field.ConfigurationCell]!;
    if (Atomics.load(versions, configuration) !== words[base + Field.ConfigurationVersion]) return false;
    const end = base + FIXED_WORDS + 2 * words[base + Field.Dependencies]!;
    for (let pair = base + FIXED_WORDS; pair < end; pair += 2) {
      if (Atomics.load(versions, words[pair]!) !== words[pair + 1]) return false;
    }
    return true;
  }

  /** A cell that came to be since the last time may lie beyond the view's end. */
  #followGrowth(): void {
    if (this.#versions.byteLength < this.#memory.byteLength) this.#versions = fixedView(this.#memory);
  }

  #measure(): void {
    const { statistics } = this.#counters;
    statistics[Statistic.Entries] = this.#store.table.size;
    statistics[Statistic.Bytes] = this.#store.liveBytes;
  }
}

/** A view that does not follow the growth of its memory: V8 loads from one three times as quickly. */
function fixedView(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >> 2);
}
