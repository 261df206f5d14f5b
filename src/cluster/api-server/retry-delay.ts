import type { Random } from '../../plugin/random.ts';

/** Milliseconds. Nobody listens: asking again costs next to nothing, and the first answer counts. */
const REFUSED = { first: 100, most: 500 };
/** Somebody is there and in trouble: do not add to it. */
const TROUBLED = { first: 250, most: 30_000 };

/** How long to wait before the next attempt: longer each time, and never the same for everybody. */
export class RetryDelay {
  readonly #random: Random;
  #attempts = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Milliseconds until the next attempt; between half of the step and all of it.
   * @param refused nothing listens at the address (ECONNREFUSED)
   */
  next(refused: boolean): number {
    const { first, most } = refused ? REFUSED : TROUBLED;
    const step = Math.min(most, first * 2 ** Math.min(this.#attempts++, 20));
    return step / 2 + this.#random.below(step / 2 + 1);
  }

  /** It worked. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** Whether nothing listens where we asked. */
export function isRefused(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}
