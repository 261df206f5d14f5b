import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expectArguments, expectNoBlock, once, oneOf } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { ForwardingLoop, ListenAddresses, UpstreamServers } from '../../src/plugin/capability.ts';
import type { UpstreamServer } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Client } from '../../src/server/query.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { parseResolvConf } from '../../src/upstream/resolv-conf.ts';
import { causeOf } from './cause.ts';
import { LoopDetector } from './detector.ts';
import { LoopHandler } from './handler.ts';
import { probeOf } from './probe.ts';
import type { SendProbe } from './probe.ts';

export interface Options {
  /** A loop ends the process. */
  readonly fatal: boolean;
}

/** What a loop has to do with the machine; for tests. */
export interface Machine {
  probeOf(address: string, port: number, controller: Controller): SendProbe;
  /** Ends the process once the log is written. */
  exit(code: number): void;
}

const system: Machine = { probeOf, exit: (code) => void setImmediate(() => process.exit(code)) };

/** Where upstreams stand unless a plugin says which they are. */
const RESOLV_CONF = '/etc/resolv.conf';

/** Reads `loop [fatal]`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  expectNoBlock(directive);
  const [word] = expectArguments(directive, 0, 1, 'loop [fatal]');
  if (word !== undefined) oneOf(directive, word, ['fatal']);
  return { fatal: word !== undefined };
}

/** Probes the block's first listener from the start on. */
export function setup(options: Options, controller: Controller, machine: Machine = system): LoopHandler {
  const { block, cells, clock, log, random } = controller;
  const zone = block.zones[0]!;
  const listener = listenerOf(controller);
  const cell = cells.allocate();
  const gauge = activeGauge(controller, zone);
  const detector = new LoopDetector({
    clock,
    random,
    zone,
    send: machine.probeOf(listener.address, listener.port, controller),
    found(client, name) {
      const text = describe(client, name, zone, listener, controller);
      if (options.fatal) {
        log.fatal(text);
        machine.exit(1);
        return;
      }
      gauge.value = 1;
      cells.bump(cell);
      log.error(`${text}; until it is gone, what would be forwarded is answered with SERVFAIL`);
    },
    gone() {
      gauge.value = 0;
      cells.bump(cell);
      log.info(`The loop is gone: queries for zone "${zone}" are forwarded again`);
    },
  });
  controller.offer(ForwardingLoop, detector);
  // Which port the system gave to port 0 is not known here, and nobody's upstream can be there by mistake.
  if (listener.port !== 0) controller.onStart(() => detector.begin());
  controller.onStop(() => {
    detector.stop();
    if (detector.active) gauge.value = 0;
    cells.release(cell);
  });
  return new LoopHandler(detector, cells, cell);
}

/** The block's first listener, at an address that can be asked. */
function listenerOf(controller: Controller): { address: string; port: number } {
  const address = controller.ask(ListenAddresses)?.[0] ?? '0.0.0.0';
  const port = controller.block.keys.find(({ scheme }) => scheme === 'dns')?.port ?? 0;
  if (address === '0.0.0.0') return { address: '127.0.0.1', port };
  return { address: address === '::' ? '::1' : address, port };
}

function activeGauge({ metrics }: Controller, zone: string): { value: number } {
  const help = 'Whether queries that are forwarded come back, so that none is forwarded.';
  const cell = metrics.gauge({ name: 'signpost_loop_active', help, labels: ['zone'] }).cell(zone);
  cell.value = 0;
  return cell;
}

function describe(
  client: Client,
  name: string,
  zone: string,
  listener: { address: string; port: number },
  controller: Controller,
): string {
  const path = `${endpointName(client.address, client.port)} -> ${endpointName(client.localAddress, client.localPort)}`;
  const interfaces = Object.values(networkInterfaces());
  const cause = causeOf({
    sender: client.address,
    listener,
    upstreams: controller.ask(UpstreamServers)?.() ?? resolvConfServers(),
    ownAddresses: interfaces.flatMap((entries) => entries?.map(({ address }) => address) ?? []),
  });
  return `Loop (${path}) detected for zone "${zone}". Query: "HINFO ${name}": ${cause}`;
}

function resolvConfServers(): UpstreamServer[] {
  try {
    const { nameservers } = parseResolvConf(readFileSync(RESOLV_CONF, 'utf8'));
    return nameservers.map((address) => ({ address, port: 53, file: RESOLV_CONF }));
  } catch {
    return [];
  }
}
