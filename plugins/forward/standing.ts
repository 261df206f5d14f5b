import type { StandingGauges } from './metrics.ts';

/** Shares of the newest measurement: those that RFC 6298 gives for round-trip times, and a slow one for losses. */
const LATENCY_SHARE = 1 / 8;
const DEVIATION_SHARE = 1 / 4;
const LOSS_SHARE = 1 / 16;

/** Milliseconds of patience with an upstream that has not been measured yet. */
const UNMEASURED_PATIENCE = 200;
/** Milliseconds; loopback and LAN are quick, and a second query for every hiccup of ours helps nobody. */
const LEAST_PATIENCE = 20;

/** How an upstream does by one transport, as moving averages. */
export class Standing {
  /** Milliseconds that a reply takes; undefined before the first. */
  latency: number | undefined;
  /** Share of exchanges that brought no reply, 0 to 1. */
  loss = 0;
  readonly #makeGauges: (() => StandingGauges) | undefined;
  #gauges: StandingGauges | undefined;
  #deviation = 0;

  /** @param makeGauges where the averages are shown, made at the first measurement */
  constructor(makeGauges?: () => StandingGauges) {
    this.#makeGauges = makeGauges;
  }

  /** A reply came. @param milliseconds after the query was sent */
  replied(milliseconds: number): void {
    this.loss -= this.loss * LOSS_SHARE;
    if (this.latency === undefined) {
      this.latency = milliseconds;
      this.#deviation = milliseconds / 2;
    } else {
      this.#deviation += (Math.abs(milliseconds - this.latency) - this.#deviation) * DEVIATION_SHARE;
      this.latency += (milliseconds - this.latency) * LATENCY_SHARE;
    }
    this.#show();
  }

  /** No reply came. */
  lost(): void {
    this.loss += (1 - this.loss) * LOSS_SHARE;
    this.#show();
  }

  /**
   * Milliseconds within which 19 of 20 replies come, about: the mean and two mean deviations. In steps of 5, so that
   * timers of one length are many.
   */
  get patience(): number {
    if (this.latency === undefined) return UNMEASURED_PATIENCE;
    return Math.max(LEAST_PATIENCE, Math.ceil((this.latency + 2 * this.#deviation) / 5) * 5);
  }

  #show(): void {
    this.#gauges ??= this.#makeGauges?.();
    if (this.#gauges === undefined) return;
    if (this.latency !== undefined) this.#gauges.latency.value = this.latency / 1000;
    this.#gauges.loss.value = this.loss;
  }
}
