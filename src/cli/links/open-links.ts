import { networkInterfaces } from 'node:os';
import { createLogger } from '../../log/logger.ts';
import { nearest } from '../../corefile/nearest.ts';
import type { LinkEngine } from '../../mdns/link-engine.ts';
import { MachineLinks } from '../../mdns/machine-links.ts';
import { PrometheusRegistry } from '../../metrics/prometheus-registry.ts';
import { systemClock } from '../../plugin/clock.ts';
import { secureRandom } from '../../plugin/random.ts';

/** How often something is done so that the process lives, in milliseconds: timers of links do not keep it alive. */
const HEARTBEAT = 1 << 30;

/**
 * Opens links for a command, and calls `opened` for each, also for those that come later. They are left, with
 * goodbyes, when the process is told to end.
 * @param names of interfaces; none: all that may be links
 */
export async function openLinks(
  names: readonly string[],
  opened: (engine: LinkEngine) => void,
): Promise<void> {
  const log = createLogger((line) => process.stderr.write(`${line}\n`));
  const links = new MachineLinks({
    clock: systemClock,
    random: secureRandom(),
    log,
    metrics: new PrometheusRegistry(),
  });
  await links.load();
  const known = new Set<string>();
  const open = (name: string): void => {
    if (known.has(name)) return;
    known.add(name);
    opened(links.engine(name));
  };
  if (names.length > 0) for (const name of names) open(name);
  else links.followNames((present) => present.forEach(open));
  const hint = interfaceHint(names, Object.keys(networkInterfaces()));
  if (hint !== undefined) log.info(hint);
  if (known.size === 0)
    log.info('No interface is up that may be a link: they are watched, and joined when they come');
  const heartbeat = setInterval(() => undefined, HEARTBEAT);
  const end = (): void => {
    clearInterval(heartbeat);
    void links.close().finally(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  // Who read the lines has gone: `signpost browse | head`. Whatever is written meanwhile fails the same way.
  let isLeft = false;
  process.stdout.on('error', () => {
    if (!isLeft) end();
    isLeft = true;
  });
}

/**
 * What helps who named an interface that is not up; undefined where all are.
 * @param up those that are
 */
export function interfaceHint(names: readonly string[], up: readonly string[]): string | undefined {
  const missing = names.find((name) => !up.includes(name));
  if (missing === undefined) return undefined;
  const near = nearest(missing, up);
  return `Interfaces that are up: ${up.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
}
