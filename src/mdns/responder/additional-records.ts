import { RecordType } from '../../wire/codes.ts';
import { nameInData } from '../../wire/rdata.ts';
import type { OwnNames } from './own-names.ts';
import type { OwnSet } from './own-set.ts';

/** Bytes of priority, weight and port before the target of SRV. */
const SRV_TARGET_AT = 6;

/**
 * What whoever gets these answers will ask for next (RFC 6763, section 12; RFC 6762, section 6.2): of PTR the service
 * or host that it names, of SRV its host's addresses, of an address those of the other family, or that there are none.
 */
export function additionalSets(answers: readonly OwnSet[], names: OwnNames): OwnSet[] {
  const found = new Set(answers);
  // What is found is looked at in turn: PTR leads to SRV, and SRV to addresses.
  for (const set of found) {
    for (const next of nextSets(set, names)) if (next.isMarked === set.isMarked) found.add(next);
  }
  for (const set of answers) found.delete(set);
  return [...found];
}

function nextSets(set: OwnSet, names: OwnNames): readonly OwnSet[] {
  switch (set.type) {
    case RecordType.PTR:
      return targets(set, 0, names, [RecordType.SRV, RecordType.TXT, RecordType.A, RecordType.AAAA]);
    case RecordType.SRV:
      return targets(set, SRV_TARGET_AT, names, [RecordType.A, RecordType.AAAA]);
    case RecordType.A:
    case RecordType.AAAA:
      return otherAddresses(set, names);
    default:
      return [];
  }
}

function targets(set: OwnSet, at: number, names: OwnNames, types: readonly number[]): OwnSet[] {
  return set.members.flatMap(({ record }) =>
    (names.get(nameInData(record.data, at))?.sets ?? []).filter(
      (target) => target.isUnique && types.includes(target.type),
    ),
  );
}

function otherAddresses(set: OwnSet, names: OwnNames): readonly OwnSet[] {
  const name = names.get(set.members[0]!.record.name);
  const type = set.type === RecordType.A ? RecordType.AAAA : RecordType.A;
  const other = name?.sets.find((candidate) => candidate.type === type);
  if (other !== undefined) return [other];
  return name?.negative === undefined ? [] : [name.negative];
}
