import type { LinkService } from '../../mdns/browsing/link-service.ts';
import { serviceColumns } from './service-columns.ts';

/** A terminal. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

const HEADINGS = ['LINK', 'NAME', 'TYPE', 'HOST', 'ADDRESSES', 'TEXT'];
const GAP = '  ';
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/** The services that are there now, drawn anew whenever they change. */
export class ServiceTable {
  readonly #terminal: Terminal;
  readonly #rows = new Map<string, readonly string[]>();
  #isDrawing = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#draw();
  }

  put(link: string, service: LinkService): void {
    this.#rows.set(rowKey(link, service), [link, ...serviceColumns(link, service)]);
    this.#draw();
  }

  remove(link: string, service: LinkService): void {
    this.#rows.delete(rowKey(link, service));
    this.#draw();
  }

  /** The table as lines, cut to the width and height of the terminal. */
  lines(): string[] {
    const rows = [
      HEADINGS,
      ...[...this.#rows.values()].sort((a, b) => a.join('\0').localeCompare(b.join('\0'))),
    ];
    const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const lines = rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join(GAP)
        .slice(0, this.#terminal.columns)
        .trimEnd(),
    );
    const room = Math.max(2, this.#terminal.rows - 1);
    if (lines.length <= room) return lines;
    return [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`];
  }

  /** Once for all that comes in the same moment. */
  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setImmediate(() => {
      this.#isDrawing = false;
      this.#terminal.write(`${HOME_AND_CLEAR}${this.lines().join('\n')}\n`);
    });
  }
}

function rowKey(link: string, { name }: LinkService): string {
  return `${link}\0${name.toLowerCase()}`;
}
