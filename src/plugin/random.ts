import { randomBytes } from 'node:crypto';

/** Chance, injected so that tests can repeat it. */
export interface Random {
  /** A whole number from 0 up to, but without, `limit` (at most 2³²). */
  below(limit: number): number;
}

const POOL_WORDS = 1024;

/** Unpredictable numbers from the operating system, drawn in batches: message ids must not be guessed (RFC 5452). */
export function secureRandom(): Random {
  let pool = new Uint32Array(0);
  let used = 0;
  function word(): number {
    if (used === pool.length) {
      const bytes = randomBytes(POOL_WORDS * 4);
      pool = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      used = 0;
    }
    return pool[used++]!;
  }
  return { below: (limit) => Math.floor((word() / 2 ** 32) * limit) };
}

/** Repeatable numbers for tests and benches (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
    },
  };
}
