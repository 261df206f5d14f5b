import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Client } from '../../src/server/query.ts';
import type { ProbeOutcome, SendProbe } from './probe.ts';

/** What a detector is given, and whom it tells. */
export interface DetectorParts {
  readonly clock: Clock;
  readonly random: Random;
  /** The zone that probes are in: lower case, fully qualified. */
  readonly zone: string;
  readonly send: SendProbe;
  /** A probe came back, sent by `client`, and there was no loop before. */
  found(client: Client, name: string): void;
  /** There is no loop any more. */
  gone(): void;
}

/** Milliseconds from the start of a configuration until it serves, usually. */
const FIRST_DELAY = 100;
/** Milliseconds between two probes that failed. */
const RETRY = 1000;
/** Milliseconds after the start in which probes that failed are repeated. */
const PATIENCE = 30_000;
/** Probes that are answered without being seen here: others answer for this name, and there is nothing to find. */
const MAXIMUM_UNSEEN = 3;
/** Milliseconds between two probes at most, once there was a loop. */
const LONGEST_PAUSE = 30_000;
/** Probes in a row that must not come back before a loop counts as gone: of several upstreams but one may loop. */
const CLEARANCE = 2;

/** A probe that is on its way. */
interface Probe {
  /** In lower case. */
  readonly name: string;
  /** Who sent it first, `address port`: this server itself. Undefined until it has arrived. */
  sender: string | undefined;
  returned: boolean;
}

/**
 * Asks this server for names that nobody knows, and finds a loop when one of them comes back: when it arrives a
 * second time, from somebody else than at first. CoreDNS waits for a third time, but an upstream that is asked the
 * same question only once at a time would never let it come.
 */
export class LoopDetector {
  readonly #parts: DetectorParts;
  #probe: Probe | undefined;
  #active = false;
  /** There is or was a loop, and so there may be one again. */
  #suspicious = false;
  #stopped = false;
  #unseen = 0;
  #clear = 0;
  #pause = RETRY;
  #deadline = 0;
  #timer: Timer | undefined;

  constructor(parts: DetectorParts) {
    this.#parts = parts;
  }

  /** Whether there is a loop. */
  get active(): boolean {
    return this.#active;
  }

  /** The name of the probe that is on its way, in lower case; undefined for none. */
  get name(): string | undefined {
    return this.#probe?.name;
  }

  begin(): void {
    const { clock } = this.#parts;
    this.#deadline = clock.monotonic() + PATIENCE;
    this.#probeAfter(FIRST_DELAY);
  }

  stop(): void {
    this.#stopped = true;
    this.#probe = undefined;
    this.#timer?.cancel();
  }

  /** The probe has arrived. True when it has come back and must not go on. */
  arrived(client: Client): boolean {
    const probe = this.#probe;
    if (probe === undefined) return false;
    const sender = `${client.address} ${client.port}`;
    probe.sender ??= sender;
    // A datagram may be delivered twice.
    if (sender === probe.sender) return false;
    probe.returned = true;
    if (!this.#active) {
      this.#active = true;
      this.#suspicious = true;
      this.#pause = RETRY;
      this.#parts.found(client, probe.name);
    }
    return true;
  }

  #probeAfter(delay: number): void {
    if (!this.#stopped) this.#timer = this.#parts.clock.after(delay, () => void this.#send());
  }

  async #send(): Promise<void> {
    const { random, zone, send } = this.#parts;
    const label = (): string => random.below(2 ** 32).toString();
    const name = `${label()}.${label()}.${zone === '.' ? '' : zone}`;
    const probe: Probe = { name, sender: undefined, returned: false };
    this.#probe = probe;
    const outcome = await send(name);
    if (this.#stopped) return;
    this.#probe = undefined;
    if (this.#active) this.#judgeLoop(probe, outcome);
    else if (this.#suspicious) this.#probeAfter(LONGEST_PAUSE);
    else this.#judge(probe, outcome);
  }

  /** A probe that never arrived proves nothing. */
  #judgeLoop({ returned, sender }: Probe, outcome: ProbeOutcome): void {
    if (returned || (outcome === 'failed' && sender === undefined)) {
      this.#clear = 0;
      this.#probeAfter(this.#pause);
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    } else if (++this.#clear < CLEARANCE) {
      this.#probeAfter(RETRY);
    } else {
      this.#clear = 0;
      this.#active = false;
      this.#parts.gone();
      this.#probeAfter(LONGEST_PAUSE);
    }
  }

  /** A failure may be the network that is not up yet; an answer to what was not seen, an old configuration's. */
  #judge({ sender }: Probe, outcome: ProbeOutcome): void {
    const again =
      outcome === 'failed'
        ? this.#parts.clock.monotonic() + RETRY <= this.#deadline
        : sender === undefined && ++this.#unseen < MAXIMUM_UNSEEN;
    if (again) this.#probeAfter(RETRY);
  }
}
