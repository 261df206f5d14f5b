import type { ReadinessCheck } from './controller.ts';

/** A typed name under which one plugin offers something and another asks for it. Compared by identity. */
export class Capability<T> {
  readonly name: string;
  /** Only there so that the compiler tells capabilities of different types apart. */
  declare protected readonly offers: T;

  constructor(name: string) {
    this.name = name;
  }
}

/** Directory that relative file names of the block start from (`root`). */
export const RootDirectory: Capability<string> = new Capability('root directory');

/** IP addresses that the block listens on (`bind`); not offered: the wildcard. */
export const ListenAddresses: Capability<readonly string[]> = new Capability('listen addresses');

/** The block wants debug logging, and exceptions to end the process (`debug`). */
export const Debug: Capability<true> = new Capability('debug');

/** Log the stack of an exception in the chain (`errors { stacktrace }`). */
export const StackTraces: Capability<true> = new Capability('stack traces');

/** The block's queries of other classes than IN are let through (`forward`, `chaos`). */
export const OtherClasses: Capability<true> = new Capability('other classes');

/** How the Corefile is watched (`reload`): milliseconds between looks at it. */
export const ReloadInterval: Capability<{ readonly interval: number; readonly jitter: number }> =
  new Capability('reload interval');

/** A plugin's share of `/ready`; see `Controller.onReady`. */
export const Readiness: Capability<ReadinessCheck> = new Capability('readiness');
