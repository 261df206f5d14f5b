import { RecordType } from '../../wire/codes.ts';
import type { LinkRecord } from '../message.ts';
import { negativeAnswer } from './negative-answer.ts';
import { OwnSet } from './own-set.ts';
import type { OwnRecord, Sayer } from './own-set.ts';
import { recordKey } from './record-key.ts';

/** Sets without records that are remembered: those that come back go on with their limits. */
const MOST_PAST = 1000;

/** All that we say of one name. */
export interface OwnName {
  sets: readonly OwnSet[];
  /** What its other types are answered with, where the name is ours alone. */
  negative: OwnSet | undefined;
}

/**
 * What we say on the link, each record once, however many publications say it: services share the record of their
 * type, and two may be on one host.
 */
export class OwnNames {
  /** By name in lower case. */
  readonly #names = new Map<string, OwnName>();
  /** The oldest first. */
  readonly #past = new Map<string, OwnSet>();

  /** All of a name, in any letter case. */
  get(name: string): OwnName | undefined {
    return this.#names.get(name.toLowerCase());
  }

  /** The set of that very record, if it is said: also of one that says which types there are not. */
  setOf(record: LinkRecord): OwnSet | undefined {
    const name = this.get(record.name);
    const negative = name?.negative;
    if (record.type === negative?.type) return member(negative, record) === undefined ? undefined : negative;
    for (const set of name?.sets ?? []) {
      if (set.type === record.type && member(set, record) !== undefined) return set;
    }
    return undefined;
  }

  /**
   * Says a record for a publication from now on.
   * @returns its set when that is news to the link, else undefined
   */
  say(record: LinkRecord, sayer: Sayer): OwnSet | undefined {
    const key = record.name.toLowerCase();
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, (name = { sets: [], negative: undefined }));
    let set = name.sets.find(
      (other) => belongs(record, other) && (record.unique || member(other, record) !== undefined),
    );
    if (set === undefined) {
      const past = setKey(record);
      set = this.#past.get(past) ?? new OwnSet(record.type, record.unique);
      this.#past.delete(past);
      name.sets = [...name.sets, set];
    }
    const known = member(set, record);
    if (known !== undefined) {
      known.sayers.add(sayer);
      if (known.record.ttl === record.ttl) return undefined;
      known.record = record;
      return set;
    }
    const added: OwnRecord = {
      record,
      sayers: new Set([sayer]),
      multicastAt: -Infinity,
      saidElsewhereAt: -Infinity,
      saidByTwinAt: -Infinity,
    };
    set.members = [...set.members, added];
    changed(name);
    return set;
  }

  /**
   * A publication says a record no more.
   * @returns it, and its set without it, when nobody does any more, else undefined
   */
  unsay(record: LinkRecord, sayer: Sayer): { set: OwnSet; gone: OwnRecord } | undefined {
    const key = record.name.toLowerCase();
    const name = this.#names.get(key);
    const set = name?.sets.find((other) => belongs(record, other) && member(other, record) !== undefined);
    if (name === undefined || set === undefined) return undefined;
    const gone = member(set, record)!;
    gone.sayers.delete(sayer);
    if (gone.sayers.size > 0) return undefined;
    set.members = set.members.filter((other) => other !== gone);
    if (set.members.length === 0) {
      name.sets = name.sets.filter((other) => other !== set);
      this.#past.set(setKey(record), set);
      if (this.#past.size > MOST_PAST) this.#past.delete(this.#past.keys().next().value!);
    }
    if (name.sets.length === 0) this.#names.delete(key);
    changed(name);
    return { set, gone };
  }
}

/** The same for all records that may be in one set. */
function setKey(record: LinkRecord): string {
  return record.unique ? `${record.type} ${record.name.toLowerCase()}` : recordKey(record);
}

/** The record of a set that says the same. Its name is known to be the same. */
function member(set: OwnSet, { data }: LinkRecord): OwnRecord | undefined {
  return set.members.find(({ record }) => Buffer.compare(record.data, data) === 0);
}

function belongs(record: LinkRecord, set: OwnSet): boolean {
  return set.type === record.type && set.isUnique === record.unique;
}

/** What a name has no records of is another matter now; who waits for the answer gets the new one. */
function changed(name: OwnName): void {
  const { negative } = name;
  name.negative = undefined;
  const record = name.sets.length > 0 ? negativeOf(name.sets) : undefined;
  if (record === undefined) {
    if (negative !== undefined) negative.members = [];
    return;
  }
  const set = negative ?? new OwnSet(RecordType.NSEC, true);
  const { sayers } = name.sets[0]!.members[0]!;
  const [known] = set.members;
  const isSame = known !== undefined && Buffer.compare(known.record.data, record.data) === 0;
  const never = { multicastAt: -Infinity, saidElsewhereAt: -Infinity, saidByTwinAt: -Infinity };
  const since = isSame ? known : never;
  set.members = [{ ...since, record, sayers }];
  name.negative = set;
}

function negativeOf(sets: readonly OwnSet[]): LinkRecord | undefined {
  if (sets.some((set) => !set.isUnique)) return undefined;
  const records = sets.flatMap((set) => set.records);
  const types = sets.map((set) => set.type);
  return negativeAnswer(records[0]!.name, types, Math.min(...records.map(({ ttl }) => ttl)));
}
