import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Protocol } from '../../src/server/query.ts';
import type { ReplyListener, Upstream, UpstreamQuery } from '../../src/upstream/upstream.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import type { HealthCheckOptions } from './options.ts';

/** Milliseconds that a probe waits. */
const PROBE_TIMEOUT = 1000;
/** Milliseconds between two probes at least: never more than 2 a second, whatever `health_check` says. */
const SHORTEST_INTERVAL = 500;
/** Probes back off up to this many milliseconds, so that an upstream that has healed is in use within 5 s. */
const LONGEST_BACK_OFF = 3000;
const BACK_OFF_FACTOR = 1.5;
/** Probes of many servers must not come in step: up to this share is added to each interval. */
const JITTER = 0.15;
/** Queries in a row that waited for longer than usual; then the upstream is in doubt. */
const SLOW_LIMIT = 3;

/** Whether an upstream answers. It is only probed when in doubt, until there is any reply from it. */
export class Health implements ReplyListener {
  /** Probes that failed since the last reply. */
  fails = 0;
  /** A query was not answered, and nothing has been since. */
  inDoubt = false;
  readonly #upstream: Upstream;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #probe: UpstreamQuery;
  readonly #protocol: Protocol;
  readonly #interval: number;
  readonly #probeFailed: () => void;
  #slow = 0;
  #probing = false;
  #lastProbe = -Infinity;
  #stopped = false;
  #timer: Timer | undefined;

  /** @param probeFailed told of each probe that fails */
  constructor(
    upstream: Upstream,
    options: HealthCheckOptions,
    protocol: Protocol,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    probeFailed: () => void,
  ) {
    this.#upstream = upstream;
    this.#clock = clock;
    this.#random = random;
    this.#protocol = protocol;
    this.#probeFailed = probeFailed;
    this.#interval = Math.max(options.interval, SHORTEST_INTERVAL);
    this.#probe = {
      flags: options.recursionDesired ? HeaderFlag.RD : 0,
      question: { name: options.domain, type: RecordType.NS, class: RecordClass.IN },
      edns: undefined,
    };
  }

  /** There is a reply, of whatever rcode and to whatever query: it lives. */
  alive(): void {
    this.fails = 0;
    this.#slow = 0;
    this.inDoubt = false;
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#probing = false;
  }

  /** A query waits for longer than usual. Several of them in a row are a failure. */
  slow(): void {
    if (++this.#slow >= SLOW_LIMIT) this.suspect();
  }

  /** An exchange failed: probe until there is a reply. */
  suspect(): void {
    this.inDoubt = true;
    if (this.#probing || this.#stopped) return;
    this.#probing = true;
    const wait = this.#lastProbe + SHORTEST_INTERVAL - this.#clock.monotonic();
    if (wait <= 0) this.#run();
    else this.#after(wait);
  }

  /** A probe was answered. */
  replied(): void {
    this.#probing = false;
    this.alive();
  }

  /** A probe was not. */
  failed(): void {
    if (this.#stopped) return;
    if (!this.inDoubt) {
      this.#probing = false; // another reply came meanwhile
      return;
    }
    this.fails++;
    this.#probeFailed();
    this.#after(this.#nextDelay());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #after(delay: number): void {
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #run(): void {
    this.#lastProbe = this.#clock.monotonic();
    this.#upstream.exchange(this.#probe, this.#protocol, PROBE_TIMEOUT, this);
  }

  #nextDelay(): number {
    const backOff = this.#interval * BACK_OFF_FACTOR ** Math.min(this.fails - 1, 10);
    const delay = Math.max(this.#interval, Math.min(backOff, LONGEST_BACK_OFF));
    return delay * (1 + (JITTER * this.#random.below(1000)) / 1000);
  }
}
