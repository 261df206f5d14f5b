import { duration, expectArguments, expectNoBlock } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { ReloadInterval } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';

/** Milliseconds. */
export interface Options {
  /** Between two looks at the Corefile. */
  readonly interval: number;
  /** The width of what chance adds or takes, so that not all servers reload at one instant. */
  readonly jitter: number;
}

const DEFAULT: Options = { interval: 30_000, jitter: 15_000 };
const LEAST_INTERVAL = 2000;
const LEAST_JITTER = 1000;

/** Reads `reload [INTERVAL [JITTER]]`; of several the last one counts. */
export function parse(directives: readonly Directive[]): Options {
  return directives.map(readLine).at(-1)!;
}

/** Only says so: the server itself watches its Corefile. */
export function setup(options: Options, controller: Controller): undefined {
  controller.offerToAll(ReloadInterval, options);
}

function readLine(directive: Directive): Options {
  expectNoBlock(directive);
  const [first, second] = expectArguments(directive, 0, 2, 'reload [INTERVAL [JITTER]]');
  const interval =
    first === undefined ? DEFAULT.interval : duration(directive, first, { min: LEAST_INTERVAL });
  const jitter = second === undefined ? DEFAULT.jitter : duration(directive, second);
  if (jitter !== 0 && jitter < LEAST_JITTER) {
    throw new CorefileError(directive, `invalid jitter '${second}'; expected 0 or a duration of at least 1s`);
  }
  return { interval, jitter: Math.min(jitter, interval / 2) };
}
