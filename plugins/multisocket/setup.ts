import { SocketCount } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Machine } from './machine.ts';
import type { Options } from './parse.ts';

const MEBIBYTE = 1024 * 1024;
/** What a server with a large cluster takes with one thread, at its highest, in bytes. */
const ONE_THREAD: number = 150 * MEBIBYTE;
/** What each further thread takes, in bytes. */
const FURTHER_THREAD: number = 14 * MEBIBYTE;

/** Offers the number. One that nobody chose is bounded by the memory, and the log says so. */
export function setup(number: Options, controller: Controller, machine: Machine): undefined {
  controller.offer(SocketCount, number ?? chosen(controller, machine));
}

function chosen({ log }: Controller, { processors, memory }: Machine): number {
  const fitting = Math.max(1, 1 + Math.floor((memory - ONE_THREAD) / FURTHER_THREAD));
  if (fitting >= processors) return processors;
  const limit = Math.floor(memory / MEBIBYTE);
  log.warning(
    `${fitting} in place of ${processors}, one for each processor: more threads do not fit ${limit} MiB of memory`,
  );
  return fitting;
}
