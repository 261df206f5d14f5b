import type { VersionCell, VersionCells } from '../truth/version-cells.ts';

/** Room for so many cells stays between changes. */
const MOST_KEPT = 4096;

/**
 * The version cells that the change in hand is going to bump. They are bumped together by `commit`, once the change
 * is whole: until then the workers serve the old answers, afterwards none of them.
 */
export class CellChanges {
  readonly cells: VersionCells;
  /** As many as are counted; what is behind them is from before. */
  #touched: VersionCell[] = [];
  #touchedCount = 0;
  readonly #released: VersionCell[] = [];
  #count = 0;

  constructor(cells: VersionCells) {
    this.cells = cells;
  }

  touch(cell: VersionCell): void {
    this.#touched[this.#touchedCount++] = cell;
  }

  /** The thing behind `cell` is gone: the cell is bumped, and then free for another. */
  release(cell: VersionCell): void {
    this.#released.push(cell);
  }

  /** How many changes there were so far. */
  get count(): number {
    return this.#count;
  }

  commit(): void {
    if (this.#touchedCount > 0 || this.#released.length > 0) this.#count++;
    for (let index = 0; index < this.#touchedCount; index++) this.cells.bump(this.#touched[index]!);
    this.#touchedCount = 0;
    if (this.#touched.length > MOST_KEPT) this.#touched = [];
    if (this.#released.length === 0) return;
    for (const cell of this.#released) this.cells.release(cell);
    this.#released.length = 0;
  }
}
