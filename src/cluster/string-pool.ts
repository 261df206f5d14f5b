import type { Latin1 } from '../wire/latin1.ts';

/** Stands for a string of a `StringPool`; 0 is the empty string. */
export type StringId = number;

/** A string's own header and its places in the columns: about so many bytes beside its text and the table. */
const BYTES_A_STRING = 40;
const FIRST_STRINGS = 1024;

/**
 * Every different string once, behind a small number that fits a typed-array column. References are counted, so
 * that names which come and go (pods of a Deployment) leave nothing behind.
 *
 * They are found by a table of numbers with open addressing, half full at most. A Map takes three times as long for
 * strings that are new, and would keep each of them in V8's own table of strings as well.
 */
export class StringPool {
  /** Numbers by the hash of their text, 0 where there is none; at least twice as many as there are strings. */
  #table = new Int32Array(2 * FIRST_STRINGS);
  /** By number. */
  readonly #texts: string[] = [''];
  #hashes = new Int32Array(FIRST_STRINGS);
  #references = new Int32Array(FIRST_STRINGS);
  readonly #free: StringId[] = [];
  readonly #seed: number;
  #size = 0;
  #bytes = 0;

  /** @param seed 32 bits that nobody else knows: who may write names cannot choose those that are found slowly */
  constructor(seed = 0) {
    this.#seed = seed;
  }

  /** The number of `text`, with one more reference to it. What is new is copied: it may be a piece of a larger text. */
  take(text: string): StringId {
    if (text === '') return 0;
    const hash = hashText(text, this.#seed);
    let place = this.#find(text, hash);
    const known = this.#table[place]!;
    if (known !== 0) {
      this.#references[known]!++;
      return known;
    }
    const id = this.#free.pop() ?? this.#texts.length;
    if (id >= this.#references.length) {
      this.#grow();
      place = this.#find(text, hash);
    }
    this.#table[place] = id;
    this.#texts[id] = compactString(text);
    this.#hashes[id] = hash;
    this.#references[id] = 1;
    this.#size++;
    this.#bytes += text.length + BYTES_A_STRING;
    return id;
  }

  /** Gives one reference back; with the last one the string is forgotten and its number may be used again. */
  release(id: StringId): void {
    if (id === 0 || --this.#references[id]! > 0) return;
    const text = this.#texts[id]!;
    this.#remove(this.#find(text, this.#hashes[id]!));
    this.#texts[id] = '';
    this.#free.push(id);
    this.#size--;
    this.#bytes -= text.length + BYTES_A_STRING;
  }

  /** As `release`, for those who keep the string and not its number. */
  releaseText(text: string): void {
    if (text !== '') this.release(this.#table[this.#find(text, hashText(text, this.#seed))]!);
  }

  text(id: StringId): string {
    return this.#texts[id]!;
  }

  /** How many different strings are held, without the empty one. */
  get size(): number {
    return this.#size;
  }

  /** Estimated bytes of all strings and of the pool itself. */
  get bytes(): number {
    return this.#bytes + this.#references.byteLength + this.#hashes.byteLength + this.#table.byteLength;
  }

  /** Where a text is in the table, or would be. */
  #find(text: string, hash: number): number {
    const table = this.#table;
    const last = table.length - 1;
    let place = hash & last;
    for (let id = table[place]!; id !== 0; id = table[place]!) {
      if (this.#hashes[id] === hash && this.#texts[id] === text) break;
      place = (place + 1) & last;
    }
    return place;
  }

  /** Empties a place, and moves up what would not be found any more. */
  #remove(place: number): void {
    const table = this.#table;
    const last = table.length - 1;
    let hole = place;
    for (let next = (hole + 1) & last; table[next] !== 0; next = (next + 1) & last) {
      const wanted = this.#hashes[table[next]!]! & last;
      if (((next - wanted) & last) < ((next - hole) & last)) continue;
      table[hole] = table[next]!;
      hole = next;
    }
    table[hole] = 0;
  }

  #grow(): void {
    const size = this.#references.length * 2;
    this.#references = copied(this.#references, size);
    this.#hashes = copied(this.#hashes, size);
    const table = new Int32Array(2 * size);
    const last = table.length - 1;
    for (const id of this.#table) {
      if (id === 0) continue;
      let place = this.#hashes[id]! & last;
      while (table[place] !== 0) place = (place + 1) & last;
      table[place] = id;
    }
    this.#table = table;
  }
}

function copied(column: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(column);
  return copy;
}

/** 32 bits, each of which goes by every character and by the seed. */
function hashText(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * A copy of `text` that keeps nothing else alive. A string cut out of a larger one may be a view of it, and one
 * name must not hold a whole manifest of 20 MB.
 */
export function compactString(text: string): string {
  if (text.length <= scratch.length) {
    scratch.latin1Write(text, 0, text.length);
    const copy = scratch.latin1Slice(0, text.length);
    // Characters beyond Latin-1 have lost their upper half.
    if (copy === text) return copy;
  }
  const copy = Buffer.from(text, 'utf8').toString('utf8');
  // A lone surrogate does not survive UTF-8; keys have to stay equal to what they were.
  return copy === text ? copy : text;
}

/** Names are short; Latin-1 is copied several times as quickly as UTF-8. */
const scratch = Buffer.alloc(256) as Buffer & Latin1;
