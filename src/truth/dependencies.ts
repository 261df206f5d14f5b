import type { VersionCell, VersionCells } from './version-cells.ts';

/** An answer that read more things than this is not kept by anyone. */
export const MAXIMUM_DEPENDENCIES = 8;

const NO_CELLS: readonly VersionCell[] = [];
const NO_VERSIONS: readonly number[] = [];

/**
 * The version cells that were read while one query was answered, with their versions at the time of reading.
 * Everything consulted counts, also by a plugin that looked and fell through.
 */
export class Dependencies {
  cells: readonly VersionCell[] = NO_CELLS;
  versions: readonly number[] = NO_VERSIONS;
  /** More was read than can be carried, or something changed meanwhile: the answer must not be kept. */
  overflowed = false;
  /** A look-up through the whole server went into it, so that other server blocks may have had a say. */
  crossedBlocks = false;

  /** Notes that `cell` is about to be read. Call it before reading the thing itself. */
  read(cells: VersionCells, cell: VersionCell): void {
    this.add(cell, cells.version(cell));
  }

  /** Takes over a cell with the version that somebody else saw. Two versions of one cell never hold together. */
  add(cell: VersionCell, version: number): void {
    const known = this.cells.indexOf(cell);
    if (known >= 0) {
      if (this.versions[known] !== version) this.overflowed = true;
      return;
    }
    if (this.cells.length === MAXIMUM_DEPENDENCIES) {
      this.overflowed = true;
      return;
    }
    // No array is changed: most have one cell or none, and a push would make room for 17.
    const isFirst = this.cells.length === 0;
    this.cells = isFirst ? [cell] : [...this.cells, cell];
    this.versions = isFirst ? [version] : [...this.versions, version];
  }

  /**
   * Adds all that `other` has read. Whether other blocks had a say in that is for whoever keeps it: a repeat from what
   * is kept asks none of them.
   */
  addAll(other: Dependencies): void {
    if (this.cells.length === 0) {
      this.cells = other.cells;
      this.versions = other.versions;
    } else
      for (let index = 0; index < other.cells.length; index++) {
        this.add(other.cells[index]!, other.versions[index]!);
      }
    if (other.overflowed) this.overflowed = true;
  }

  /** Whether nothing that was read has changed since. */
  hold(cells: VersionCells): boolean {
    for (let index = 0; index < this.cells.length; index++) {
      if (cells.version(this.cells[index]!) !== this.versions[index]) return false;
    }
    return true;
  }
}
