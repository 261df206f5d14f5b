import { RecordType } from '../../wire/codes.ts';
import { sameName } from '../cached-record.ts';
import type { EngineParts } from '../engine-parts.ts';
import { MULTICAST_PORT } from '../message.ts';
import type { LinkMessage, LinkQuestion } from '../message.ts';
import type { LinkSource } from '../multicast-link.ts';
import type { OwnName, OwnNames } from './own-names.ts';
import type { OwnRecord, OwnSet } from './own-set.ts';
import { exactly } from './response-queue.ts';
import type { Reply, ResponseQueue, When } from './response-queue.ts';
import { compareClaims } from './tie-break.ts';

/** Milliseconds that an answer waits when others may answer as well: this, and up to SPREAD more (section 6). */
const SHARED_DELAY = 20;
/** The same when more known answers follow (section 7.2). */
const TRUNCATED_DELAY = 400;
const SPREAD = 101;
/** Milliseconds more that an answer waits if others go with it then (section 6.4). */
const HOLDING = 500;
/** Questions of a client that is no querier; it has one, or two for both families of addresses. */
const MOST_LEGACY_QUESTIONS = 32;
/** Milliseconds for which somebody who says the same as we do is expected to do so again. */
const SAME_WORDS = 3_600_000;
/** Replies to single askers in a second: those beyond go to the group, where a record goes but once. */
const REPLIES_PER_SECOND = 50;
const SECOND = 1000;

/** Answers questions (RFC 6762, section 6): to whom, when, and with what. */
export class Answerer {
  readonly #parts: EngineParts;
  readonly #names: OwnNames;
  readonly #queue: ResponseQueue;
  #second = -1;
  #replies = 0;

  constructor(parts: EngineParts, names: OwnNames, queue: ResponseQueue) {
    this.#parts = parts;
    this.#names = names;
    this.#queue = queue;
  }

  heardQuery(message: LinkMessage, source: LinkSource): void {
    const now = this.#parts.clock.monotonic();
    if (source.port !== MULTICAST_PORT) {
      this.#answerLegacy(message, source, now);
      return;
    }
    if (message.questions.length === 0) {
      const postponed = message.truncated ? now + this.#delay(TRUNCATED_DELAY) : undefined;
      this.#queue.known(source, message.answers, postponed);
      return;
    }
    const answers: Answer[] = [];
    for (const question of message.questions) this.#gather(question, message, answers);
    if (answers.length > 0) this.#answer(message, source, answers, now);
  }

  #gather(question: LinkQuestion, message: LinkMessage, answers: Answer[]): void {
    const name = this.#names.get(question.name);
    if (name === undefined) return;
    const isDefence = isClaimed(question, message);
    // Who is about to claim what we say takes nothing from us: it knows the answer, too. And what is said for a device
    // on another link gives way to whoever is here: that may be the device itself, which is not to be renamed.
    if (isDefence && (isProxied(name) || claimsTheSame(question, message, name))) return;
    const saidElsewhereAt = lastSaidElsewhere(name);
    for (const set of matching(name, question.type)) {
      const known = new Set<OwnRecord>();
      if (set.isKnown(message.answers, known)) continue;
      answers.push({ set, isDefence, unicast: question.unicast, saidElsewhereAt, known });
    }
  }

  #answer(message: LinkMessage, source: LinkSource, answers: readonly Answer[], now: number): void {
    const when = this.#when(message, answers, now);
    const reply: Reply = { to: source, due: when.due, sets: new Map(), legacy: undefined };
    const defence: Reply = { ...reply, due: now, sets: new Map() };
    const { address } = source;
    for (const { set, isDefence, unicast, known } of answers) {
      if (isDefence) this.#queue.reassert(set);
      else if (unicast && this.#isSaidByFirst(set, now)) continue;
      const isRecent = set.isRecent(now);
      const replies = unicast && (isDefence || (isRecent && this.#mayReply(now)));
      if (replies) (isDefence ? defence : reply).sets.set(set, known);
      if (replies && isRecent) continue;
      if (isDefence) this.#queue.answer(set, exactly(now), { address, known }, 'defence');
      else this.#queue.answer(set, when, { address, known });
    }
    for (const ready of [defence, reply]) if (ready.sets.size > 0) this.#queue.reply(ready);
  }

  /** At once when nobody else will answer; else after a random time, with what is about to go anyway. */
  #when(message: LinkMessage, answers: readonly Answer[], now: number): When {
    if (message.truncated) return exactly(now + this.#delay(TRUNCATED_DELAY));
    const isAlone =
      this.#parts.twins.isFirst &&
      message.questions.length === 1 &&
      answers.every(({ set, saidElsewhereAt }) => set.isUnique && now - saidElsewhereAt > SAME_WORDS);
    if (isAlone) return exactly(now);
    const earliest = now + SHARED_DELAY + this.#behind;
    const due = this.#queue.nextBetween(earliest, earliest + SPREAD - 1) ?? now + this.#delay(SHARED_DELAY);
    return { due, earliest, latest: due + HOLDING };
  }

  /** Another interface of ours on this link has been asked, too: it replies, and would say it to the group. */
  #isSaidByFirst(set: OwnSet, now: number): boolean {
    return !this.#parts.twins.isFirst && now - set.saidByTwinAt < SAME_WORDS;
  }

  #answerLegacy({ id, questions }: LinkMessage, source: LinkSource, now: number): void {
    const sets = new Map<OwnSet, Set<OwnRecord>>();
    for (const { name, type } of questions) {
      const own = this.#names.get(name);
      if (own === undefined) continue;
      for (const set of matching(own, type)) sets.set(set, new Set());
    }
    if (sets.size === 0 || questions.length > MOST_LEGACY_QUESTIONS || !this.#mayReply(now)) return;
    const isAlone = questions.length === 1 && [...sets.keys()].every((set) => set.isUnique);
    const due = isAlone ? now : now + this.#delay(SHARED_DELAY);
    this.#queue.reply({ to: source, due, sets, legacy: { id, questions } });
  }

  #mayReply(now: number): boolean {
    const second = Math.floor(now / SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#replies = 0;
    }
    return this.#replies++ < REPLIES_PER_SECOND;
  }

  /** Milliseconds more where another interface of ours on this link has been asked, too, and answers first. */
  get #behind(): number {
    return this.#parts.twins.isFirst ? 0 : SPREAD + SHARED_DELAY;
  }

  #delay(least: number): number {
    return least + this.#behind + this.#parts.random.below(SPREAD);
  }
}

interface Answer {
  readonly set: OwnSet;
  /** Somebody is about to take the name. */
  readonly isDefence: boolean;
  readonly unicast: boolean;
  /** What of it the asker told to know. */
  readonly known: Set<OwnRecord>;
  /** When somebody else last said the same of the name: they may answer, too. Milliseconds of the monotonic clock. */
  readonly saidElsewhereAt: number;
}

function lastSaidElsewhere({ sets }: OwnName): number {
  let time = -Infinity;
  for (const set of sets) time = Math.max(time, set.saidElsewhereAt);
  return time;
}

/** All of that type, or that there are none where that is certain (RFC 6762, sections 6.1 and 6.5). */
function matching(name: OwnName, type: number): readonly OwnSet[] {
  if (type === RecordType.ANY) return name.sets;
  const sets = name.sets.filter((set) => set.type === type);
  return sets.length === 0 && name.negative !== undefined ? [name.negative] : sets;
}

/** Whether the question is a probe for its name (RFC 6762, section 8.1). */
function isClaimed(question: LinkQuestion, { authority }: LinkMessage): boolean {
  for (const { name } of authority) if (sameName(name, question.name)) return true;
  return false;
}

function isProxied({ sets }: OwnName): boolean {
  return sets.every((set) => set.isProxied);
}

function claimsTheSame(question: LinkQuestion, { authority }: LinkMessage, name: OwnName): boolean {
  const theirs = authority.filter((record) => sameName(record.name, question.name));
  return (
    compareClaims(
      name.sets.flatMap((set) => set.records),
      theirs,
    ) === 0
  );
}
