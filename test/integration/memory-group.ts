import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A cgroup with a limit of memory. */
export interface MemoryGroup {
  /** Where a process writes its id to join. */
  readonly procs: string;
  /** Removes the group, which must be empty. */
  remove(): void;
}

/** How often it is tried to remove a group, and milliseconds in between. */
const ATTEMPTS = 250;
const REST = 20;

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
    const remove = (): void => removeOnceEmpty(folder);
    if (existsSync(join(folder, file))) {
      writeFileSync(join(folder, file), String(limit));
      return { procs: join(folder, 'cgroup.procs'), remove };
    }
    remove();
  }
  return undefined;
}

/** A group is empty a moment after its last process has ended. */
function removeOnceEmpty(folder: string): void {
  const moment = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; ; attempt++) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Somebody else may have cleared away; what went wrong before is more worth telling.
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || attempt === ATTEMPTS) throw error;
      Atomics.wait(moment, 0, 0, REST);
    }
  }
}
