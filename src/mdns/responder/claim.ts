import type { Deadline } from '../../plugin/deadline-queue.ts';
import { recordText } from '../../wire/presentation.ts';
import { sameName } from '../cached-record.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { LinkRecord } from '../message.ts';
import { agreeOnName } from './agreement.ts';
import type { ClaimedNames } from './claimed-names.ts';
import type { ConflictRate } from './conflict-rate.ts';
import type { Hearsay } from './hearsay.ts';
import type { OwnNames } from './own-names.ts';
import type { OwnSet, Sayer } from './own-set.ts';
import { GATHERING } from './prober.ts';
import type { Prober } from './prober.ts';
import type { Conflict, Publication, PublicationOwner, Published } from './publication.ts';
import type { RecentWords } from './recent-words.ts';
import type { ResponseQueue } from './response-queue.ts';
import { rivalOf } from './rival.ts';
import { compareClaims } from './tie-break.ts';
import { Words } from './words.ts';

/** Probes, and milliseconds from one to the next, and from the last to the announcement (RFC 6762, section 8.1). */
const PROBES = 3;
const PROBE_INTERVAL = 250;
/** Milliseconds that the loser of a tie waits before it probes again (section 8.2). */
const DEFER = 1000;
/** Milliseconds before each attempt after too many conflicts (section 8.1). */
const SLOW = 5000;
/**
 * Milliseconds for which others may be probing for what we are to say, too: another gateway, or a program that says who
 * this machine is. They ask every 250.
 */
const LISTENING = 500;

/** What the publications of a responder share. */
export interface ClaimParts {
  readonly engine: EngineParts;
  readonly names: OwnNames;
  readonly queue: ResponseQueue;
  readonly prober: Prober;
  readonly claimed: ClaimedNames;
  readonly rate: ConflictRate;
  readonly recent: RecentWords;
  readonly hearsay: Hearsay;
  /** It is withdrawn. */
  forget(claim: Claim): void;
}

/** `down`: the link is; `waiting`: to probe. */
type Phase = 'down' | 'waiting' | 'probing' | 'established' | 'withdrawn';

/** A publication on its way: its names probed, its records announced, defended, and given up. */
export class Claim implements Published, Deadline, Sayer {
  deadline = 0;
  place = -1;
  readonly #parts: ClaimParts;
  readonly #owner: PublicationOwner;
  readonly #words: Words;
  #publication: Publication;
  #phase: Phase = 'down';
  #probes = 0;
  /** Somebody said otherwise: no other gateway's word is taken for that it is all right. */
  #isContested = false;
  /** There were too many conflicts: attempts are seconds apart until one is won. */
  #isSlow = false;
  /** Names, in lower case, that nobody objected to. */
  readonly #owned = new Set<string>();
  /** Names, in lower case, that others turned out to have. */
  readonly #lost = new Set<string>();

  constructor(parts: ClaimParts, publication: Publication, owner: PublicationOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#publication = publication;
    this.#words = new Words(parts.names, parts.queue, parts.recent, this);
    this.#register();
  }

  get state(): Published['state'] {
    return this.#phase === 'withdrawn' || this.#phase === 'established' ? this.#phase : 'probing';
  }

  get isProxied(): boolean {
    return this.#publication.isProxied;
  }

  get isMarked(): boolean {
    return this.#publication.isProxied || this.#publication.isMarked === true;
  }

  get isOfMachine(): boolean {
    return this.#publication.isOfMachine === true;
  }

  /** Its names have been probed for at least once, or are ours. */
  isActive(name: string): boolean {
    return this.#phase === 'probing' || this.#owned.has(name.toLowerCase());
  }

  /** What it claims for a name. */
  claims(name: string): LinkRecord[] {
    return this.#publication.unique.filter((record) => sameName(record.name, name));
  }

  update(publication: Publication): void {
    if (this.#phase === 'withdrawn') return;
    const before = this.#unproven();
    this.#publication = publication;
    this.#register();
    if (this.#phase === 'down') return;
    const unproven = this.#unproven();
    const changed = this.#words.say(this.#sayable());
    for (const set of changed) if (this.#isAnnounced(set)) this.#parts.queue.announceChange(set);
    if (unproven.length > 0) {
      if (this.state === 'established' || unproven.some((name) => !before.includes(name))) this.#wait(0);
    } else if (this.state === 'probing') this.#establish();
  }

  close(): void {
    if (this.#phase === 'withdrawn') return;
    this.#words.say([]);
    this.#end();
  }

  /** The link is there: probes for its names. */
  linkUp(): void {
    if (this.#phase === 'down') this.#wait(this.#listening);
  }

  /** The link is gone, and with it all that was settled there. */
  linkDown(): void {
    if (this.#phase === 'withdrawn') return;
    this.#phase = 'down';
    this.#parts.engine.deadlines.remove(this);
    this.#words.forget();
    this.#owned.clear();
    this.#lost.clear();
  }

  /** There may be new listeners: what is established is announced anew. */
  announceAgain(): void {
    if (this.state === 'established') this.#announce(this.#words.sets());
  }

  /**
   * Another program of this machine says something of a name of the machine's. The same may be said by two; else it is
   * left to the other, and nobody is to hear that it ends.
   */
  heardNeighbour(name: string, records: readonly LinkRecord[]): void {
    const { unique, shared } = this.#publication;
    if (agreeOnName([...unique, ...shared], records, name)) return;
    this.#words.forget();
    if (this.#uniqueNames().includes(name.toLowerCase())) {
      this.#end();
      this.#owner.yielded?.();
    } else {
      this.#publication = { ...this.#publication, shared: [] };
      this.#register();
      this.#words.say(this.#sayable());
    }
  }

  /** Somebody else probes for a name of ours: if we do, too, one of us waits (RFC 6762, section 8.2). */
  heardProbe(name: string, theirs: readonly LinkRecord[]): void {
    if (!this.#unproven().includes(name.toLowerCase())) return;
    const order = compareClaims(this.claims(name), theirs);
    // It may be an old probe of our own that comes back: so it is no conflict yet, and we only ask again.
    if (this.#phase === 'probing' && order < 0) this.#wait(DEFER);
    // Another gateway is first to speak for the device: what comes of that will be heard.
    else if (this.#phase === 'waiting' && order === 0 && this.isProxied) this.#listen();
  }

  /** Somebody else said something else of a name of ours (RFC 6762, sections 8.1 and 9). */
  contradicted(conflict: Conflict): void {
    const { name, type } = conflict.record;
    if (this.#owned.has(name.toLowerCase())) {
      if (this.claims(name).some((record) => record.type === type)) this.#contest(conflict);
    } else if (this.#phase === 'probing') this.#lose(conflict);
  }

  expire(): void {
    const unproven = this.#unproven();
    if (unproven.length === 0) this.#establish();
    else if (this.#phase === 'probing') {
      if (this.#probes === PROBES) this.#establish();
      else this.#probe(unproven);
    } else {
      const rival = rivalOf(this, unproven, this.#parts.claimed, this.#parts.engine.link);
      if (rival !== undefined) this.#lose(rival);
      else if (this.#isVouchedFor(unproven)) this.#establish();
      else this.#probe(unproven);
    }
  }

  #isVouchedFor(names: readonly string[]): boolean {
    return this.isProxied && !this.#isContested && this.#parts.hearsay.vouchesFor(this.#claimsOf(names));
  }

  #probe(names: readonly string[]): void {
    this.#probes = this.#phase === 'probing' ? this.#probes + 1 : 1;
    this.#phase = 'probing';
    const claims = this.#claimsOf(names);
    this.#parts.prober.send({ names: claims.map(({ name }) => name), claims });
    // The last one may still wait for others of its packet.
    this.#setTimer(this.#probes === PROBES ? PROBE_INTERVAL + GATHERING : PROBE_INTERVAL);
  }

  #wait(least: number): void {
    this.#phase = 'waiting';
    const delay = this.#isSlow ? Math.max(least, SLOW) : least;
    this.#setTimer(this.#unproven().length === 0 ? 0 : this.#parts.prober.startDelay(delay));
  }

  #establish(): void {
    for (const name of this.#unproven()) this.#owned.add(name);
    this.#isSlow = false;
    this.#isContested = false;
    const wasSilent = this.#words.isSilent;
    const changed = this.#words.say(this.#sayable());
    this.#words.resume(this.#lost);
    this.#lost.clear();
    this.#words.compare(this.#parts.hearsay);
    this.#phase = 'established';
    this.#parts.engine.deadlines.remove(this);
    this.#announce(wasSilent ? this.#words.sets() : changed);
    this.#owner.established();
  }

  /**
   * Pointers from the machine's addresses are told to whoever asks: another program that starts on it just now would
   * take them for a stranger's words, and rename the machine.
   */
  #isAnnounced({ isUnique }: OwnSet): boolean {
    return isUnique || !this.isOfMachine;
  }

  #announce(sets: readonly OwnSet[]): void {
    const now = this.#parts.engine.clock.monotonic();
    for (const set of sets) {
      if (!this.#isAnnounced(set)) continue;
      // One gateway's word is enough where several speak for the same device.
      if (!this.isProxied || !set.isHeardOf(now)) this.#parts.queue.announce(set);
    }
  }

  /** An established name is in doubt: it is probed for again, which will tell whose it is (RFC 6762, section 9). */
  #contest(conflict: Conflict): void {
    this.#count(conflict);
    this.#words.suspend();
    this.#owned.clear();
    this.#isContested = true;
    this.#wait(0);
  }

  #lose(conflict: Conflict): void {
    this.#count(conflict);
    this.#phase = 'waiting';
    this.#lost.add(conflict.name.toLowerCase());
    const before = this.#uniqueNames();
    const next = this.#owner.conflict(conflict);
    if (this.state === 'withdrawn') return;
    if (next === undefined) {
      this.close();
      return;
    }
    this.#publication = next;
    this.#register();
    this.#words.say(this.#sayable());
    const after = this.#uniqueNames();
    const isRenamed = after.some((name) => !before.includes(name));
    if (isRenamed) {
      const { counters, log, link } = this.#parts.engine;
      counters.renames.value++;
      log.debug(`${link.name}: renamed ${before.join(', ')} to ${after.join(', ')}: ${cause(conflict)}`);
    }
    this.#wait(isRenamed ? this.#listening : DEFER);
  }

  #count(conflict: Conflict): void {
    const { counters, log, link } = this.#parts.engine;
    counters.conflicts.value++;
    log.debug(`${link.name}: conflict over ${conflict.name}: ${cause(conflict)}`);
    if (this.#parts.rate.isTooMany()) this.#isSlow = true;
  }

  /** How long to hear others first: who probes at the same time for the same machine would take us for a stranger. */
  get #listening(): number {
    return this.isOfMachine && this.#parts.engine.link.isShared ? LISTENING : 0;
  }

  /** What may be said: nothing of names that are still to be probed, nor what leads to them. */
  #sayable(): LinkRecord[] {
    const { unique, shared } = this.#publication;
    if (this.#unproven().length === 0) return [...unique, ...shared];
    return [
      ...unique.filter(({ name }) => this.#owned.has(name.toLowerCase())),
      ...shared.filter((record) => this.#words.has(record)),
    ];
  }

  /** @param names in lower case */
  #claimsOf(names: readonly string[]): LinkRecord[] {
    return this.#publication.unique.filter(({ name }) => names.includes(name.toLowerCase()));
  }

  #unproven(): string[] {
    return this.#uniqueNames().filter((name) => !this.#owned.has(name));
  }

  /** In lower case. */
  #uniqueNames(): string[] {
    return [...new Set(this.#publication.unique.map(({ name }) => name.toLowerCase()))];
  }

  #register(): void {
    const names = this.#uniqueNames();
    for (const name of this.#owned) if (!names.includes(name)) this.#owned.delete(name);
    const { shared } = this.#publication;
    const all = this.isOfMachine ? [...names, ...shared.map(({ name }) => name.toLowerCase())] : names;
    this.#parts.claimed.set(this, all);
  }

  #end(): void {
    this.#words.resume(this.#lost);
    this.#phase = 'withdrawn';
    this.#parts.engine.deadlines.remove(this);
    this.#parts.claimed.set(this, []);
    this.#parts.forget(this);
  }

  #listen(): void {
    if (this.deadline - this.#parts.engine.clock.monotonic() < LISTENING) this.#setTimer(LISTENING);
  }

  #setTimer(delay: number): void {
    const { deadlines } = this.#parts.engine;
    deadlines.remove(this);
    deadlines.add(this, delay);
  }
}

function cause({ source, record }: Conflict): string {
  return `${source.address} port ${source.port} says ${recordText(record)}`;
}
