import type { Random } from '../plugin/random.ts';
import type { Latin1 } from '../wire/latin1.ts';

/** Replies that must repeat a random letter case exactly until it is relied on. */
const PROOFS = 3;
const BACKSLASH = 92;

/**
 * Whether an upstream repeats the letter case of names, as nearly all do, and the use of it: a name in random letter
 * case has a bit for each letter that a forger must guess besides id and port ("0x20", draft-vixie-dnsext-dns0x20).
 */
export class LetterCase {
  readonly #random: Random;
  #state: 'untried' | 'trying' | 'repeats' | 'changes' = 'untried';
  #proofs = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether a reply in another letter case than its query is a forgery. */
  get counts(): boolean {
    return this.#state === 'repeats';
  }

  /** The name to ask for: in random letter case, unless this upstream is known to change it. */
  of(name: string): string {
    if (this.#state === 'trying' || this.#state === 'repeats') return inRandomCase(name, this.#random);
    if (this.#state === 'untried') this.#state = 'trying';
    return name;
  }

  /** A reply repeated a random letter case. */
  repeated(): void {
    if (this.#state === 'trying' && ++this.#proofs >= PROOFS) this.#state = 'repeats';
  }

  /** A reply came in another letter case, while that still was allowed. */
  changed(): void {
    this.#state = 'changes';
  }

  /** Only replies in another letter case came to a query: the server behind the address may be another one now. */
  doubt(): void {
    this.#state = 'untried';
    this.#proofs = 0;
  }
}

/** No name is longer, were every byte of it an escape (`\\200`). */
const LONGEST_NAME = 1024;
const scratch = Buffer.alloc(LONGEST_NAME) as Buffer & Latin1;

/** A name (presentation form) with each letter in upper or lower case by chance. */
export function inRandomCase(name: string, random: Random): string {
  const { length } = name;
  if (length > LONGEST_NAME) return name;
  scratch.latin1Write(name, 0, length);
  let bits = 0;
  let left = 0;
  for (let at = 0; at < length; at++) {
    const byte = scratch[at]!;
    if (byte === BACKSLASH) {
      at++; // an escaped character stays as it is
      continue;
    }
    const lower = byte | 0x20;
    if (lower < 97 || lower > 122) continue;
    if (left === 0) {
      bits = random.below(2 ** 32);
      left = 32;
    }
    scratch[at] = (bits & 1) === 0 ? lower : lower - 32;
    bits >>>= 1;
    left--;
  }
  return scratch.latin1Slice(0, length);
}
