import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Protocol } from '../../src/server/query.ts';
import type { Upstream, UpstreamQuery } from '../../src/upstream/upstream.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import type { HealthCheckOptions } from './options.ts';

/** Milliseconds that a probe waits. */
const PROBE_TIMEOUT = 1000;
/** `health_check 0s` is no leave to flood. */
const SHORTEST_INTERVAL = 100;

/** Whether an upstream answers. It is only probed after an error, until it answers again. */
export class Health {
  /** Probes that failed since the last one that did not. */
  fails = 0;
  readonly #upstream: Upstream;
  readonly #clock: Clock;
  readonly #probe: UpstreamQuery;
  readonly #protocol: Protocol;
  readonly #interval: number;
  readonly #failed: () => void;
  #probing = false;
  #stopped = false;
  #timer: Timer | undefined;

  /** @param failed told of each probe that fails */
  constructor(
    upstream: Upstream,
    options: HealthCheckOptions,
    protocol: Protocol,
    clock: Clock,
    failed: () => void,
  ) {
    this.#upstream = upstream;
    this.#clock = clock;
    this.#protocol = protocol;
    this.#failed = failed;
    this.#interval = Math.max(options.interval, SHORTEST_INTERVAL);
    this.#probe = {
      flags: options.recursionDesired ? HeaderFlag.RD : 0,
      question: { name: options.domain, type: RecordType.NS, class: RecordClass.IN },
      edns: undefined,
    };
  }

  /** An exchange failed: probe until there is a reply, of whatever rcode. */
  suspect(): void {
    if (this.#probing || this.#stopped) return;
    this.#probing = true;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    try {
      await this.#upstream.exchange(this.#probe, this.#protocol, PROBE_TIMEOUT);
      this.fails = 0;
      this.#probing = false;
    } catch {
      if (this.#stopped) return;
      this.fails++;
      this.#failed();
      this.#timer = this.#clock.after(this.#interval, () => void this.#run());
    }
  }
}
