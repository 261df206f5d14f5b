import { RecordType } from '../../wire/codes.ts';
import { nameInData } from '../../wire/rdata.ts';
import { sameRecord } from '../cached-record.ts';
import type { LinkRecord } from '../message.ts';
import type { Hearsay } from './hearsay.ts';
import type { OwnNames } from './own-names.ts';
import type { OwnSet, Sayer } from './own-set.ts';
import type { RecentWords } from './recent-words.ts';
import { recordKey } from './record-key.ts';
import type { ResponseQueue } from './response-queue.ts';

/** What one publication says now. */
export class Words {
  readonly #names: OwnNames;
  readonly #queue: ResponseQueue;
  readonly #recent: RecentWords;
  readonly #sayer: Sayer;
  readonly #said = new Map<string, LinkRecord>();
  /** What is not said while a name is in doubt: it goes on afterwards, or is taken back. */
  #suspended: LinkRecord[] = [];

  constructor(names: OwnNames, queue: ResponseQueue, recent: RecentWords, sayer: Sayer) {
    this.#names = names;
    this.#queue = queue;
    this.#recent = recent;
    this.#sayer = sayer;
  }

  get isSilent(): boolean {
    return this.#said.size === 0;
  }

  has(record: LinkRecord): boolean {
    return this.#said.has(recordKey(record));
  }

  /** All sets that records of it are in. */
  sets(): OwnSet[] {
    const sets = new Set<OwnSet>();
    for (const record of this.#said.values()) {
      const set = this.#names.setOf(record);
      if (set !== undefined) sets.add(set);
    }
    return [...sets];
  }

  /**
   * Says these and nothing else, with goodbyes for what is gone: but not for unique ones that others take the place of,
   * since the cache-flush bit of those ends them (RFC 6762, section 8.4).
   * @returns the sets that are others now
   */
  say(records: readonly LinkRecord[]): OwnSet[] {
    const changed = new Set<OwnSet>();
    const wanted = new Map(records.map((record) => [recordKey(record), record]));
    for (const [key, record] of wanted) {
      const set = this.#names.say(record, this.#sayer);
      this.#said.set(key, record);
      if (set === undefined) continue;
      changed.add(set);
      this.#queue.stay((other) => sameRecord(other, record));
    }
    for (const [key, record] of [...this.#said]) {
      if (wanted.has(key)) continue;
      const unsaid = this.#end(key, record);
      if (unsaid === undefined) continue;
      const { set, wasHeard } = unsaid;
      changed.add(set);
      if (wasHeard && (!record.unique || set.members.length === 0)) {
        this.#queue.goodbye(record, this.#sayer.isMarked);
      }
    }
    return [...changed].filter((set) => set.members.length > 0);
  }

  /** Notes which records others say. */
  compare(hearsay: Hearsay): void {
    for (const set of this.sets()) {
      for (const member of set.members) {
        member.saidElsewhereAt = Math.max(member.saidElsewhereAt, hearsay.when(member.record));
      }
    }
  }

  /** Says nothing for now, without goodbyes: whose the name is will be seen. */
  suspend(): void {
    for (const [key, record] of [...this.#said]) {
      if (this.#end(key, record)?.wasHeard === true) this.#suspended.push(record);
    }
  }

  /** It is seen. What was suspended and is not said again ends, but for the names, in lower case, that others have. */
  resume(lost: ReadonlySet<string>): void {
    for (const record of this.#suspended) {
      if (this.#names.setOf(record) !== undefined || isOf(record, lost)) continue;
      this.#queue.goodbye(record, this.#sayer.isMarked);
    }
    this.#suspended = [];
  }

  /** Says nothing any more, and no goodbyes either: nobody would hear them. */
  forget(): void {
    this.suspend();
    this.#suspended = [];
  }

  #end(key: string, record: LinkRecord): { set: OwnSet; wasHeard: boolean } | undefined {
    this.#said.delete(key);
    const unsaid = this.#names.unsay(record, this.#sayer);
    if (unsaid === undefined) return undefined;
    const { set, gone } = unsaid;
    this.#recent.ended(record);
    if (set.members.length === 0) this.#queue.drop(set);
    // Also where somebody else alone has said it: who that was may be gone by now.
    return { set, wasHeard: gone.multicastAt > -Infinity || gone.saidElsewhereAt > -Infinity };
  }
}

/** Whether a record is of one of these names, or leads to one: then it may be another's by now. */
function isOf(record: LinkRecord, names: ReadonlySet<string>): boolean {
  if (names.has(record.name.toLowerCase())) return true;
  return record.type === RecordType.PTR && names.has(nameInData(record.data).toLowerCase());
}
