import type { Random } from '../plugin/random.ts';
import type { PacketMemory } from './packet-words.ts';
import { Field } from './record-layout.ts';
import type { RecordMemory } from './record-ring.ts';

/** Copies longer than this are left to the engine; shorter ones are done sooner by hand. */
const SHORT_COPY = 256;
const SHORT_BYTES = 64;

/** Makes replies from records: TTLs run down, serials of now, varied pieces from a drawn start. */
export class TemplateWriter {
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #doubles: Float64Array;
  readonly #random: Random;

  constructor(memory: RecordMemory, random: Random) {
    this.#bytes = memory.bytes;
    this.#words = memory.words;
    this.#halves = new Uint16Array(memory.words.buffer);
    this.#doubles = memory.doubles;
    this.#random = random;
  }

  /** Runs the TTLs of the template itself down to what they are now: nearly always it was done in the same second. */
  runDown(record: number, now: number): void {
    const since = this.#doubles[(record >> 3) + Field.Since / 2]!;
    // NaN: they stand still.
    if (!(now >= since)) return;
    const elapsed = Math.floor((now - since) / 1000);
    const base = record >> 2;
    const behind = elapsed - this.#words[base + Field.Elapsed]!;
    if (behind === 0) return;
    this.#words[base + Field.Elapsed] = elapsed;
    const template = (base + this.#words[base + Field.TemplateAt]!) << 2;
    const end = (record >> 1) + this.#words[base + Field.SerialsAt]!;
    for (let half = (record >> 1) + this.#words[base + Field.TtlsAt]!; half < end; half++) {
      const at = template + this.#halves[half]!;
      this.#write32(at, this.#read32(at) - behind);
    }
  }

  /** Puts `serial` into all SOA records of the template that follow a cell. */
  renumber(record: number, serial: number): void {
    const base = record >> 2;
    if (this.#words[base + Field.Serial] === serial) return;
    this.#words[base + Field.Serial] = serial;
    const template = (base + this.#words[base + Field.TemplateAt]!) << 2;
    const end = (record >> 1) + this.#words[base + Field.SerialsEnd]!;
    for (let half = (record >> 1) + this.#words[base + Field.SerialsAt]!; half < end; half++) {
      this.#write32(template + this.#halves[half]!, serial);
    }
  }

  /**
   * Writes the reply that a record holds, its id being 0. Up to three bytes behind it are written too.
   * @param offset a multiple of four
   * @returns its length
   */
  write(record: number, target: PacketMemory, offset: number): number {
    const words = this.#words;
    const base = record >> 2;
    const length = words[base + Field.TemplateLength]!;
    const template = base + words[base + Field.TemplateAt]!;
    if (words[base + Field.Groups] !== 0)
      return this.#vary(record, template << 2, length, target.bytes, offset);
    if (length > SHORT_COPY) {
      this.#bytes.copy(target.bytes, offset, template << 2, (template << 2) + length);
      return length;
    }
    const written = target.words;
    const start = offset >> 2;
    const count = (length + 3) >> 2;
    for (let index = 0; index < count; index++) written[start + index] = words[template + index]!;
    return length;
  }

  #vary(record: number, template: number, length: number, target: Uint8Array, offset: number): number {
    const halves = this.#halves;
    const base = record >> 2;
    const end = (record >> 1) + this.#words[base + Field.TtlsAt]!;
    let half = (record >> 1) + this.#words[base + Field.GroupsAt]!;
    let from = template;
    let at = offset;
    while (half < end) {
      at = this.#copy(from, template + halves[half + 4]!, target, at);
      at = this.#rotate(half, template, target, at);
      from = template + halves[half + 3]!;
      half += 4 + halves[half]!;
    }
    return this.#copy(from, template + length, target, at) - offset;
  }

  /** Writes as many pieces of a group as are given, from a drawn one on. */
  #rotate(group: number, template: number, target: Uint8Array, offset: number): number {
    const halves = this.#halves;
    const pieces = halves[group]!;
    const given = halves[group + 1]!;
    const separator = halves[group + 2]!;
    const end = template + halves[group + 3]!;
    const starts = group + 4;
    const drawn = this.#random.below(pieces);
    const first = template + halves[starts + drawn]!;
    if (drawn + given <= pieces) {
      const last = drawn + given;
      const stop = last === pieces ? end : template + halves[starts + last]! - separator;
      return this.#copy(first, stop, target, offset);
    }
    let at = this.#copy(first, end, target, offset);
    const second = template + halves[starts + 1]!;
    at = this.#copy(second - separator, second, target, at);
    const stop = template + halves[starts + drawn + given - pieces]! - separator;
    return this.#copy(template + halves[starts]!, stop, target, at);
  }

  /** @returns the offset after what was written */
  #copy(from: number, to: number, target: Uint8Array, offset: number): number {
    const bytes = this.#bytes;
    const length = to - from;
    if (length > SHORT_BYTES) bytes.copy(target, offset, from, to);
    else for (let index = 0; index < length; index++) target[offset + index] = bytes[from + index]!;
    return offset + length;
  }

  #read32(at: number): number {
    const bytes = this.#bytes;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  #write32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >> 24;
    bytes[at + 1] = value >> 16;
    bytes[at + 2] = value >> 8;
    bytes[at + 3] = value;
  }
}
