import type { ResourceRecord } from '../wire/record.ts';

/** Shared by all that have none: most sets have no signatures. */
const NO_RECORDS: readonly ResourceRecord[] = [];
const NO_SETS: readonly RecordSet[] = [];

/** The records of one owner and type, with the signatures that cover them. */
export class RecordSet {
  readonly type: number;
  records = NO_RECORDS;
  /** RRSIG records that cover this type. */
  signatures = NO_RECORDS;
  /** Address records of the names that these records point to; found when they are first wanted. */
  targets: readonly RecordSet[] | undefined;

  constructor(type: number) {
    this.type = type;
  }
}

/** A name of a zone: one that owns records, or an empty non-terminal (RFC 4592, section 2.2.2). */
export class ZoneNode {
  /** Lower case, fully qualified. */
  readonly name: string;
  readonly parent: ZoneNode | undefined;
  sets = NO_SETS;
  /** The name `*` below this one. */
  wildcard: ZoneNode | undefined;
  /**
   * The topmost of this name and those above it that takes its questions away: a zone cut, or a DNAME above it.
   * Below either there is nothing of this zone but glue (RFC 1034, section 4.2.1; RFC 6672, section 2.4).
   */
  cover: ZoneNode | undefined;

  constructor(name: string, parent: ZoneNode | undefined) {
    this.name = name;
    this.parent = parent;
  }

  /** The records of a type; undefined when there are none. */
  set(type: number): RecordSet | undefined {
    const { sets } = this;
    for (let index = 0; index < sets.length; index++) {
      const set = sets[index]!;
      if (set.type === type && set.records.length > 0) return set;
    }
    return undefined;
  }

  /** The set of a type, made when it is not there yet; for zones that are being built. */
  openSet(type: number): RecordSet {
    const known = this.sets.find((set) => set.type === type);
    if (known !== undefined) return known;
    const made = new RecordSet(type);
    this.sets = withOne(this.sets, made);
    return made;
  }

  /** Whether it owns no records. */
  get isEmpty(): boolean {
    for (const set of this.sets) if (set.records.length > 0) return false;
    return true;
  }
}

/**
 * A list with one more item at its end; one that is not empty is taken over. A list of one item is made as such,
 * for pushing into an empty one reserves room for many, and a large zone has hundreds of thousands of lists.
 */
export function withOne<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}
