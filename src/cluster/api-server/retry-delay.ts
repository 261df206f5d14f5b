import type { Random } from '../../plugin/random.ts';

/** Milliseconds. Nobody listens: asking again costs next to nothing, and the first answer counts. */
const REFUSED = { first: 100, most: 500 };
/** Somebody is there and in trouble: do not add to it. */
const TROUBLED = { first: 250, most: 30_000 };
/** An API server that comes up is in trouble for seconds; so many attempts are made as if nobody were there. */
const COMING_UP = 20;

/** How long to wait before the next attempt: longer each time, and never the same for everybody. */
export class RetryDelay {
  readonly #random: Random;
  #refused = false;
  /** Nobody listened at some attempt, and none has succeeded since. */
  #wasRefused = false;
  #attempts = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Milliseconds until the next attempt; between half of the step and all of it.
   * @param refused nobody listens at the address
   */
  next(refused: boolean): number {
    if (refused !== this.#refused) this.#attempts = 0;
    this.#refused = refused;
    this.#wasRefused ||= refused;
    const attempt = this.#attempts++;
    const isQuick = refused || (this.#wasRefused && attempt < COMING_UP);
    const { first, most } = isQuick ? REFUSED : TROUBLED;
    const step = Math.min(most, first * 2 ** Math.min(attempt, 20));
    return step / 2 + this.#random.below(step / 2 + 1);
  }

  /** Nobody listened at the last attempt. */
  get refused(): boolean {
    return this.#refused;
  }

  /** It worked. */
  reset(): void {
    this.#refused = false;
    this.#wasRefused = false;
    this.#attempts = 0;
  }
}

/** Whether nothing listens where we asked: by the error itself, or by what was made a plainer one of. */
export function isRefused(error: Error): boolean {
  const { code, cause } = error as NodeJS.ErrnoException;
  return (code !== undefined && NOBODY.has(code)) || (cause instanceof Error && isRefused(cause));
}

/** Errors that come at once. */
const NOBODY = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
