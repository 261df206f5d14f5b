import { formatDuration } from '../corefile/duration.ts';
import { GoodbyeTold, Lameduck } from '../plugin/capability.ts';
import type { Timer } from '../plugin/clock.ts';
import type { Surroundings } from './block-controller.ts';
import type { Configuration } from './configuration.ts';
import type { Listeners } from './listeners.ts';

/** Milliseconds without a query after which nobody is taken to send any more. */
const QUIET_MILLISECONDS = 3000;
/** Milliseconds, where the Corefile does not say how long: CoreDNS's time for a graceful stop. */
const UNSAID_LIMIT = 5000;

/** Lets queries be answered until none has come for 3 s, or the limit is over. */
export async function drain(
  configuration: Configuration,
  listeners: Listeners,
  { clock, log }: Pick<Surroundings, 'clock' | 'log'>,
): Promise<void> {
  const limit = drainLimit(configuration);
  if (limit === 0) return;
  for (const lameduck of configuration.offered(Lameduck)) if (lameduck.limit > 0) lameduck.begin();
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
  const now = clock.monotonic();
  const spent = formatDuration(Math.round(now - began));
  const came = queries === 0 ? 'no query came' : `the last of ${queries} queries came ${ago(now - last)}`;
  log.info(still ? `Drained in ${spent}: ${came}` : `Drained for ${spent}, the limit: ${came}`);
}

/**
 * Milliseconds for which queries are waited for, at most, once the process was asked to end: what `lameduck` says, the
 * longest of several. Without it 5 s where `ready` tells load balancers to go elsewhere, which takes them a moment;
 * where nobody is told there is nothing to wait for.
 */
function drainLimit(configuration: Configuration): number {
  const said = configuration.offered(Lameduck);
  if (said.length > 0) return Math.max(...said.map(({ limit }) => limit));
  return configuration.offered(GoodbyeTold).length > 0 ? UNSAID_LIMIT : 0;
}

function ago(milliseconds: number): string {
  return `${formatDuration(Math.round(milliseconds))} ago`;
}
