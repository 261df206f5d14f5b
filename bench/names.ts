import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../src/plugin/random.ts';
import { Bench, OWN } from './bench.ts';
import type { BenchOptions } from './bench.ts';
import { contest, printContest } from './contest.ts';
import type { Contestant } from './contest.ts';
import { largeServiceName, writeLargeWorld } from './large-world.ts';
import { startOwnServer } from './own-server.ts';
import { hotQuestions, smallWorld } from './worlds.ts';
import { largeZone, smallZone } from './zone-records.ts';

/** Where nobody listens. */
const NOWHERE = 1;
const SERVICES = 10_000;
/** Queries until each of 10,000 names has been asked often enough to be learned: random order is uneven. */
const WARMING = 12 * SERVICES;
const REWARMING = 5 * SERVICES;
/** Names that an upstream knows, and most queries a second that any server answers. */
const UPSTREAM_NAMES = 12;
const FASTEST_MISSES = 120_000;

/** The twelve names of a cluster that are asked for all day, hot. */
export async function measureHotNames(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const own = await bench.own(startOwnServer(bench.folder, { manifests: smallManifests(bench.folder) }));
    const peers = await bench.peers({ records: smallZone, upstream: NOWHERE }, () => true);
    const contestants = [await bench.floor(), { ...own, title: OWN }, ...peers];
    const file = bench.queryFile(hotLines);
    await bench.warm(contestants, () => file);
    const standings = await contest(contestants, () => file, options.length);
    printContest('12 hot cluster names (A, AAAA, SRV, NXDOMAIN)', standings, {
      [OWN]: { most: 1.2, below: ['Knot DNS', 'unbound'] },
    });
  } finally {
    await bench.close();
  }
}

/** 10,000 Services in random order. */
export async function measureManyNames(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const manifests = join(bench.folder, 'large.yaml');
    writeLargeWorld(manifests, { services: SERVICES });
    const own = await bench.own(startOwnServer(bench.folder, { manifests }));
    const peers = await bench.peers({ records: largeZone(SERVICES), upstream: NOWHERE }, () => true);
    const contestants = [await bench.floor(), { ...own, title: OWN }, ...peers];
    const random = seededRandom(1);
    const file = bench.queryFile(
      Array.from(
        { length: 20 * SERVICES },
        () => `${largeServiceName(random.below(SERVICES))}.svc.cluster.local. A`,
      ),
    );
    await bench.warm(contestants, () => file, WARMING);
    // While the others have their turn, thirty seconds pass: the TTL of all that is cached.
    const again = async (contestant: Contestant): Promise<void> => {
      if (contestant.title === OWN) await bench.warm([contestant], () => file, REWARMING);
    };
    const standings = await contest(contestants, () => file, options.length, again);
    printContest('10,000 Services in random order, warm', standings, { [OWN]: { most: 1.5 } });
  } finally {
    await bench.close();
  }
}

/** The floor, Signpost and its peers that can forward, all with the same upstream. */
async function forwarders(bench: Bench): Promise<Contestant[]> {
  const upstream = (await bench.upstream()).port;
  const manifests = smallManifests(bench.folder);
  const own = await bench.own(startOwnServer(bench.folder, { manifests, upstream }));
  const peers = await bench.peers({ records: smallZone, upstream }, ({ canForward }) => canForward);
  return [await bench.floor(), { ...own, title: OWN }, ...peers];
}

/** Names that come from upstream, asked again and again. */
export async function measureCachedNames(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const contestants = await forwarders(bench);
    const file = bench.queryFile(
      Array.from({ length: UPSTREAM_NAMES }, (_, index) => `www.site-${index}.example. A`),
    );
    await bench.warm(contestants, () => file);
    const standings = await contest(contestants, () => file, options.length);
    printContest('names from upstream, cached', standings, { [OWN]: { most: 1.2, below: ['unbound'] } });
  } finally {
    await bench.close();
  }
}

/** The same hot names where a plugin does not vouch for their being repeated: every query goes through the chain. */
export async function measureUnvouchedNames(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const manifests = smallManifests(bench.folder);
    const plugin = `--import=${new URL('unvouched-plugin.ts', import.meta.url).href}`;
    const nodeOptions = ['--disable-warning=ExperimentalWarning', plugin];
    const serve = async (title: string, cache: boolean, udp: 'batched' | 'dgram'): Promise<typeof floor> => {
      const settings = { manifests, cache, extra: ['trace'] };
      const server = await bench.own(startOwnServer(bench.folder, settings, { nodeOptions, udp }));
      return { ...server, title };
    };
    const floor = await bench.floor();
    const contestants = [
      floor,
      await serve(`${OWN}, no cache`, false, 'batched'),
      await serve(`${OWN}, cache 30`, true, 'batched'),
      await serve(`${OWN}, no cache, node:dgram`, false, 'dgram'),
    ];
    const file = bench.queryFile(hotLines);
    await bench.warm(contestants, () => file);
    const standings = await contest(contestants, () => file, options.length);
    printContest('kubernetes names in a block without wire cache', standings, {
      [`${OWN}, no cache`]: { most: 3.2 },
      [`${OWN}, cache 30`]: { most: 3.2 },
    });
  } finally {
    await bench.close();
  }
}

/** Names that nobody has asked for before. */
export async function measureMisses(options: BenchOptions): Promise<void> {
  const bench = new Bench(options);
  try {
    const contestants = await forwarders(bench);
    const { seconds, runs } = options.length;
    const count = Math.ceil((FASTEST_MISSES * seconds) / runs);
    let files = 0;
    const fresh = (): string => {
      const prefix = `x${++files}`;
      return bench.queryFile(Array.from({ length: count }, (_, index) => `${prefix}-${index}.example. A`));
    };
    await bench.warm(contestants, fresh);
    const standings = await contest(contestants, fresh, options.length);
    printContest('forwarded misses', standings, { [OWN]: { most: 5 } });
  } finally {
    await bench.close();
  }
}

const hotLines = hotQuestions.map(({ name, type }) => `${name} ${type}`);

function smallManifests(folder: string): string {
  const path = join(folder, 'small.yaml');
  writeFileSync(path, smallWorld());
  return path;
}
