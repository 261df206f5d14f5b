import type { Logger } from '../log/logger.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import { Readiness } from '../plugin/capability.ts';
import type { Capability } from '../plugin/capability.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Controller, ReadinessCheck, Shared } from '../plugin/controller.ts';
import type { BlockInfo } from '../plugin/plugin.ts';
import type { Random } from '../plugin/random.ts';
import type { VersionCells } from '../truth/version-cells.ts';
import type { Lease } from './shared-resources.ts';

/** What every configuration of a process works with. */
export interface Surroundings {
  readonly log: Logger;
  readonly metrics: MetricRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly cells: VersionCells;
}

export type Hook = () => void | Promise<void>;

/** The life-cycle callbacks of one configuration, in the order in which they were registered. */
export class Hooks {
  readonly begin: (() => void)[] = [];
  readonly start: Hook[] = [];
  readonly stop: Hook[] = [];
  readonly finalShutdown: Hook[] = [];
}

/** Offers by capability. */
export class Offers {
  readonly #values = new Map<Capability<unknown>, unknown[]>();

  add<T>(capability: Capability<T>, value: T): void {
    const values = this.#values.get(capability);
    if (values === undefined) this.#values.set(capability, [value]);
    else values.push(value);
  }

  all<T>(capability: Capability<T>): readonly T[] {
    return (this.#values.get(capability) ?? []) as T[];
  }
}

/** The controller of one plugin in one server block. */
export class BlockController implements Controller {
  readonly block: BlockInfo;
  readonly log: Logger;
  readonly output: Logger;
  readonly metrics: MetricRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly cells: VersionCells;
  readonly #hooks: Hooks;
  readonly #blockOffers: Offers;
  readonly #allOffers: Offers;
  readonly #lease: Lease;

  constructor(
    plugin: string,
    block: BlockInfo,
    surroundings: Surroundings,
    scope: { hooks: Hooks; blockOffers: Offers; allOffers: Offers; lease: Lease },
  ) {
    this.block = block;
    this.output = surroundings.log;
    this.log = surroundings.log.named(`plugin/${plugin}`);
    this.metrics = surroundings.metrics;
    this.clock = surroundings.clock;
    this.random = surroundings.random;
    this.cells = surroundings.cells;
    this.#hooks = scope.hooks;
    this.#blockOffers = scope.blockOffers;
    this.#allOffers = scope.allOffers;
    this.#lease = scope.lease;
  }

  get isReload(): boolean {
    return this.#lease.isSuccessor;
  }

  onBegin(begin: () => void): void {
    this.#hooks.begin.push(begin);
  }

  onStart(start: Hook): void {
    this.#hooks.start.push(start);
  }

  onStop(stop: Hook): void {
    this.#hooks.stop.push(stop);
  }

  onFinalShutdown(shutdown: Hook): void {
    this.#hooks.finalShutdown.push(shutdown);
  }

  onReady(check: ReadinessCheck): void {
    this.offerToAll(Readiness, check);
  }

  offer<T>(capability: Capability<T>, value: T): void {
    this.#blockOffers.add(capability, value);
  }

  ask<T>(capability: Capability<T>): T | undefined {
    return this.#blockOffers.all(capability).at(-1);
  }

  offerToAll<T>(capability: Capability<T>, value: T): void {
    this.#allOffers.add(capability, value);
  }

  askAll<T>(capability: Capability<T>): readonly T[] {
    return this.#allOffers.all(capability);
  }

  share<T extends Shared>(key: string, create: () => T): T {
    return this.#lease.share(key, create);
  }
}
