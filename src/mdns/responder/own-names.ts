import { RecordType } from '../../wire/codes.ts';
import type { LinkRecord } from '../message.ts';
import { negativeAnswer } from './negative-answer.ts';
import { OwnSet } from './own-set.ts';
import type { OwnRecord, Sayer } from './own-set.ts';

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
      set = new OwnSet(record.type, record.unique);
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
    };
    set.members = [...set.members, added];
    changed(name);
    return set;
  }

  /**
   * A publication says a record no more.
   * @returns its set, without it, when nobody does any more, else undefined
   */
  unsay(record: LinkRecord, sayer: Sayer): OwnSet | undefined {
    const key = record.name.toLowerCase();
    const name = this.#names.get(key);
    const set = name?.sets.find((other) => belongs(record, other) && member(other, record) !== undefined);
    if (name === undefined || set === undefined) return undefined;
    const gone = member(set, record)!;
    gone.sayers.delete(sayer);
    if (gone.sayers.size > 0) return undefined;
    set.members = set.members.filter((other) => other !== gone);
    if (set.members.length === 0) name.sets = name.sets.filter((other) => other !== set);
    if (name.sets.length === 0) this.#names.delete(key);
    changed(name);
    return set;
  }
}

/** The record of a set that says the same. Its name is known to be the same. */
function member(set: OwnSet, { data }: LinkRecord): OwnRecord | undefined {
  return set.members.find(({ record }) => Buffer.compare(record.data, data) === 0);
}

function belongs(record: LinkRecord, set: OwnSet): boolean {
  return set.type === record.type && set.isUnique === record.unique;
}

function changed(name: OwnName): void {
  const { negative } = name;
  name.negative = undefined;
  if (name.sets.length === 0 || name.sets.some((set) => !set.isUnique)) return;
  const [first] = name.sets[0]!.members;
  const ttl = Math.min(...name.sets.flatMap((set) => set.records.map((record) => record.ttl)));
  const record = negativeAnswer(
    first!.record.name,
    name.sets.map((set) => set.type),
    ttl,
  );
  if (record === undefined) return;
  const set = new OwnSet(RecordType.NSEC, true);
  const known = negative?.members[0];
  const isSame = known !== undefined && Buffer.compare(known.record.data, record.data) === 0;
  set.members = [
    {
      record,
      sayers: first!.sayers,
      multicastAt: isSame ? known.multicastAt : -Infinity,
      saidElsewhereAt: isSame ? known.saidElsewhereAt : -Infinity,
    },
  ];
  name.negative = set;
}
