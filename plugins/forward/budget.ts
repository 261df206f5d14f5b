import type { Shared } from '../../src/plugin/controller.ts';

/** Bytes for all queries in flight of a process. */
const BUDGET_BYTES = 16 * 1024 * 1024;
/**
 * What one question costs besides its own bytes. Measured were 2.4 KB of heap, and 3 KB with the plugins in front
 * (`npm run bench:forward -- --only heap`); sockets and what the collector has not found yet come on top.
 */
const QUESTION_BYTES = 4096;
/** What another client that waits for the same question costs; measured were 1,475 bytes. */
const CLIENT_BYTES = 1536;

/**
 * The memory that queries in flight may take, over all `forward` lines of the process. An upstream that has become
 * slow must not take the server down (at 2 s a query, 20,000 queries a second are 40,000 in flight).
 */
export class Budget implements Shared {
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes */
  constructor(limit: number = BUDGET_BYTES) {
    this.#limit = limit;
  }

  /** Bytes in use, estimated. */
  get used(): number {
    return this.#used;
  }

  /**
   * Takes the cost of a query.
   * @param size bytes of the query on the wire
   * @param joins whether it waits for a question that is in flight already
   * @returns the bytes to give back later; 0 when there are not enough
   */
  take(size: number, joins: boolean): number {
    const cost = joins ? CLIENT_BYTES + size : QUESTION_BYTES + 2 * size;
    if (this.#used + cost > this.#limit) return 0;
    this.#used += cost;
    return cost;
  }

  /** Gives back what `take` took. */
  give(cost: number): void {
    this.#used -= cost;
  }

  close(): void {
    // Queries that are still in flight give back what they took.
  }
}
