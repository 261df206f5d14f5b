import { formatDuration } from '../corefile/duration.ts';
import { GoodbyeTold, Lameduck } from '../plugin/capability.ts';
import type { Timer } from '../plugin/clock.ts';
import type { Surroundings } from './block-controller.ts';
import type { Configuration } from './configuration.ts';
import type { Listeners } from './listeners.ts';

/** Milliseconds without a query after which nobody is taken to send any more. */
export const QUIET_MILLISECONDS = 3000;
/** Milliseconds, where the Corefile does not say how long: CoreDNS's time for a graceful stop. */
const UNSAID_LIMIT = 5000;

/**
 * Milliseconds for which queries are waited for, at most, once the process was asked to end: what `lameduck` says, the
 * longest of several. Without it 5 s where `ready` tells load balancers to go elsewhere, which takes them a moment;
 * where nobody is told there is nothing to wait for.
 */
export function drainLimit(configuration: Configuration): number {
  const said = configuration.offered(Lameduck);
  if (said.length > 0) return Math.max(...said);
  return configuration.offered(GoodbyeTold).length > 0 ? UNSAID_LIMIT : 0;
}

/** Lets queries be answered until none has come for 3 s, or `limit` milliseconds are over. */
export async function drain(
  listeners: Listeners,
  limit: number,
  { clock, log }: Pick<Surroundings, 'clock' | 'log'>,
): Promise<void> {
  if (limit === 0) return;
  const began = clock.monotonic();
  let last = began;
  let queries = 0;
  listeners.notice(() => {
    queries++;
    last = clock.monotonic();
  });
  const quiet = formatDuration(QUIET_MILLISECONDS);
  log.info(
    `Draining: queries are answered until none comes for ${quiet}, for ${formatDuration(limit)} at most`,
  );
  const timers: { end?: Timer; look?: Timer } = {};
  const still = await new Promise<boolean>((resolve) => {
    const look = (): void => {
      const left = last + QUIET_MILLISECONDS - clock.monotonic();
      if (left <= 0) resolve(true);
      else timers.look = clock.after(left, look);
    };
    timers.end = clock.after(limit, () => resolve(false));
    look();
  });
  timers.end?.cancel();
  timers.look?.cancel();
  const seconds = formatDuration(Math.round(clock.monotonic() - began));
  if (still) log.info(`Drained in ${seconds}: ${queries} queries came, and none for ${quiet}`);
  else
    log.info(
      `Drained for ${seconds}, the limit: ${queries} queries came, the last ${ago(clock.monotonic() - last)}`,
    );
}

function ago(milliseconds: number): string {
  return `${formatDuration(Math.round(milliseconds))} ago`;
}
