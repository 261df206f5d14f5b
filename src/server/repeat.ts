import type { Observation } from '../observation/observation-ring.ts';
import type { Query } from './query.ts';
import type { Reply } from './reply.ts';
import type { VersionCell } from '../truth/version-cells.ts';

/**
 * What the next replies to the same query look like: that a reply has this says that it is its own repeat. Whoever
 * is asked the same again, while what was read holds, answers with the same bytes but for what stands here. So a
 * forwarded miss has none, and the answer that the cache gives the next time does.
 */
export interface Repeat {
  /** How the TTLs run down; undefined: they stand still. */
  readonly running?: RunningTime | undefined;
  /** The reply is not repeated from then on: milliseconds of the monotonic clock. Undefined: no such time. */
  readonly until?: number | undefined;
  /** The cell whose value is the serial of every SOA record in the reply; undefined: serials stay as they are. */
  readonly serialCell?: VersionCell | undefined;
  /** Told how often the reply was repeated. */
  readonly counter?: HitCounter | undefined;
  /** Those that want to see each repeat. */
  readonly watchers?: readonly RepeatWatcher[] | undefined;
}

/** A reply as it went out, and all that led to it. */
export interface GivenReply {
  /** The query's bytes. */
  readonly packet: Uint8Array;
  readonly query: Query;
  readonly reply: Reply;
  /** What `finish` made of it. */
  readonly bytes: Uint8Array;
}

/** TTLs that are less by one for each whole second since a moment. */
export interface RunningTime {
  /** Milliseconds of the monotonic clock. */
  readonly since: number;
  /** Whole seconds since then that the TTLs of this very reply are less by already. */
  readonly elapsed: number;
}

/** Learns some time later how often an answer was repeated without anybody being asked. */
export interface HitCounter {
  add(hits: number): void;
  /** Where the time that each repeat took is to be counted. */
  readonly durations?: DurationHistogram | undefined;
}

/**
 * Learns some time later of each repeat that was given without anybody being asked: who asked, and when. All of them
 * unless the observation ring was full, which is counted. Some may come after the configuration has ended.
 */
export interface RepeatWatcher {
  /** @param observation the same object each time: keep nothing of it */
  repeated(observation: Observation): void;
}

/** A histogram's numbers; its bounds are TIME_BUCKETS, in seconds. */
export interface DurationHistogram {
  /** By bucket, each value counted once; one more than there are bounds. */
  readonly counts: Float64Array;
  sum: number;
}

/** A reply that stays as it is while what was read holds. */
export const UNCHANGING: Repeat = {};
