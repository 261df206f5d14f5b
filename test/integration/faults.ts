/** Faults that are printed; more are counted. */
const PRINTED = 60;

/** What was looked at, row by row, and what was wrong. */
export class Faults {
  #rows = 0;
  #count = 0;

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  get count(): number {
    return this.#count;
  }

  /** One row: each condition that does not hold is a fault with the row's title. */
  row(title: string, conditions: readonly (readonly [holds: boolean, otherwise: string])[]): void {
    this.#rows++;
    for (const [holds, otherwise] of conditions) if (!holds) this.add(`${title}: ${otherwise}`);
  }

  add(text: string): void {
    if (++this.#count <= PRINTED) console.error(`failed: ${text}`);
  }
}
