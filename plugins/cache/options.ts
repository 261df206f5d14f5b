/** How answers of one kind are kept. */
export interface KeepOptions {
  /** Most entries. */
  readonly capacity: number;
  /** Longest time to keep an answer, in seconds. */
  readonly ttl: number;
  /** Shortest time to keep one, in seconds. */
  readonly minimumTtl: number;
}

/** Fetching popular answers anew before they run out. */
export interface PrefetchOptions {
  /** Hits after which an answer is popular; 0: never. */
  readonly amount: number;
  /** Milliseconds between two hits at most. */
  readonly within: number;
  /** Share of the time to live that is left when it is fetched, in percent. */
  readonly percentage: number;
}

/**
 * `immediate`: the old answer now, a new one in the background; `verify`: ask first, the old answer if that fails;
 * `refresh`: the same with the times that RFC 8767 recommends.
 */
export type StaleMode = 'immediate' | 'verify' | 'refresh';

/** Answers that have run out and are given all the same (RFC 8767). */
export interface StaleOptions {
  /** Seconds after running out. */
  readonly within: number;
  readonly mode: StaleMode;
  /** TTL of stale answers in seconds. */
  readonly ttl: number;
  /** Milliseconds that a client waits for a new answer, if it does; 0: as long as it takes. */
  readonly timeout: number;
  /** Milliseconds after a failed refresh during which none is tried. */
  readonly recheck: number;
}

/** What the directive says. */
export interface CacheOptions {
  /** Zones whose answers are cached. */
  readonly zones: readonly string[];
  readonly success: KeepOptions;
  readonly denial: KeepOptions;
  readonly prefetch: PrefetchOptions;
  readonly stale: StaleOptions | undefined;
  /** Answers with records come before those without. */
  readonly preferPositive: boolean;
  /** Milliseconds to keep SERVFAIL and NOTIMP; 0: not at all. */
  readonly serverFailure: number;
  /** Zones whose answers of a kind are not kept. */
  readonly disabledSuccess: readonly string[];
  readonly disabledDenial: readonly string[];
  /** Bytes for the caches of all server blocks together; undefined: what other blocks say, or the default. */
  readonly maximumBytes: number | undefined;
  /** TTLs do not count down. */
  readonly keepTtl: boolean;
}
