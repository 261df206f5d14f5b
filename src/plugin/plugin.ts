import type { Directive, Position } from '../corefile/corefile.ts';
import type { ZoneKey } from '../corefile/zone.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import type { Query } from '../server/query.ts';
import type { HitCounter } from '../server/repeat.ts';
import type { Reply } from '../server/reply.ts';
import type { Controller } from './controller.ts';

/**
 * A plugin: a folder, a directive, a metric subsystem and a log prefix, all of one name.
 * `parse` is called once for each server block that has the directive, with all its occurrences.
 */
export interface Plugin<Options> {
  readonly name: string;
  /** Corefile to options. Pure: opens no socket, timer or file. Throws CorefileError. */
  parse(directives: readonly Directive[], block: BlockInfo): Options;
  /** Wires the plugin up. Returns its handler, or undefined when it only configures. Throws an Error to refuse. */
  setup(options: Options, controller: Controller): Handler | undefined;
  /** Makes the metrics that are shown, as 0, also where no block has the plugin: dashboards count on them. */
  showMetrics?(registry: MetricRegistry): void;
}

/** The server block that a plugin is set up for. */
export interface BlockInfo extends Position {
  readonly keys: readonly ZoneKey[];
  /** The keys' zones, each once, in order; what a plugin's empty `[ZONES...]` means. */
  readonly zones: readonly string[];
  /** The same for two blocks of the same keys and directives, wherever they stand: what may be handed over at a reload. */
  readonly fingerprint: string;
}

/**
 * How a plugin bears its answers' being repeated without asking it again:
 * `pure`: the same query has the same answer while what it read holds; `observer`: it only counts;
 * `variants`: the repeat is drawn from the same set of addresses.
 */
export type Repeatability = 'pure' | 'observer' | 'variants';

/** The next plugin of the chain. */
export type Next = (query: Query) => Reply | Promise<Reply>;

export interface Handler {
  /** Absent: answers that went through here are never served from the wire cache. */
  readonly repeats?: Repeatability;
  /** Answers, or asks `next`. Synchronous when the answer is at hand. */
  handle(query: Query, next: Next): Reply | Promise<Reply>;
  /**
   * For handlers that ask `next` whatever the query, and only look at its reply or give another: what `handle` does with
   * the reply. Where several of them stand together, a late reply is waited for once, and `handle` is not called.
   * @param started when `next` was asked, in milliseconds of the monotonic clock
   */
  after?(query: Query, reply: Reply, started: number): Reply;
  /** For observers that count: who is to be told how often the wire cache gave this reply again. Changes nothing. */
  observe?(query: Query, reply: Reply): HitCounter | undefined;
}

/** Any plugin, as the registry keeps it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyPlugin = Plugin<any>;
