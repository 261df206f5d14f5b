import type { VersionCell, VersionCells } from '../truth/version-cells.ts';

/**
 * The version cells that the change in hand is going to bump. They are bumped together by `commit`, once the change
 * is whole: until then the workers serve the old answers, afterwards none of them.
 */
export class CellChanges {
  readonly cells: VersionCells;
  readonly #touched: VersionCell[] = [];
  readonly #released: VersionCell[] = [];
  #count = 0;

  constructor(cells: VersionCells) {
    this.cells = cells;
  }

  touch(cell: VersionCell): void {
    this.#touched.push(cell);
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
    if (this.#touched.length > 0 || this.#released.length > 0) this.#count++;
    for (const cell of this.#touched) this.cells.bump(cell);
    for (const cell of this.#released) this.cells.release(cell);
    this.#touched.length = 0;
    this.#released.length = 0;
  }
}
