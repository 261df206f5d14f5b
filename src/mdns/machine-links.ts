import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import type { Logger } from '../log/logger.ts';
import { EchoFilter } from './echo-filter.ts';
import { gatewayMark, markedBy } from './gateway-mark.ts';
import { InterfaceWatch } from './link/interface-watch.ts';
import { loadLinkSystem } from './link/link-system.ts';
import type { LinkSystem } from './link/link-system.ts';
import { NetworkLink } from './link/network-link.ts';
import { linkCounters } from './link-counters.ts';
import { LinkEngine, SHARED_PORT } from './link-engine.ts';
import { MULTICAST_PORT } from './message.ts';
import type { MulticastLink } from './multicast-link.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Shared } from '../plugin/controller.ts';
import type { Random } from '../plugin/random.ts';

/** What links are made with. */
export interface LinkMachine {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

const ID_BYTES = 8;

/** This machine's links, for all blocks and over reloads: one engine for each interface. */
export class MachineLinks implements Shared {
  readonly #machine: LinkMachine;
  readonly #engines = new Map<string, { readonly engine: LinkEngine; users: number }>();
  readonly #mark = gatewayMark(randomBytes(ID_BYTES));
  readonly #echoes: EchoFilter;
  #loading: Promise<void> | undefined;
  #system: LinkSystem | undefined;
  #watch: InterfaceWatch | undefined;
  #isPortShared = false;

  constructor(machine: LinkMachine) {
    this.#machine = machine;
    this.#echoes = new EchoFilter(machine.clock);
  }

  /** Finds out how links are reached here. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  /** The engine of an interface, from now until it is released as often as it was asked for. After `load`. */
  engine(name: string): LinkEngine {
    let entry = this.#engines.get(name);
    if (entry === undefined) {
      const { clock, random, log, metrics } = this.#machine;
      const counters = linkCounters(metrics, name);
      const engine = new LinkEngine(this.#link(name, counters), {
        clock,
        random,
        log,
        counters,
        echoes: this.#echoes,
        mark: this.#mark,
        isMarked: (options) => markedBy(options) !== undefined,
      });
      this.#engines.set(name, (entry = { engine, users: 0 }));
    }
    entry.users++;
    return entry.engine;
  }

  /** Tells which interfaces may be links, now and whenever there are others. After `load`. */
  followNames(listener: (names: readonly string[]) => void): void {
    this.#watch!.followNames(listener);
  }

  /** Says goodbye on a link that nobody uses any more. */
  async release(name: string): Promise<void> {
    const entry = this.#engines.get(name);
    if (entry === undefined || --entry.users > 0) return;
    this.#engines.delete(name);
    await entry.engine.close();
  }

  async close(): Promise<void> {
    const engines = [...this.#engines.values()];
    this.#engines.clear();
    await Promise.all(engines.map(async ({ engine }) => engine.close()));
    this.#watch?.close();
  }

  get #others(): LinkEngine[] {
    return [...this.#engines.values()].map(({ engine }) => engine);
  }

  async #load(): Promise<void> {
    const { clock, log } = this.#machine;
    this.#isPortShared = await isPortTaken();
    this.#system = await loadLinkSystem();
    this.#watch = new InterfaceWatch(this.#system.interfaces, clock);
    const { weakness } = this.#system;
    this.#echoes.tellsLinksApart = weakness === undefined;
    if (weakness !== undefined) log.warning(`Links are told apart by addresses alone: ${weakness}`);
    if (this.#isPortShared) log.info(SHARED_PORT);
  }

  #link(name: string, counters: ReturnType<typeof linkCounters>): MulticastLink {
    const { clock, log } = this.#machine;
    const system = this.#system!;
    const isShared = this.#isPortShared || this.#others.some(({ link }) => link.isShared);
    const link = new NetworkLink(name, {
      watch: this.#watch!,
      open: system.open,
      clock,
      log,
      counters,
      isShared,
    });
    if (link.addresses.length === 0) {
      log.warning(`Interface ${name} is down, or not there: it is watched, and joined when it comes`);
    }
    return link;
  }
}

/** Whether a program on this machine has the port of mDNS; ours has not yet. */
function isPortTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createSocket({ type: 'udp4' });
    probe.once('error', () => resolve(true));
    probe.bind({ port: MULTICAST_PORT, exclusive: true }, () => probe.close(() => resolve(false)));
  });
}
