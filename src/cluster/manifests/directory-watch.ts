import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename } from 'node:path';

/**
 * Has the system tell of changes in directories. Not to be relied upon: network file systems tell nothing, and
 * what symbolic links lead to is not watched. Where it works, changes are seen at once.
 */
export class DirectoryWatch {
  readonly #nudge: () => void;
  readonly #names: ReadonlySet<string>;
  readonly #watchers = new Map<string, { identity: string; watcher: FSWatcher }>();

  /** @param paths those of `manifests`: of other files only manifests concern us */
  constructor(paths: readonly string[], nudge: () => void) {
    this.#names = new Set(paths.map((path) => basename(path)));
    this.#nudge = nudge;
  }

  /** Watches just these directories, each with what tells it from another one in its place. */
  follow(directories: ReadonlyMap<string, string>): void {
    for (const [directory, { identity, watcher }] of this.#watchers) {
      if (directories.get(directory) === identity) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const [directory, identity] of directories) {
      if (!this.#watchers.has(directory)) this.#begin(directory, identity);
    }
  }

  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #begin(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name === null || this.#concerns(name)) this.#nudge();
      });
      watcher.on('error', () => {
        watcher.close();
        if (this.#watchers.get(directory)?.watcher === watcher) this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, { identity, watcher });
    } catch {
      // No more watches to be had, or the directory went: the poll sees changes too.
    }
  }

  #concerns(name: string): boolean {
    return name.startsWith('..') || /\.(?:yaml|yml|json)$/.test(name) || this.#names.has(name);
  }
}
