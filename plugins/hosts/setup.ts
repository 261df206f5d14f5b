import { resolve } from 'node:path';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { CounterCell } from '../../src/metrics/registry.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Timer } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { HostsHandler, type HostSource } from './handler.ts';
import { HostTable } from './host-table.ts';
import { HostsFile } from './hosts-file.ts';
import type { Options } from './parse.ts';
import { hostsMetrics } from './metrics.ts';

/** Reads the inline entries, and from the start on follows the file. */
export function setup(options: Options, controller: Controller): HostsHandler {
  const path = resolve(controller.ask(RootDirectory) ?? '', options.file);
  const newTable = (): HostTable => new HostTable(options.zones, options.reverse);
  const inline = newTable();
  for (const { line, position } of options.inline) {
    if (inline.addLine(latin1(line))) continue;
    controller.log.warning(`${position.file}:${position.line}: '${line}' does not begin with an IP address`);
  }
  const source = { cells: controller.cells, cell: controller.cells.allocate(), tables: [newTable(), inline] };
  const follower = new Follower(new HostsFile(path, newTable), source, inline, controller);
  let timer: Timer | undefined;
  controller.onStart(async () => {
    await follower.begin(options);
    if (options.reload > 0) timer = controller.clock.every(options.reload, () => follower.look());
  });
  controller.onStop(() => {
    timer?.cancel();
    follower.stop();
  });
  return new HostsHandler(options, source);
}

/** Keeps a source's first table like the file, and says so in the metrics. */
class Follower {
  readonly #file: HostsFile;
  readonly #source: HostSource;
  readonly #inline: HostTable;
  readonly #log: Controller['log'];
  readonly #entries: CounterCell;
  readonly #timestamp: CounterCell;
  #looking = false;
  #stopped = false;
  /** What was last said about a file that cannot be read. */
  #problem = '';

  constructor(file: HostsFile, source: HostSource, inline: HostTable, { log, metrics }: Controller) {
    this.#file = file;
    this.#source = source;
    this.#inline = inline;
    this.#log = log;
    const { entries, timestamp } = hostsMetrics(metrics);
    this.#entries = entries.cell(file.path);
    this.#timestamp = timestamp.cell();
  }

  /** The first look. A file that is missing may still come; one that cannot be looked at refuses the start. */
  async begin({ position }: Options): Promise<void> {
    this.#entries.value = this.#inline.size;
    try {
      await this.#read();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'EISDIR') {
        throw new CorefileError(position, `unable to access hosts file '${this.#file.path}': ${message}`, {
          cause: error,
        });
      }
      this.#report(error as NodeJS.ErrnoException);
    }
  }

  /** Looks again, unless the last look still goes on. A file that has gone stays true as it was last. */
  look(): void {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    void this.#read()
      .catch((error: unknown) => this.#report(error as NodeJS.ErrnoException))
      .finally(() => (this.#looking = false));
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#source.cells.release(this.#source.cell);
  }

  async #read(): Promise<void> {
    const table = await this.#file.look();
    this.#problem = '';
    if (this.#stopped) return;
    this.#timestamp.value = this.#file.modified / 1000;
    if (table === undefined) return;
    this.#source.tables = [table, this.#inline];
    this.#source.cells.bump(this.#source.cell);
    this.#entries.value = table.size + this.#inline.size;
    this.#log.debug(`read ${table.size} entries from ${this.#file.path}`);
  }

  #report({ code, message }: NodeJS.ErrnoException): void {
    const problem =
      code === 'ENOENT'
        ? `file does not exist: ${this.#file.path}`
        : code === 'EISDIR'
          ? `hosts file is a directory: ${this.#file.path}`
          : `cannot read ${this.#file.path}: ${message}`;
    if (problem !== this.#problem) this.#log.warning(problem);
    this.#problem = problem;
  }
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
