import type { Deadline } from '../../plugin/deadline-queue.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { LinkQuestion, LinkRecord } from '../message.ts';
import type { LinkSource } from '../multicast-link.ts';
import type { OwnNames } from './own-names.ts';
import type { OwnRecord, OwnSet } from './own-set.ts';
import { ResponseSender } from './response-sender.ts';

/** Milliseconds between two times that a record goes to the group, and for one that defends a name (section 6). */
const INTERVAL = 1000;
const DEFENCE_INTERVAL = 250;
/**
 * Milliseconds from a goodbye to the next: those who heard the first one forget after a second (RFC 6762, section
 * 10.1), and would begin that second anew.
 */
const GOODBYE_INTERVAL = 1200;
/**
 * Milliseconds from the defence of a name to the next time that it is said: the cache-flush bit spares what was heard
 * less than a second ago (RFC 6762, section 10.2), and whoever was told off may have announced the name until just now.
 */
const REASSERTION = 1100;
/** Milliseconds that an announcement waits for others. */
const GATHERING = 1;
/** Milliseconds more where another interface of ours that is on the link goes first, and may say the same. */
const FOLLOWING = 20;
/** Timers ring early by the fraction of a millisecond that they cannot count. */
const TOLERANCE = 1;

/** When an answer is to go. All are milliseconds of the monotonic clock. */
export interface When {
  readonly due: number;
  /** With another packet, if there is one, from then on (RFC 6762, section 6.4). */
  readonly earliest: number;
  /** Until then it may wait for others that go a little later (the same section). */
  readonly latest: number;
}

/** At that time, and neither sooner nor later for others. */
export function exactly(due: number): When {
  return { due, earliest: due, latest: due };
}

/** Who asked, and what of the set they told to know. */
export interface Asker {
  /** In text. */
  readonly address: string;
  readonly known: Set<OwnRecord>;
}

/** A reply to one asker alone. */
export interface Reply {
  readonly to: LinkSource;
  /** Milliseconds of the monotonic clock. */
  due: number;
  /** With what the asker told to know of each. */
  readonly sets: Map<OwnSet, Set<OwnRecord>>;
  /** Of a client that is no mDNS querier (RFC 6762, section 6.7). */
  readonly legacy: { readonly id: number; readonly questions: readonly LinkQuestion[] } | undefined;
}

/** Why something goes to the group, the weightiest last. */
type Reason =
  /** It is announced again. */
  | 'repeat'
  /** It says something else than before. */
  | 'change'
  /** Somebody asked, or it is new. */
  | 'answer'
  /** It keeps somebody else from taking the name. */
  | 'defence';

const REASONS: readonly Reason[] = ['repeat', 'change', 'answer', 'defence'];

interface Pending extends When {
  readonly reason: Reason;
  /** Who alone wants it; undefined: it is for anyone. */
  readonly asker: Asker | undefined;
}

/**
 * What is to be said soon: gathered into as few packets as can be, no record more than once in a second, and not what
 * somebody else has said in the meantime.
 */
export class ResponseQueue implements Deadline {
  deadline = 0;
  place = -1;
  readonly #parts: EngineParts;
  readonly #sender: ResponseSender;
  readonly #pending = new Map<OwnSet, Pending>();
  readonly #replies = new Set<Reply>();
  readonly #goodbyes = new Map<LinkRecord, Goodbye>();

  constructor(parts: EngineParts, names: OwnNames) {
    this.#parts = parts;
    this.#sender = new ResponseSender(parts, names);
  }

  /** To the group at once, with all else of this moment, or as soon as it may go again; and once more after it. */
  announce(set: OwnSet): void {
    set.repeats = 1;
    this.sayOnce(set);
  }

  /** The same, but once. */
  sayOnce(set: OwnSet): void {
    const now = this.#now;
    this.answer(set, { ...exactly(now + this.#gathering), earliest: now + this.#gathering - GATHERING });
  }

  /** It says something else now: that is announced, though not more than ten times a minute (RFC 6762, section 8.4). */
  announceChange(set: OwnSet): void {
    set.repeats = 1;
    const pending = this.#pending.get(set);
    if (pending === undefined || pending.reason === 'repeat') {
      const now = this.#now;
      this.#put(set, Math.max(set.change(now), now + this.#gathering), 'change');
      this.#arm();
    } else {
      // What is about to go says the new already; only that it is for all now.
      this.#pending.set(set, { ...pending, asker: undefined });
    }
  }

  /** To the group. A set that waits for its turn goes at the earlier of both times. */
  answer(set: OwnSet, { due, earliest, latest }: When, asker?: Asker, reason: Reason = 'answer'): void {
    const pending = this.#pending.get(set);
    const isSameAsker = pending === undefined || pending.asker?.address === asker?.address;
    this.#pending.set(set, {
      due: Math.min(due, pending?.due ?? Infinity),
      earliest: Math.min(earliest, pending?.earliest ?? Infinity),
      latest: Math.min(latest, pending?.latest ?? Infinity),
      asker: isSameAsker ? asker : undefined,
      reason: weightier(reason, pending?.reason ?? 'repeat'),
    });
    this.#arm();
  }

  /** Somebody else may have said otherwise until now: it goes to the group when all have to forget that. */
  reassert(set: OwnSet): void {
    set.reassertAt = this.#now + REASSERTION;
    if (!this.#pending.has(set)) this.#sayAgain(set, this.#now);
    this.#arm();
  }

  /** To one asker. */
  reply(reply: Reply): void {
    this.#replies.add(reply);
    this.#arm();
  }

  /** What goes to the group next, if that is between these times: others may join it. */
  nextBetween(from: number, to: number): number | undefined {
    let next: number | undefined;
    for (const { due } of this.#pending.values()) {
      if (due >= from && due <= to && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  /** An asker goes on to tell what it knows (RFC 6762, section 7.2). */
  known(source: LinkSource, answers: readonly LinkRecord[], postponed: number | undefined): void {
    for (const [set, pending] of this.#pending) {
      if (pending.asker?.address !== source.address) continue;
      if (set.isKnown(answers, pending.asker.known)) this.#pending.delete(set);
      else if (postponed !== undefined) {
        this.#pending.set(set, { ...pending, ...exactly(postponed) });
      }
    }
    for (const reply of this.#replies) {
      if (reply.to.address !== source.address || reply.to.port !== source.port) continue;
      for (const [set, known] of reply.sets) if (set.isKnown(answers, known)) reply.sets.delete(set);
      if (postponed !== undefined) reply.due = postponed;
    }
    this.#arm();
  }

  /** Somebody else said the same to the group: it need not be said again (RFC 6762, section 7.4). */
  saidElsewhere(set: OwnSet): void {
    set.multicast(this.#now);
    const isAnnounced = set.repeats > 0 || this.#pending.get(set)?.reason === 'repeat';
    // What is ours alone is announced twice all the same (section 8.3).
    if (isAnnounced && !set.isProxied) return;
    set.repeats = 0;
    if (this.#pending.delete(set)) this.#arm();
  }

  /** Another interface of ours said it on this link: who goes first says all, the others what it does not. */
  saidByTwin(set: OwnSet): void {
    if (this.#parts.twins.isFirst) return;
    set.multicast(this.#now);
    set.repeats = 0;
    if (this.#pending.delete(set)) this.#arm();
  }

  /** Takes a record back: at once, and once more for those who did not hear it. */
  goodbye(record: LinkRecord, isMarked: boolean): void {
    this.#goodbyes.set(
      { ...record, ttl: 0 },
      {
        isMarked,
        due: this.#now + this.#gathering - GATHERING,
        again: true,
      },
    );
    this.#arm();
  }

  /** A record is said again: no more goodbyes for it. */
  stay(isSame: (record: LinkRecord) => boolean): void {
    for (const record of this.#goodbyes.keys()) if (isSame(record)) this.#goodbyes.delete(record);
  }

  /** Nothing of this set is to be said any more. */
  drop(set: OwnSet): void {
    set.repeats = 0;
    this.#pending.delete(set);
    for (const reply of this.#replies) reply.sets.delete(set);
  }

  /** Forgets everything: the link is gone. */
  clear(): void {
    this.#pending.clear();
    this.#replies.clear();
    this.#goodbyes.clear();
    this.#arm();
  }

  /** Sends the goodbyes now, once, and nothing any more. */
  close(): void {
    this.#sender.goodbyes(this.#goodbyes);
    this.clear();
  }

  expire(): void {
    const now = this.#now;
    this.#sendGoodbyes(now);
    this.#sendToGroup(now);
    for (const reply of this.#replies) {
      if (reply.due - now >= TOLERANCE) continue;
      this.#replies.delete(reply);
      this.#sender.reply(reply);
    }
    this.#arm();
  }

  #sendGoodbyes(now: number): void {
    const due = [...this.#goodbyes].filter(([, goodbye]) => goodbye.due - now < TOLERANCE);
    for (const [record, goodbye] of due) {
      if (goodbye.again)
        this.#goodbyes.set(record, { ...goodbye, due: now + GOODBYE_INTERVAL, again: false });
      else this.#goodbyes.delete(record);
    }
    this.#sender.goodbyes(due);
  }

  #sendToGroup(now: number): void {
    // A reply to one asker, or something that waits for its second to pass, is no occasion to send the others.
    if (![...this.#pending.values()].some(({ due }) => due - now < TOLERANCE) || this.#holds(now)) return;
    const sets: OwnSet[] = [];
    for (const [set, pending] of this.#pending) {
      if (pending.earliest - now >= TOLERANCE) continue;
      const allowed = set.multicastAt + (pending.reason === 'defence' ? DEFENCE_INTERVAL : INTERVAL);
      if (allowed - now >= TOLERANCE) {
        this.#pending.set(set, { ...pending, ...exactly(allowed) });
        continue;
      }
      this.#pending.delete(set);
      if (set.members.length > 0) sets.push(set);
    }
    for (const added of this.#sender.multicast(sets, now, INTERVAL)) {
      this.#pending.delete(added);
      sets.push(added);
    }
    for (const set of sets) this.#sayAgain(set, now);
  }

  /** Whether all that is due may wait for something that goes a little later, and then goes with it. */
  #holds(now: number): boolean {
    let latest = Infinity;
    let next = Infinity;
    for (const pending of this.#pending.values()) {
      if (pending.due - now < TOLERANCE) latest = Math.min(latest, pending.latest);
      else next = Math.min(next, pending.due);
    }
    if (next > latest) return false;
    for (const [set, pending] of this.#pending) {
      if (pending.due - now < TOLERANCE) this.#pending.set(set, { ...pending, due: next });
    }
    return true;
  }

  /** It went to the group, and goes there once more if that is owed. */
  #sayAgain(set: OwnSet, now: number): void {
    let due = set.reassertAt;
    if (set.repeats > 0) {
      set.repeats--;
      due = Math.max(due, now + INTERVAL);
    }
    if (due > now) this.#put(set, due, 'repeat');
  }

  #put(set: OwnSet, due: number, reason: Reason): void {
    this.#pending.set(set, { ...exactly(due), asker: undefined, reason });
  }

  #arm(): void {
    const { deadlines } = this.#parts;
    let next = Infinity;
    for (const { due } of this.#pending.values()) next = Math.min(next, due);
    for (const { due } of this.#replies) next = Math.min(next, due);
    for (const { due } of this.#goodbyes.values()) next = Math.min(next, due);
    if (this.place >= 0 && this.deadline === next) return;
    deadlines.remove(this);
    if (next < Infinity) deadlines.add(this, Math.max(0, next - this.#now));
  }

  get #gathering(): number {
    return this.#parts.twins.isFirst ? GATHERING : GATHERING + FOLLOWING;
  }

  get #now(): number {
    return this.#parts.clock.monotonic();
  }
}

function weightier(left: Reason, right: Reason): Reason {
  return REASONS.indexOf(left) > REASONS.indexOf(right) ? left : right;
}

/** A record, with no time to live, that is taken back. */
export interface Goodbye {
  readonly isMarked: boolean;
  readonly due: number;
  readonly again: boolean;
}
