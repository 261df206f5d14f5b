import { writeFileSync } from 'node:fs';
import { announcement, listeningPlaces, oddZones } from './cli/announce.ts';
import { FlagError, parseFlags, usage } from './cli/flags.ts';
import type { Flags } from './cli/flags.ts';
import { logMemoryLimit, memoryBounds } from './cli/memory-limit.ts';
import { handleSignals } from './cli/signals.ts';
import { giveBackStartPages } from './cli/start-pages.ts';
import { startedByNpm, welcome } from './cli/welcome.ts';
import type { Surroundings } from './config/block-controller.ts';
import { Configuration } from './config/configuration.ts';
import { SharedResources } from './config/shared-resources.ts';
import { CorefileError } from './corefile/corefile.ts';
import type { Corefile } from './corefile/corefile.ts';
import { loadCorefile } from './corefile/load.ts';
import { DataPlane } from './data-plane/data-plane.ts';
import { createLogger } from './log/logger.ts';
import type { LogSettings } from './log/logger.ts';
import { standardOutput } from './log/stdout.ts';
import { PrometheusRegistry } from './metrics/prometheus-registry.ts';
import { serverMetrics } from './metrics/server-metrics.ts';
import { systemClock } from './plugin/clock.ts';
import { secureRandom } from './plugin/random.ts';
import { plugins } from './plugin/registry.ts';
import { Signpost } from './signpost.ts';
import { openPlainDns } from './transport/open.ts';
import { VersionCells } from './truth/version-cells.ts';
import { version, versionLines } from './version.ts';

/** Milliseconds until what only the start needed is given back: a cluster's objects have been read by then. */
const START_PAGES_AFTER = 10_000;

const output = standardOutput();
const logSettings: LogSettings = { debug: false };
const log = createLogger(output.sink, logSettings);

await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<void> {
  let flags: Flags;
  try {
    const [command = '', ...words] = argv;
    if (command === 'browse') return await runBrowse(words);
    if (command === 'announce') return await runAnnounce(words);
    flags = parseFlags(argv);
  } catch (error) {
    if (error instanceof FlagError) return fail(`${error.message}\n${usage()}`);
    throw error;
  }
  if (flags.help) return print(usage());
  if (flags.version) return print(versionLines().join('\n'));
  if (flags.plugins) return print([...plugins.keys()].sort().join('\n'));
  try {
    await (flags.validate ? validate(flags) : serve(flags));
  } catch (error) {
    output.flush();
    fail(explain(error));
  }
}

/** What only these commands need is loaded by them. */
async function runBrowse(words: readonly string[]): Promise<void> {
  const { asksForHelp, parseBrowse } = await import('./cli/links/command-line.ts');
  if (asksForHelp(words)) return print(usage());
  const { browse } = await import('./cli/links/browse.ts');
  await browse(parseBrowse(words));
}

async function runAnnounce(words: readonly string[]): Promise<void> {
  const { asksForHelp, parseAnnounce } = await import('./cli/links/command-line.ts');
  if (asksForHelp(words)) return print(usage());
  const { announce } = await import('./cli/links/announce.ts');
  await announce(parseAnnounce(words));
}

/** Sets everything up as a start would, and opens nothing. */
async function validate(flags: Flags): Promise<void> {
  const lease = new SharedResources().lease();
  const configuration = await Configuration.create(load(flags), plugins, surroundings(), lease);
  await configuration.stop();
  print('Corefile is valid');
}

async function serve(flags: Flags): Promise<void> {
  logMemoryLimit(memoryBounds(), log);
  const world = surroundings();
  const dataPlane = new DataPlane(world);
  const signpost = new Signpost({
    surroundings: world,
    plugins,
    load: () => load(flags),
    openTransports: openPlainDns(world, process.env, (server) => dataPlane.teach(server)),
    dataPlane,
  });
  survive(world);
  let serving = false;
  handleSignals({
    // Nobody has been promised anything before the start is over.
    drain: () => {
      log.info('SIGTERM: Shutting down servers then terminating');
      return serving ? signpost.shutdown() : Promise.resolve();
    },
    interrupt: () => {
      log.info('SIGINT: Shutting down');
      return serving ? signpost.shutdown(0) : Promise.resolve();
    },
    reload: () => void signpost.reload(),
    upgrade: () => log.warning('SIGUSR2 is ignored: there is no upgrade of the running program'),
    exit,
  });
  await signpost.start();
  serving = true;
  writePidFile(flags.pidfile);
  const { metrics } = world;
  serverMetrics(metrics).buildInfo.cell(version, '', `node${process.versions.node}`).value = 1;
  const zones = signpost.configuration!.listeners.flatMap(({ routes }) => routes.map(({ zone }) => zone));
  const odd = oddZones(zones);
  if (odd.length > 0) log.warning(`These zones are no host names; is that meant? ${odd.join(' ')}`);
  if (!flags.quiet) for (const line of announcement(signpost)) output.sink(line);
  if (startedByNpm(process.env))
    for (const line of welcome(listeningPlaces(signpost), flags.conf)) output.sink(line);
  world.clock.after(START_PAGES_AFTER, () => void giveBackStartPages());
}

function load(flags: Flags): Corefile {
  const corefile = loadCorefile({
    conf: flags.conf,
    environment: process.env,
    defaultPort: flags.port,
    warn: (message) => log.warning(message),
  });
  logSettings.debug = corefile.blocks.some((block) => block.directives.some(({ name }) => name === 'debug'));
  return corefile;
}

function surroundings(): Surroundings {
  return {
    log,
    metrics: new PrometheusRegistry(true),
    clock: systemClock,
    random: secureRandom(),
    cells: new VersionCells(),
  };
}

/** An exception that nobody caught costs a log line and a count: an outage of DNS is an outage of everything. */
function survive(world: Surroundings): void {
  const { panics } = serverMetrics(world.metrics);
  const survivor = (error: unknown): void => {
    log.error(`Recovered from panic: ${error instanceof Error ? error.stack : String(error)}`);
    if (logSettings.debug) exit(1);
    panics.value++;
  };
  process.on('uncaughtException', survivor);
  process.on('unhandledRejection', survivor);
}

function writePidFile(file: string): void {
  if (file === '') return;
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    log.error(`Could not write pidfile: ${explain(error)}`);
  }
}

/** What the operator can act on; the stack only of what nobody foresaw. */
function explain(error: unknown): string {
  if (error instanceof CorefileError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const foreseen = 'code' in error || error.constructor === Error;
  return foreseen ? error.message : (error.stack ?? error.message);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  exit(1);
}

function exit(code: number): void {
  output.flush();
  process.exit(code);
}
