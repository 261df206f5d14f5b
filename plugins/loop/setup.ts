import { networkInterfaces } from 'node:os';
import { expectArguments, expectNoBlock, once, oneOf } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { LoopDetection } from '../../src/plugin/capability.ts';
import type { ProbedUpstream } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Client } from '../../src/server/query.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { causeOf } from './cause.ts';
import { LoopHandler } from './handler.ts';
import { UpstreamWatch } from './upstream-watch.ts';
import type { WatchParts } from './upstream-watch.ts';

export interface Options {
  /** A loop ends the process. */
  readonly fatal: boolean;
}

/** Ends the process once the log is written; for tests. */
export type Exit = (code: number) => void;

const exitSoon: Exit = (code) => void setImmediate(() => process.exit(code));

/** Reads `loop [fatal]`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  expectNoBlock(directive);
  const [word] = expectArguments(directive, 0, 1, 'loop [fatal]');
  if (word !== undefined) oneOf(directive, word, ['fatal']);
  return { fatal: word !== undefined };
}

/** Watches the upstreams that the block's other plugins name, from the start on. */
export function setup(options: Options, controller: Controller, exit: Exit = exitSoon): LoopHandler {
  const { cells, clock, log, random } = controller;
  const probes = new Map<string, UpstreamWatch>();
  const watches = new Set<UpstreamWatch>();
  const cell = cells.allocate();
  const isActive = activeGauge(controller);
  let isStarted = false;
  const parts: WatchParts = {
    clock,
    random,
    probes,
    found(upstream, client, name) {
      const { cause, text } = describe(upstream, client, name);
      if (options.fatal) {
        log.fatal(text);
        exit(1);
        return cause;
      }
      log.error(`${text}; nothing is forwarded there until that is over`);
      isActive(upstream, true);
      cells.bump(cell);
      return cause;
    },
    gone(upstream) {
      log.info(`The loop is gone: ${nameOf(upstream)} is asked again for zone "${upstream.zone}"`);
      isActive(upstream, false);
      cells.bump(cell);
    },
    stopped(watch) {
      watches.delete(watch);
      isActive(watch.upstream, false);
    },
    dependOn: (dependencies) => dependencies.read(cells, cell),
  };
  controller.offer(LoopDetection, {
    watch(upstream) {
      const watch = new UpstreamWatch(upstream, parts);
      watches.add(watch);
      isActive(upstream, false);
      if (isStarted) watch.begin();
      return watch;
    },
  });
  controller.onStart(() => {
    isStarted = true;
    for (const watch of watches) watch.begin();
  });
  controller.onStop(() => {
    for (const watch of [...watches]) watch.stop();
    cells.release(cell);
  });
  return new LoopHandler(probes);
}

/** Sets the metric that says which upstreams are left out. */
function activeGauge({ metrics }: Controller): (upstream: ProbedUpstream, active: boolean) => void {
  const help = 'Whether queries to an upstream come back, so that none is forwarded to it.';
  const gauge = metrics.gauge({ name: 'signpost_loop_active', help, labels: ['zone', 'to'] });
  return (upstream, active) => {
    gauge.cell(upstream.zone, nameOf(upstream)).value = active ? 1 : 0;
  };
}

/** Why there is a loop, and the log line, in the words that CoreDNS begins with. */
function describe(upstream: ProbedUpstream, client: Client, name: string): { cause: string; text: string } {
  const { address, port, localAddress, localPort } = client;
  const interfaces = Object.values(networkInterfaces());
  const cause = causeOf({
    sender: address,
    listener: { address: localAddress, port: localPort },
    upstream,
    ownAddresses: interfaces.flatMap((entries) => entries?.map((entry) => entry.address) ?? []),
  });
  const path = `${endpointName(address, port)} -> ${endpointName(localAddress, localPort)}`;
  return {
    cause,
    text: `Loop (${path}) detected for zone "${upstream.zone}". Query: "HINFO ${name}": ${cause}`,
  };
}

function nameOf({ address, port }: ProbedUpstream): string {
  return endpointName(address, port);
}
