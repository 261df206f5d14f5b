import { corefileHash } from '../corefile/load.ts';
import type { Corefile } from '../corefile/corefile.ts';
import type { Clock, Timer } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';

export interface WatchSettings {
  /** Milliseconds between looks at the Corefile. */
  readonly interval: number;
  /** Milliseconds by which the interval is spread, so that a fleet does not reload as one. */
  readonly jitter: number;
}

/** Looks at the Corefile now and then, and tells when it is another one. */
export class CorefileWatch {
  readonly #timer: Timer;

  /**
   * @param load reads and parses the Corefile; throws when it is broken
   * @param changed called with each Corefile that differs from the one before, broken ones left out
   * @param broken called once for each new way in which it is broken
   */
  constructor(
    running: Corefile,
    settings: WatchSettings,
    surroundings: { clock: Clock; random: Random },
    actions: { load(): Corefile; changed(corefile: Corefile): void; broken(error: unknown): void },
  ) {
    let hash = corefileHash(running);
    let complaint = '';
    // CoreDNS draws the spread once for each configuration: half of it in either direction.
    const spread = surroundings.random.below(settings.jitter) - settings.jitter / 2;
    this.#timer = surroundings.clock.every(settings.interval + spread, () => {
      try {
        const corefile = actions.load();
        complaint = '';
        const now = corefileHash(corefile);
        if (now === hash) return;
        hash = now;
        actions.changed(corefile);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message === complaint) return;
        complaint = message;
        actions.broken(error);
      }
    });
  }

  stop(): void {
    this.#timer.cancel();
  }
}
