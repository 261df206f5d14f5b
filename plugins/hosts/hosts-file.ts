import { readFile, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { HostTable } from './host-table.ts';

/** Lines taken between two turns of the event loop: a few milliseconds' work. */
const SLICE = 250;

/**
 * A hosts file, followed by its times and size, and by its content: touching it is no change, and neither is a
 * mounted file that is swapped for an equal one.
 */
export class HostsFile {
  readonly path: string;
  /** When it was last changed, as of the last look; milliseconds since 1970. */
  modified = 0;
  readonly #newTable: () => HostTable;
  #bytes: Buffer | undefined;
  #stamp = '';
  /** Times are coarse: what is written twice in one instant shows the same, so a changed file is read once more. */
  #settled = false;

  constructor(path: string, newTable: () => HostTable) {
    this.path = path;
    this.#newTable = newTable;
  }

  /**
   * Reads the file if it may have changed. Undefined when its content is what it was; its time may be another one all
   * the same: it was touched, or it was swapped between the last look's two, at its time and at its content.
   * @throws the system's error when it cannot be read; what was read before stays true until then
   */
  async look(): Promise<HostTable | undefined> {
    const stats = await stat(this.path);
    const stamp = stampOf(stats);
    const same = stamp === this.#stamp;
    if (same && this.#settled) return undefined;
    const bytes = await readFile(this.path);
    this.#settled = same;
    this.#stamp = stamp;
    this.modified = stats.mtimeMs;
    if (this.#bytes?.equals(bytes) === true) return undefined;
    this.#bytes = bytes;
    const table = this.#newTable();
    await addLines(bytes, table);
    return table;
  }
}

function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** Latin-1, so that each byte is one character: names need not be UTF-8. */
async function addLines(bytes: Buffer, table: HostTable): Promise<void> {
  let start = 0;
  for (let count = 1; start < bytes.length; count++) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    table.addLine(bytes.toString('latin1', start, end));
    start = end + 1;
    if (count % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
