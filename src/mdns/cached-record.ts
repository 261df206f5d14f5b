import type { LinkRecord } from './message.ts';

/** A record that someone on the link told, and until when it holds. Times are milliseconds of the monotonic clock. */
export interface CachedRecord {
  readonly record: LinkRecord;
  /** Who told it last, in text. */
  readonly sender: string;
  /** When it was told last. */
  readonly heardAt: number;
  /** When it is gone. Sooner than its TTL says after a goodbye, or when another took its place. */
  readonly expiresAt: number;
  /** It came from a gateway that speaks for another link: such records do not cross again. */
  readonly isProxied: boolean;
}

/** The whole seconds that a record has left to live. */
export function secondsLeft({ expiresAt }: CachedRecord, now: number): number {
  return Math.max(0, Math.ceil((expiresAt - now) / 1000));
}

/** Whether two records say the same: owner in any letter case, type and data. The TTL does not matter. */
export function sameRecord(left: LinkRecord, right: LinkRecord): boolean {
  return (
    left.type === right.type && sameName(left.name, right.name) && Buffer.compare(left.data, right.data) === 0
  );
}

/** Whether two names are the same in any letter case of ASCII (RFC 6762, section 16). */
export function sameName(left: string, right: string): boolean {
  return left === right || left.toLowerCase() === right.toLowerCase();
}
