import { of } from './mutation.ts';

const VERSION_CELLS = 'src/truth/version-cells.ts';
const DEPENDENCIES = 'src/truth/dependencies.ts';

/** Version cells, and what was read. */
export const truth = [
  ...of(
    VERSION_CELLS,
    ['a bump', 'Atomics.add(this.#versions, cell, 1);'],
    ['the bump of a cell that is given back', 'this.bump(cell);\n    if (cell', 'if (cell'],
    ['the serial that is told', 'Atomics.store(this.#versions, cell, value);'],
  ),
  ...of(
    DEPENDENCIES,
    ['that what is read is noted', 'this.add(cell, cells.version(cell));'],
    ['that too much was read', '      this.overflowed = true;\n      return;', '      return;'],
    ['what somebody else has read', 'this.cells = other.cells;'],
    [
      'whether versions hold',
      'if (cells.version(this.cells[index]!) !== this.versions[index]) return false;',
    ],
  ),
  ...of('src/server/query.ts', ['that other blocks had a say', 'this.dependencies.crossedBlocks = true;']),
];
