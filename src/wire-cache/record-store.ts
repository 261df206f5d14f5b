import { Statistic } from './counter-memory.ts';
import type { HitCounters } from './hit-counters.ts';
import { KeyTable } from './key-table.ts';
import { Field, State } from './record-layout.ts';
import { RECORD_ALIGNMENT, recordMemory, RecordRing } from './record-ring.ts';
import type { RecordMemory } from './record-ring.ts';

/** Records that are kept for another round, at the most, to make room for one: the worker must not stand still. */
const MOST_MOVES = 128;
/** The share of the memory in which newcomers have to prove themselves. */
const PROBATION_SHARE = 8;

/**
 * The records of a cache and the table that leads to them, bounded in entries and bytes. Newcomers go through a small
 * ring of their own; those that were given again before they came to its end go on to the large one, where what was
 * given since the last round stays for another. So whatever is not asked for again passes by what is hot.
 */
export class RecordStore {
  readonly memory: RecordMemory;
  readonly table: KeyTable;
  readonly #entries: number;
  readonly #counters: HitCounters;
  readonly #probation: RecordRing;
  readonly #main: RecordRing;
  /** Entries on probation. */
  #newcomers = 0;
  /** Records that were moved to make room for the one that is coming. */
  #moves = 0;

  /**
   * @param entries most of them, at most 65,536
   * @param bytes of records at most
   */
  constructor(entries: number, bytes: number, counters: HitCounters) {
    this.memory = recordMemory(bytes);
    this.table = new KeyTable(entries);
    this.#entries = entries;
    this.#counters = counters;
    const end = this.memory.bytes.length;
    const border = (end / PROBATION_SHARE) & -RECORD_ALIGNMENT;
    this.#probation = new RecordRing(this.memory, 0, border);
    this.#main = new RecordRing(this.memory, border, end);
  }

  /** Bytes of the entries. */
  get liveBytes(): number {
    return this.#probation.liveBytes + this.#main.liveBytes;
  }

  /** Keeps a record. False when it is too large for this store. */
  add(hash: number, source: Uint8Array, at: number, length: number): boolean {
    const ring = length * 4 <= this.#probation.size ? this.#probation : this.#main;
    if (length * 4 > ring.size) return false;
    this.#moves = 0;
    // Newcomers have their share of the entries too, and go on one by one.
    while (this.#newcomers > 0 && (this.#newcomers + 1) * PROBATION_SHARE > this.#entries) {
      this.#stepOf(this.#probation);
    }
    while (this.table.size >= this.#entries) {
      this.#stepOf(this.#newcomers === this.table.size ? this.#probation : this.#main);
    }
    const record = this.#makeRoom(ring, length);
    const { bytes, words } = this.memory;
    bytes.set(source.subarray(at, at + length), record);
    words[(record >> 2) + Field.Hash] = hash;
    words[(record >> 2) + Field.State] = State.Live;
    ring.liveBytes += length;
    if (ring === this.#probation) this.#newcomers++;
    this.table.insert(hash, record);
    return true;
  }

  /** Takes an entry out of the table; its bytes come free when the ring gets there. */
  remove(slot: number, record: number): void {
    const { words } = this.memory;
    const base = record >> 2;
    this.table.remove(slot);
    this.#counters.release(words[base + Field.Slot]!);
    words[base + Field.State] = 0;
    const ring = record < this.#probation.limit ? this.#probation : this.#main;
    ring.liveBytes -= words[base + Field.Length]!;
    if (ring === this.#probation) this.#newcomers--;
  }

  clear(): void {
    for (const ring of [this.#probation, this.#main]) while (!ring.isEmpty) this.#drop(ring);
  }

  #makeRoom(ring: RecordRing, length: number): number {
    let offset = ring.reserveOrGrow(length);
    while (offset < 0) {
      this.#stepOf(ring);
      offset = ring.reserveOrGrow(length);
    }
    return offset;
  }

  /** Room that is had by dropping what is dead alone; -1 when there is none. */
  #reserveFree(ring: RecordRing, length: number): number {
    let offset = ring.reserveOrGrow(length);
    while (offset < 0 && this.memory.words[(ring.oldest >> 2) + Field.State] === 0) {
      ring.dropOldest();
      offset = ring.reserveOrGrow(length);
    }
    return offset;
  }

  /** Deals with the oldest record of a ring: what is dead goes, the others stay, go on, or are evicted. */
  #stepOf(ring: RecordRing): void {
    const state = this.memory.words[(ring.oldest >> 2) + Field.State]!;
    if (state === 0) ring.dropOldest();
    else if (this.#moves >= MOST_MOVES) this.#drop(ring);
    else if (ring === this.#probation) this.#promote((state & State.Recent) !== 0);
    else if ((state & State.Recent) !== 0 || (!ring.isCrowded && this.table.size < this.#entries))
      this.#keep();
    else this.#drop(ring);
  }

  /** Ends the oldest newcomer's probation: what was given again goes on, and else what costs nobody its place. */
  #promote(isRecent: boolean): void {
    const ring = this.#probation;
    const { bytes, words } = this.memory;
    const from = ring.oldest;
    const base = from >> 2;
    const length = words[base + Field.Length]!;
    let to = -1;
    const isFree = this.table.size < this.#entries;
    if (isRecent || (isFree && !this.#main.isCrowded)) to = this.#makeRoom(this.#main, length);
    else if (isFree) to = this.#reserveFree(this.#main, length);
    if (to < 0) {
      this.#drop(ring);
      return;
    }
    this.#moves++;
    words[base + Field.State] = State.Live;
    bytes.copyWithin(to, from, from + length);
    this.table.move(this.table.slotOf(words[base + Field.Hash]!, from), to);
    this.#newcomers--;
    ring.liveBytes -= length;
    this.#main.liveBytes += length;
    ring.dropOldest();
  }

  /** Gives the oldest record of the large ring another round. */
  #keep(): void {
    const { words } = this.memory;
    const from = this.#main.oldest;
    const base = from >> 2;
    const slot = this.table.slotOf(words[base + Field.Hash]!, from);
    this.#moves++;
    words[base + Field.State] = State.Live;
    const to = this.#main.moveOldest();
    if (to >= 0) this.table.move(slot, to);
    else this.#evict(slot, from);
  }

  /** Drops the oldest record of a ring, dead or alive. */
  #drop(ring: RecordRing): void {
    const record = ring.oldest;
    const { words } = this.memory;
    const base = record >> 2;
    if (words[base + Field.State] !== 0) {
      this.#evict(this.table.slotOf(words[base + Field.Hash]!, record), record);
    }
    ring.dropOldest();
  }

  #evict(slot: number, record: number): void {
    this.#counters.statistics[Statistic.Evicted]!++;
    this.remove(slot, record);
  }
}
