import type { LoopWatch, ProbedUpstream } from '../../src/plugin/capability.ts';
import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Client } from '../../src/server/query.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';

/** What a watch is given, and whom it tells. */
export interface WatchParts {
  readonly clock: Clock;
  readonly random: Random;
  /** The probes that are on their way, by name in lower case: which watch sent them. */
  readonly probes: Map<string, UpstreamWatch>;
  /** A probe came back, sent by `client`, and there was no loop before. Returns the cause. */
  found(upstream: ProbedUpstream, client: Client, name: string): string;
  /** There is no loop by way of this upstream any more. */
  gone(upstream: ProbedUpstream): void;
  /** A watch is over. */
  stopped(watch: UpstreamWatch): void;
  /** Notes that an answer depends on whether there is a loop. */
  dependOn(dependencies: Dependencies): void;
}

/** Milliseconds from the start of a watch to its first probe. A configuration that starts serves by then, usually. */
const FIRST_DELAY = 100;
/** Milliseconds between two probes that failed. */
const RETRY = 1000;
/** Milliseconds after the start in which probes that failed are repeated. */
const PATIENCE = 30_000;
/** Milliseconds between two probes at most, once there was a loop. */
const LONGEST_PAUSE = 30_000;
/** Probes in a row that must be answered before a loop counts as gone: the upstream may ask one of several in turn. */
const CLEARANCE = 2;

/**
 * Asks one upstream for names that nobody knows. One that arrives at this server block while the upstream has not
 * answered yet has come back: there is a loop. CoreDNS sends its probe to itself and waits until it has come three
 * times, but then nobody knows by way of which upstream, and one that is asked seldom stays unseen.
 */
export class UpstreamWatch implements LoopWatch {
  readonly upstream: ProbedUpstream;
  readonly #parts: WatchParts;
  #cause: string | undefined;
  #changed: () => void = () => undefined;
  /** There is or was a loop, and so there may be one again. */
  #suspicious = false;
  #stopped = false;
  #returned = false;
  #clear = 0;
  #pause = RETRY;
  #deadline = 0;
  #timer: Timer | undefined;

  constructor(upstream: ProbedUpstream, parts: WatchParts) {
    this.upstream = upstream;
    this.#parts = parts;
  }

  get cause(): string | undefined {
    return this.#cause;
  }

  follow(changed: () => void): void {
    this.#changed = changed;
  }

  dependOn(dependencies: Dependencies): void {
    this.#parts.dependOn(dependencies);
  }

  begin(): void {
    this.#deadline = this.#parts.clock.monotonic() + PATIENCE;
    this.#probeAfter(FIRST_DELAY);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#parts.stopped(this);
  }

  /** A probe of this watch has come back. */
  returned(client: Client, name: string): void {
    this.#returned = true;
    if (this.#cause !== undefined || this.#stopped) return;
    this.#suspicious = true;
    this.#pause = RETRY;
    this.#cause = this.#parts.found(this.upstream, client, name);
    this.#changed();
  }

  #probeAfter(delay: number): void {
    if (!this.#stopped) this.#timer = this.#parts.clock.after(delay, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const { random, probes } = this.#parts;
    const { zone } = this.upstream;
    const name = `${random.below(2 ** 32)}.${random.below(2 ** 32)}.${zone === '.' ? '' : zone}`;
    this.#returned = false;
    probes.set(name, this);
    const isAnswered = await this.upstream.probe(name);
    probes.delete(name);
    if (this.#stopped) return;
    if (this.#cause !== undefined) this.#judgeLoop(isAnswered);
    else if (this.#suspicious) this.#probeAfter(LONGEST_PAUSE);
    // A failure may be the network that is not up yet.
    else if (!isAnswered && this.#parts.clock.monotonic() + RETRY <= this.#deadline) this.#probeAfter(RETRY);
  }

  /** A failure proves nothing: another server in the loop may have found it too, and refuse. */
  #judgeLoop(isAnswered: boolean): void {
    if (this.#returned || !isAnswered) {
      this.#clear = 0;
      this.#probeAfter(this.#pause);
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    } else if (++this.#clear < CLEARANCE) {
      this.#probeAfter(RETRY);
    } else {
      this.#clear = 0;
      this.#cause = undefined;
      this.#parts.gone(this.upstream);
      this.#changed();
      this.#probeAfter(LONGEST_PAUSE);
    }
  }
}
