import type { Latin1 } from '../wire/latin1.ts';

/** Stands for a string of a `StringPool`; 0 is the empty string. */
export type StringId = number;

/** A string's own header, its place in the Map and in the two columns: about so many bytes beside its text. */
const BYTES_A_STRING = 80;

/**
 * Every different string once, behind a small number that fits a typed-array column. References are counted, so
 * that names which come and go (pods of a Deployment) leave nothing behind.
 */
export class StringPool {
  readonly #ids = new Map<string, StringId>();
  readonly #texts: string[] = [''];
  #references = new Int32Array(1024);
  readonly #free: StringId[] = [];
  #bytes = 0;

  /** The number of `text`, with one more reference to it. It is kept as it is: see `ClusterWriter`. */
  take(text: string): StringId {
    if (text === '') return 0;
    const known = this.#ids.get(text);
    if (known !== undefined) {
      this.#references[known]!++;
      return known;
    }
    const id = this.#free.pop() ?? this.#texts.length;
    if (id >= this.#references.length) this.#grow();
    this.#ids.set(text, id);
    this.#texts[id] = text;
    this.#references[id] = 1;
    this.#bytes += text.length + BYTES_A_STRING;
    return id;
  }

  /** Gives one reference back; with the last one the string is forgotten and its number may be used again. */
  release(id: StringId): void {
    if (id === 0 || --this.#references[id]! > 0) return;
    const text = this.#texts[id]!;
    this.#ids.delete(text);
    this.#texts[id] = '';
    this.#free.push(id);
    this.#bytes -= text.length + BYTES_A_STRING;
  }

  /** As `release`, for those who keep the string and not its number. */
  releaseText(text: string): void {
    this.release(this.#ids.get(text) ?? 0);
  }

  text(id: StringId): string {
    return this.#texts[id]!;
  }

  /** How many different strings are held, without the empty one. */
  get size(): number {
    return this.#ids.size;
  }

  /** Estimated bytes of all strings and of the pool itself. */
  get bytes(): number {
    return this.#bytes + this.#references.byteLength;
  }

  #grow(): void {
    const grown = new Int32Array(this.#references.length * 2);
    grown.set(this.#references);
    this.#references = grown;
  }
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
