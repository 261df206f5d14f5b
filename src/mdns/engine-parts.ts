import type { Logger } from '../log/logger.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import type { DeadlineQueue } from '../plugin/deadline-queue.ts';
import type { LinkCounters } from './link-counters.ts';
import type { LinkTwins } from './link-twins.ts';
import type { LinkSource, MulticastLink } from './multicast-link.ts';

/** What the parts of an engine share. */
export interface EngineParts {
  readonly link: MulticastLink;
  readonly twins: LinkTwins;
  readonly clock: Clock;
  readonly random: Random;
  /** All timers of the engine: one of the clock for them together. */
  readonly deadlines: DeadlineQueue;
  readonly log: Logger;
  readonly counters: LinkCounters;
  /** Marks packets that speak for another link, as EDNS options in wire form; empty where nothing does. */
  readonly mark: Uint8Array;
  /** Sends packets one after the other to the link's groups, or to one receiver. */
  send(packets: readonly Buffer[], to?: LinkSource): void;
}
