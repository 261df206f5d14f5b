/** Second tries that may be saved up. */
const MOST = 32;
/** Second tries that each query adds. */
const PER_QUERY = 0.1;

/**
 * How many second tries there may be: one for ten queries, so that upstreams that are slow because they have too much
 * to do do not get twice as much.
 */
export class HedgeAllowance {
  #left = MOST;

  /** A query came. */
  add(): void {
    this.#left = Math.min(MOST, this.#left + PER_QUERY);
  }

  /**
   * Whether there may be a second try now.
   * @param free the first upstream is thought dead: going to another one costs nothing
   */
  take(free: boolean): boolean {
    if (free) return true;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
