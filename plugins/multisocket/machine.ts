import { availableParallelism, totalmem } from 'node:os';

/** What threads need. */
export interface Machine {
  readonly processors: number;
  /** Bytes that the process may take: of its cgroup, or of the machine. */
  readonly memory: number;
}

/** What the system says. */
export function systemMachine(): Machine {
  const cgroup = process.constrainedMemory();
  const machine = totalmem();
  return {
    processors: availableParallelism(),
    memory: cgroup > 0 && cgroup < machine ? cgroup : machine,
  };
}
