import { resolve } from 'node:path';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Logger } from '../../src/log/logger.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Timer } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { FollowedZone } from '../../src/zonefile/followed-zone.ts';
import { ZoneFileError } from '../../src/zonefile/zone-file-error.ts';
import { ZoneTable } from '../../src/zonefile/zone-table.ts';
import { FileHandler } from './handler.ts';
import type { Options, ZoneOptions } from './parse.ts';

/** Makes the zones; they are read before the server serves, and followed from then on. */
export function setup({ zones, fallthrough }: Options, controller: Controller): FileHandler {
  const { cells, log, clock } = controller;
  const root = controller.ask(RootDirectory) ?? '';
  const table = new ZoneTable<FollowedZone>();
  for (const options of zones) {
    const { origin, byTime, reload } = options;
    const zone = new FollowedZone({ origin, path: resolve(root, options.file), byTime, cells, log });
    table.set(origin, zone);
    let timer: Timer | undefined;
    controller.onStart(async () => {
      await begin(zone, options, log);
      if (reload > 0) timer = clock.every(reload, () => void zone.look());
    });
    controller.onStop(() => {
      timer?.cancel();
      zone.stop();
    });
  }
  return new FileHandler(table, cells, fallthrough);
}

/** A file that is wrong refuses the start. One that cannot be read may still come, unless it is read only once. */
async function begin(zone: FollowedZone, { position, reload }: ZoneOptions, log: Logger): Promise<void> {
  try {
    await zone.begin();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ZoneFileError) throw new CorefileError(position, message, { cause: error });
    const problem = `cannot open the file of zone "${zone.origin}": ${message}`;
    if (reload === 0) throw new CorefileError(position, problem, { cause: error });
    log.warning(`${problem}; trying again every ${reload / 1000}s`);
  }
}
