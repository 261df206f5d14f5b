import type { Logger } from '../log/logger.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import type { VersionCells } from '../truth/version-cells.ts';
import type { Capability } from './capability.ts';
import type { Clock } from './clock.ts';
import type { BlockInfo } from './plugin.ts';
import type { Random } from './random.ts';

/**
 * What a plugin is given at `setup`. Nothing in Signpost is global, so tests inject all of it.
 *
 * Life of a configuration: every `setup` → every `onBegin` → `onStart` in order (may take time; the server is not serving from this
 * configuration yet) → serving → `onStop` in order, on reload and at the end of the process.
 */
export interface Controller {
  readonly block: BlockInfo;
  /** Log lines come out as `[LEVEL] plugin/<name>: …`. */
  readonly log: Logger;
  /** The server's own log: lines come out as `[LEVEL] …`, without a plugin's name. For query logs. */
  readonly output: Logger;
  /** Metrics of the process; they outlive reloads. Asking twice for one name gives the same metric. */
  readonly metrics: MetricRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly cells: VersionCells;
  /** Another configuration answers until this one serves. */
  readonly isReload: boolean;

  /**
   * Begins what takes others some time (a list of an API server), before anybody's `onStart`, so that it goes on while
   * those run. It is to return at once, and to leave its failure to an `onStart`.
   */
  onBegin(begin: () => void): void;
  /** Runs before this configuration serves. A rejection refuses the configuration. */
  onStart(start: () => void | Promise<void>): void;
  /** Runs when this configuration ends, at a reload or at shutdown. Called once. */
  onStop(stop: () => void | Promise<void>): void;
  /** Runs when the process is asked to end, while it still answers: before the time of lameduck and any `onStop`. */
  onFinalShutdown(shutdown: () => void | Promise<void>): void;
  /** Takes part in `ready`. */
  onReady(check: ReadinessCheck): void;

  /** Gives the other plugins of this server block something under a typed name. */
  offer<T>(capability: Capability<T>, value: T): void;
  /** What a plugin of this block offered; plugins set up later in the order are not seen before `onStart`. */
  ask<T>(capability: Capability<T>): T | undefined;
  /** The same, for what is offered to all blocks of this configuration. */
  offerToAll<T>(capability: Capability<T>, value: T): void;
  askAll<T>(capability: Capability<T>): readonly T[];

  /**
   * A resource that outlives a reload when the new configuration asks for the same `key`: a store, an HTTP endpoint.
   * `create` runs only when there is none. It is closed once no configuration uses it any more.
   */
  share<T extends Shared>(key: string, create: () => T): T;
}

/** Something that configurations hand over to each other. */
export interface Shared {
  close(): void | Promise<void>;
}

/** One plugin's share of `/ready`. */
export interface ReadinessCheck {
  /** Plugin name, as listed in the body of a 503. */
  readonly plugin: string;
  ready(): boolean;
  /** One line or more for `/ready?verbose`. */
  detail?(): string;
}
