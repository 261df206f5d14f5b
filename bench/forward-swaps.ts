import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ServerProcess } from '../test/kit/server-process.ts';
import { printFigure } from './forward-world.ts';
import type { BenchSettings } from './forward-world.ts';
import { openLoop } from './open-loop.ts';
import type { LoadReport } from './open-loop.ts';
import { ToldUpstream } from './told-upstream.ts';

const SWAPS = 100;
/** Queries a second of each of two loads. */
const RATE = 250;
/** Seconds of a load; the two take turns in ending, so that there is always one. */
const LOAD_SECONDS = 4;
/** Milliseconds until the new upstream is used. */
const USED_LIMIT = 1000;
/** Milliseconds between two looks at an upstream. */
const LOOK = 5;
/** Milliseconds for which a swap is left as it is. */
const REST = 50;

/** Ways to swap a file that is found as `FOLDER/current/resolv.conf`, `current` a symbolic link to a folder. */
type Swap = (folder: string, count: number, text: string) => void;

const swaps: readonly Swap[] = [
  function renamedIntoPlace(folder, _count, text) {
    const path = join(folder, 'current/resolv.conf');
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  },
  function linkedToAnotherFile(folder, count, text) {
    const target = join(folder, `target${count}`);
    writeFileSync(target, text);
    symlinkSync(target, join(folder, 'current/link'));
    renameSync(join(folder, 'current/link'), join(folder, 'current/resolv.conf'));
  },
  // As the kubelet does with mounted ConfigMaps.
  function folderLinkTurned(folder, count, text) {
    mkdirSync(join(folder, `version${count}`));
    writeFileSync(join(folder, `version${count}`, 'resolv.conf'), text);
    symlinkSync(`version${count}`, join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'current'));
  },
];

/** resolv.conf is swapped between two upstreams under load, by renaming files and by turning symbolic links. */
export async function measureSwaps({ folder: parent, program }: BenchSettings): Promise<void> {
  const folder = join(parent, 'resolv');
  mkdirSync(join(folder, 'version'), { recursive: true });
  symlinkSync('version', join(folder, 'current'));
  const upstreams = [await ToldUpstream.start(program), await ToldUpstream.start(program)] as const;
  const text = (count: number): string => `nameserver [127.0.0.1]:${upstreams[count % 2]!.port}\n`;
  writeFileSync(join(folder, 'current/resolv.conf'), text(0));
  const server = await ServerProcess.start(`.:0 {
    bind 127.0.0.1
    cache
    forward . ${join(folder, 'current/resolv.conf')}
}
`);
  try {
    const load = new Load(server.port);
    const times: number[] = [];
    for (let count = 1; count <= SWAPS; count++) {
      const upstream = upstreams[count % 2]!;
      // What it had to do with before is not counted.
      await upstream.tell('answer');
      swaps[count % swaps.length]!(folder, count, text(count));
      times.push(await timeUntilUsed(upstream));
      await pause(REST);
    }
    const { sent, failed } = await load.end();
    const slowest = Math.max(...times);
    const title = `${SWAPS} swaps of resolv.conf at ${2 * RATE} queries/s`;
    const all = `${failed} of ${sent}`;
    printFigure(`${title}: queries that failed`, all, { text: '0', met: failed === 0 });
    const unused = times.filter((time) => time === Infinity).length;
    printFigure(`${title}: without effect`, String(unused), { text: '0', met: unused === 0 });
    printFigure(`${title}: used after`, `${Math.round(slowest)} ms at most`, {
      text: '1 s',
      met: slowest <= USED_LIMIT,
      isTime: true,
    });
  } finally {
    await server.stop();
    for (const upstream of upstreams) upstream.stop();
  }
}

/** Milliseconds until an upstream is first asked; Infinity after ten times what is allowed. */
async function timeUntilUsed(upstream: ToldUpstream): Promise<number> {
  const began = performance.now();
  while ((await upstream.tell('report')).queries === 0) {
    if (performance.now() - began > 10 * USED_LIMIT) return Infinity;
    await pause(LOOK);
  }
  return performance.now() - began;
}

/** Names that were never asked for, at a steady rate until it ends. */
class Load {
  readonly #port: number;
  readonly #reports: LoadReport[] = [];
  readonly #loops: Promise<void>[];
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
    this.#loops = [this.#loop(0), this.#loop((LOAD_SECONDS * 1000) / 2)];
  }

  /** Resolves with what became of all queries. */
  async end(): Promise<{ sent: number; failed: number }> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    const sent = this.#reports.reduce((sum, report) => sum + report.sent, 0);
    const good = this.#reports.reduce((sum, { rcodes }) => sum + (rcodes['NOERROR'] ?? 0), 0);
    return { sent, failed: sent - good };
  }

  async #loop(delay: number): Promise<void> {
    await pause(delay);
    while (!this.#isOver) {
      this.#reports.push(
        await openLoop({ port: this.#port, rate: RATE, seconds: LOAD_SECONDS, name: '*.example' }),
      );
    }
  }
}
