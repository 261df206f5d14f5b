import type { Deadline } from '../plugin/deadline-queue.ts';
import { RecordType } from '../wire/codes.ts';
import { nameInData } from '../wire/rdata.ts';
import { sameRecord } from './cached-record.ts';
import type { CachedRecord } from './cached-record.ts';
import type { EngineParts } from './engine-parts.ts';
import type { LinkMessage, LinkQuestion, LinkRecord } from './message.ts';
import { queryPackets } from './packets.ts';
import { QueryPace } from './query-pace.ts';
import type { RecordCache, RecordListener, Subscription } from './record-cache.ts';
import { StandingQuestion } from './standing-question.ts';

/** Milliseconds before the first query of a series: this, and up to SPREAD more (RFC 6762, section 5.2). */
const FIRST_DELAY = 20;
const FIRST_SPREAD = 100;
/** Milliseconds that a question waits for others to share its packet. */
const GATHERING = 10;
/** Milliseconds in which somebody must confirm a record that seems to be wrong (sections 10.4 and 10.5). */
const CONFIRMING = 10_000;
/** So many questions of a series without any answer, and what leads to the name is in doubt. */
const IN_VAIN = 3;
/** Milliseconds from one such look at all that is known to the next. */
const DOUBTING_INTERVAL = 1000;
/** Where the name stands to which a record leads. */
const TARGET_AT: ReadonlyMap<number, number> = new Map([
  [RecordType.PTR, 0],
  [RecordType.SRV, 6],
]);
/** Milliseconds after which a reconfirming question is asked again. */
const CONFIRM_AGAIN = [0, 1000, 3000];

/**
 * Asks on a link: one stream of questions for all who want to know the same, with what is known already, less and
 * less often, and again before a record expires.
 */
export class Querier {
  readonly #parts: EngineParts;
  readonly #cache: RecordCache;
  readonly #questions = new Map<string, StandingQuestion>();
  readonly #due = new Map<string, LinkQuestion>();
  readonly #gathering: Deadline;
  readonly #pace = new QueryPace();
  /** When another's question first went by that should have been answered with the record. */
  readonly #unanswered = new WeakMap<CachedRecord, number>();
  #doubtedAt = -Infinity;

  constructor(parts: EngineParts, cache: RecordCache) {
    this.#parts = parts;
    this.#cache = cache;
    this.#gathering = { deadline: 0, place: -1, expire: () => this.#ask() };
  }

  /**
   * Tells of the records of a name and type: at once of those that are known, then of what comes and goes, and keeps
   * asking for them until it is closed.
   */
  subscribe(name: string, type: number, listener: RecordListener): Subscription {
    const key = questionKey(name, type);
    let question = this.#questions.get(key);
    if (question === undefined) {
      question = new StandingQuestion(name, type, this.#soon(), this.#whenDue);
      question.watch = this.#cache.watch(name, type, this.#follower(question));
      this.#questions.set(key, question);
      this.#schedule(question);
    }
    const { listeners } = question;
    listeners.add(listener);
    for (const record of this.#cache.lookup(name, type)) listener.appeared(record);
    return {
      close: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#questions.get(key) === question) this.#end(key, question);
      },
    };
  }

  /** A record did not serve whoever used it: it goes in ten seconds unless its owner confirms it (section 10.4). */
  reconfirm(record: CachedRecord): void {
    const { name, type } = record.record;
    const { heardAt } = record;
    this.#cache.endBy(record, this.#parts.clock.monotonic() + CONFIRMING);
    for (const delay of CONFIRM_AGAIN) {
      const deadline: Deadline = {
        deadline: 0,
        place: -1,
        expire: () => {
          // Nobody has confirmed it in the meantime, and it is not gone.
          if (record.heardAt === heardAt && this.#cache.lookup(name, type).includes(record)) {
            this.#gather(name, type, false);
          }
        },
      };
      this.#parts.deadlines.add(deadline, delay);
    }
  }

  /** Somebody else's query: what it asks need not be asked again, and what nobody answers is in doubt. */
  heardQuery(message: LinkMessage): void {
    for (const { name, type, unicast } of message.questions) {
      if (unicast || message.truncated) continue;
      const known = this.#cache.lookup(name, type);
      this.#doubtUnanswered(known, message.answers);
      const key = questionKey(name, type);
      const question = this.#questions.get(key);
      // Theirs counts for ours only if they know nothing that we would want to be told (RFC 6762, section 7.3).
      if (question === undefined || !this.#knowsAll(message.answers, name, type, known)) continue;
      question.heard(this.#parts.clock.monotonic(), this.#parts.random);
      this.#due.delete(key);
      this.#schedule(question);
    }
  }

  /** Everything is asked anew: the link came back, or has other addresses. */
  restart(): void {
    for (const question of this.#questions.values()) {
      question.restart(this.#soon());
      this.#schedule(question);
    }
  }

  /** Asks nothing any more. */
  close(): void {
    for (const [key, question] of this.#questions) this.#end(key, question);
    this.#parts.deadlines.remove(this.#gathering);
    this.#due.clear();
  }

  #end(key: string, question: StandingQuestion): void {
    this.#questions.delete(key);
    this.#due.delete(key);
    this.#parts.deadlines.remove(question);
    question.watch?.close();
  }

  /** Hands on what the cache tells, and asks again when the last record is gone. */
  #follower(question: StandingQuestion): RecordListener {
    const tell = (what: 'appeared' | 'refreshed' | 'gone', record: CachedRecord): void => {
      if (what === 'gone' && this.#cache.lookup(question.name, question.type).length === 0) {
        question.restart(this.#soon());
      }
      this.#schedule(question);
      for (const listener of [...question.listeners]) listener[what]?.(record);
    };
    return {
      appeared: (record) => tell('appeared', record),
      refreshed: (record) => tell('refreshed', record),
      gone: (record) => tell('gone', record),
    };
  }

  #schedule(question: StandingQuestion): void {
    const { clock, deadlines, random } = this.#parts;
    deadlines.remove(question);
    const time = question.nextTime(this.#cache.lookup(question.name, question.type), random);
    if (time < Infinity) deadlines.add(question, Math.max(0, time - clock.monotonic()));
  }

  readonly #whenDue = (question: StandingQuestion): void => {
    this.#gather(question.name, question.type, question.isFirst && !this.#parts.link.isShared);
  };

  #gather(name: string, type: number, unicast: boolean): void {
    this.#due.set(questionKey(name, type), { name, type, unicast });
    if (this.#gathering.place >= 0) return;
    const { clock, deadlines } = this.#parts;
    deadlines.add(this.#gathering, Math.max(GATHERING, this.#pace.delay(clock.monotonic())));
  }

  /** Sends all that is due, with what is known of it. */
  #ask(): void {
    const now = this.#parts.clock.monotonic();
    const questions = [...this.#due.values()];
    this.#due.clear();
    const known = questions.flatMap(({ name, type }) => this.#knownAnswers(name, type, now));
    const inVain = new Set<string>();
    for (const { name, type } of questions) {
      const question = this.#questions.get(questionKey(name, type));
      if (question === undefined) continue;
      question.asked(now);
      this.#schedule(question);
      if (question.count >= IN_VAIN && this.#cache.lookupAll(name).length === 0)
        inVain.add(name.toLowerCase());
    }
    this.#doubtLeadingTo(inVain, now);
    if (questions.length === 0) return;
    const packets = queryPackets(questions, known);
    this.#pace.sent(packets.length, now);
    this.#parts.send(packets);
  }

  /** What need not be told again: records with more than half of their life before them (RFC 6762, section 7.1). */
  #knownAnswers(name: string, type: number, now: number): LinkRecord[] {
    return this.#cache.lookup(name, type).flatMap(({ record, heardAt, expiresAt }) => {
      const left = expiresAt - now;
      if (left * 2 <= record.ttl * 1000 || expiresAt - heardAt < record.ttl * 1000) return [];
      return [{ ...record, ttl: Math.floor(left / 1000) }];
    });
  }

  #knowsAll(
    theirs: readonly LinkRecord[],
    name: string,
    type: number,
    known: readonly CachedRecord[],
  ): boolean {
    return theirs.every(
      (record) =>
        questionKey(record.name, record.type) !== questionKey(name, type) ||
        known.some((ours) => sameRecord(ours.record, record)),
    );
  }

  /**
   * Nobody says anything of names to which other records lead: who told those may be gone without a word, though they
   * have an hour to live (RFC 6762, section 10.4).
   * @param names in lower case
   */
  #doubtLeadingTo(names: ReadonlySet<string>, now: number): void {
    if (names.size === 0 || now - this.#doubtedAt < DOUBTING_INTERVAL) return;
    this.#doubtedAt = now;
    for (const held of [...this.#cache.all()]) {
      const at = TARGET_AT.get(held.record.type);
      if (at !== undefined && names.has(nameInData(held.record.data, at).toLowerCase())) this.reconfirm(held);
    }
  }

  /** Passive observation of failures (RFC 6762, section 10.5): asked for twice, and never heard. */
  #doubtUnanswered(known: readonly CachedRecord[], theirs: readonly LinkRecord[]): void {
    const now = this.#parts.clock.monotonic();
    for (const record of known) {
      if (theirs.some((answer) => sameRecord(answer, record.record))) continue;
      const since = this.#unanswered.get(record);
      if (since === undefined || record.heardAt >= since) this.#unanswered.set(record, now);
      else if (now - since >= 1000) this.#cache.endBy(record, since + CONFIRMING);
    }
  }

  #soon(): number {
    const { clock, random } = this.#parts;
    return clock.monotonic() + FIRST_DELAY + random.below(FIRST_SPREAD);
  }
}

function questionKey(name: string, type: number): string {
  return `${type} ${name.toLowerCase()}`;
}
