import { RecordType } from '../../wire/codes.ts';
import { sameRecord } from '../cached-record.ts';
import type { LinkRecord } from '../message.ts';

/**
 * Changes that may follow one another at once, and milliseconds in which one more may: together no more than ten in any
 * minute (RFC 6762, section 8.4).
 */
const CHANGES_AT_ONCE = 5;
const CHANGE_INTERVAL = 12_000;

/** What an own record is said for. */
export interface Sayer {
  readonly isProxied: boolean;
  readonly isMarked: boolean;
}

/** A record that we say on the link, for one publication or several. Times: milliseconds of the monotonic clock. */
export interface OwnRecord {
  record: LinkRecord;
  readonly sayers: Set<Sayer>;
  /** When it last went to the group. */
  multicastAt: number;
  /** When somebody else last said the very same. */
  saidElsewhereAt: number;
  /** When another interface of ours last did, on this link (see LinkTwins). */
  saidByTwinAt: number;
}

/**
 * What is sent together or not at all: one shared record, or all unique ones of a name and type, since their
 * cache-flush bit ends all others (RFC 6762, section 10.2).
 */
export class OwnSet {
  readonly type: number;
  readonly isUnique: boolean;
  members: readonly OwnRecord[] = [];
  /** Until when others may still believe who said otherwise, and had to be told off. */
  reassertAt = -Infinity;
  /** How often it is to be said again, a second after each time: announcements are two (RFC 6762, section 8.3). */
  repeats = 0;
  /** When as many changes as may follow one another at once could do so again. */
  #restedAt = -Infinity;
  /** When it last went to the group, with other data maybe. */
  #multicastAt = -Infinity;

  constructor(type: number, isUnique: boolean) {
    this.type = type;
    this.isUnique = isUnique;
  }

  /** It says which types there are not (RFC 6762, section 6.1). */
  get isNegative(): boolean {
    return this.type === RecordType.NSEC;
  }

  get records(): LinkRecord[] {
    return this.members.map(({ record }) => record);
  }

  /** Only said for others on another link. */
  get isProxied(): boolean {
    for (const { sayers } of this.members) for (const sayer of sayers) if (!sayer.isProxied) return false;
    return true;
  }

  /** Goes in packets that carry the gateway's mark. */
  get isMarked(): boolean {
    for (const { sayers } of this.members) for (const sayer of sayers) if (!sayer.isMarked) return false;
    return true;
  }

  /** When one of them last went to the group, or one that they took the place of: a storm of changes is none here. */
  get multicastAt(): number {
    let time = this.#multicastAt;
    for (const member of this.members) time = Math.max(time, member.multicastAt);
    return time;
  }

  /** Up to when somebody else said all of them, too. */
  get saidElsewhereAt(): number {
    let time = Infinity;
    for (const member of this.members) time = Math.min(time, member.saidElsewhereAt);
    return time;
  }

  /** Up to when another interface of ours said all of them, too. */
  get saidByTwinAt(): number {
    let time = Infinity;
    for (const member of this.members) time = Math.min(time, member.saidByTwinAt);
    return time;
  }

  /** All went to the group: by us, or by somebody else who says the same (RFC 6762, section 7.4). */
  multicast(now: number): void {
    this.#multicastAt = now;
    for (const member of this.members) member.multicastAt = now;
  }

  /**
   * It says something else, and is to be announced.
   * @returns when that may be: now, or later where it changes too often
   */
  change(now: number): number {
    const allowed = Math.max(now, this.#restedAt - (CHANGES_AT_ONCE - 1) * CHANGE_INTERVAL);
    this.#restedAt = Math.max(now, this.#restedAt) + CHANGE_INTERVAL;
    return allowed;
  }

  /** Whether somebody else said all of them, too, so that they have more than half of their life before them. */
  isHeardOf(now: number): boolean {
    return this.members.every(({ record, saidElsewhereAt }) => now - saidElsewhereAt < record.ttl * 500);
  }

  /** Whether all went to the group within the last quarter of their TTL (RFC 6762, section 5.4). */
  isRecent(now: number): boolean {
    for (const { multicastAt, record } of this.members) {
      if (now - multicastAt > record.ttl * 250) return false;
    }
    return true;
  }

  /**
   * Whether an asker knows all of them, for half of their life at least (RFC 6762, section 7.1).
   * @param answers that it tells now
   * @param known what it told before, to which these are added
   */
  isKnown(answers: readonly LinkRecord[], known: Set<OwnRecord>): boolean {
    if (answers.length === 0) return false;
    for (const member of this.members) {
      const { record } = member;
      if (answers.some((answer) => answer.ttl * 2 >= record.ttl && sameRecord(answer, record)))
        known.add(member);
    }
    return this.members.every((member) => known.has(member));
  }
}
