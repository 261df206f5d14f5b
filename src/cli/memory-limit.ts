import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Logger } from '../log/logger.ts';

/** What bounds the memory of this process, in bytes. */
export interface MemoryBounds {
  /** Limit of the cgroup, version 1 or 2; without one it is 0 or larger than the machine. */
  readonly cgroup: number;
  /** What the machine has. */
  readonly machine: number;
  /** Limit of the heap: the old generation and three semi-spaces. */
  readonly heap: number;
  /** Node's own arguments. */
  readonly nodeArguments: readonly string[];
}

/** Asks the system and V8. */
export function memoryBounds(): MemoryBounds {
  return {
    cgroup: process.constrainedMemory(),
    machine: totalmem(),
    heap: getHeapStatistics().heap_size_limit,
    nodeArguments: process.execArgv,
  };
}

/**
 * Says in one line what a memory limit leaves to the heap; nothing where there is no limit. V8 takes its limits when it
 * starts and never again (`v8.setFlagsFromString` changes nothing any more), so all that is left to do here is to tell.
 * The image starts Node with a percentage of the cgroup's limit, and V8 derives the semi-spaces from that limit too.
 */
export function logMemoryLimit(bounds: MemoryBounds, log: Logger): void {
  const { cgroup, machine, heap } = bounds;
  if (cgroup <= 0 || cgroup >= machine) return;
  const semiSpace = semiSpaceOf(bounds);
  const young = semiSpace === undefined ? '' : `, of that ${mebibytes(semiSpace)} a semi-space`;
  const found = `memory limit ${mebibytes(cgroup)}: the heap may take ${mebibytes(heap)}${young}`;
  if (heap < cgroup) log.info(found);
  else log.warning(`${found}, which is too much; set NODE_OPTIONS=--max-old-space-size=${half(cgroup)}`);
}

const PERCENTAGE = '--max-old-space-size-percentage=';
const SEMI_SPACE = '--max-semi-space-size=';

/** The limit of a semi-space as it was given, or what the heap has beside an old generation of a given percentage. */
function semiSpaceOf({ cgroup, heap, nodeArguments }: MemoryBounds): number | undefined {
  const given = valueOf(SEMI_SPACE, nodeArguments);
  if (given !== undefined) return given * MEBIBYTE;
  const percentage = valueOf(PERCENTAGE, nodeArguments);
  if (percentage === undefined) return undefined;
  const old = Math.floor((cgroup / MEBIBYTE) * (percentage / 100)) * MEBIBYTE;
  return (heap - old) / 3;
}

/** The number behind the last of an option. */
function valueOf(option: string, nodeArguments: readonly string[]): number | undefined {
  const word = nodeArguments.findLast((candidate) => candidate.startsWith(option));
  return word === undefined ? undefined : Number(word.slice(option.length));
}

const MEBIBYTE = 1024 * 1024;

/** Half of some bytes, in MiB: what the image gives to the old generation. */
function half(bytes: number): number {
  return Math.floor(bytes / MEBIBYTE / 2);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
