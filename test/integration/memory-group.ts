import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A cgroup with a limit of memory. */
export interface MemoryGroup {
  /** Where a process writes its id to join. */
  readonly procs: string;
  /** Removes the group, which must be empty. */
  remove(): void;
}

/** Both versions of cgroups: where a group goes, and the file of its limit. */
const places = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
] as const;

/** Makes a group of its own; undefined where this machine does not let us. @param limit in bytes */
export function memoryGroup(limit: number): MemoryGroup | undefined {
  for (const [parent, file] of places) {
    const folder = join(parent, `signpost-${process.pid}`);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    const remove = (): void => rmdirSync(folder);
    if (existsSync(join(folder, file))) {
      writeFileSync(join(folder, file), String(limit));
      return { procs: join(folder, 'cgroup.procs'), remove };
    }
    remove();
  }
  return undefined;
}
