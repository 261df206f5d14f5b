import { isSubdomain } from '../../src/corefile/zone.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { readName } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/**
 * The answer records that a question reaches by itself, by CNAME and by DNAME (RFC 1034, section 3.6.2, and RFC 6672):
 * those that it does not reach have no business there, and could be meant to poison a cache. Order is kept.
 * @param name the question's, in lower case
 */
export function reachable(answer: readonly ResourceRecord[], name: string): readonly ResourceRecord[] {
  if (areNamed(answer, name)) return answer;
  const names = new Set([name]);
  const owners = answer.map((record) => record.name.toLowerCase());
  const kept = answer.map(() => false);
  // Chains are nearly always in order, so that one round is enough, and another one to see that it was.
  for (let round = 0, grows = true; grows && round <= MAXIMUM_CHAIN; round++) {
    grows = false;
    for (let index = 0; index < answer.length; index++) {
      if (kept[index] === true || !isReached(answer[index]!, owners[index]!, names)) continue;
      kept[index] = true;
      grows = addTargets(answer[index]!, owners[index]!, names) || grows;
    }
  }
  return kept.every(Boolean) ? answer : answer.filter((_, index) => kept[index]);
}

/** Longer chains are cut off by resolvers too. */
const MAXIMUM_CHAIN = 16;

function areNamed(answer: readonly ResourceRecord[], name: string): boolean {
  for (let index = 0; index < answer.length; index++) {
    const owner = answer[index]!.name;
    if (owner !== name && (owner.length !== name.length || owner.toLowerCase() !== name)) return false;
  }
  return true;
}

function isReached(record: ResourceRecord, owner: string, names: ReadonlySet<string>): boolean {
  if (names.has(owner)) return true;
  // A DNAME stands above the names that it leads on, and its signature beside it.
  if (record.type !== RecordType.DNAME && !(record.type === RecordType.RRSIG && covers(record) === DNAME))
    return false;
  for (const name of names) if (isSubdomain(owner, name)) return true;
  return false;
}

const DNAME = RecordType.DNAME;

/** The type that an RRSIG record signs (RFC 4034, section 3.1). */
function covers({ data }: ResourceRecord): number {
  return data.length < 2 ? 0 : (data[0]! << 8) | data[1]!;
}

/** Adds the names that a record leads to. Says whether there were new ones. */
function addTargets(record: ResourceRecord, owner: string, names: Set<string>): boolean {
  if (record.type !== RecordType.CNAME && record.type !== DNAME) return false;
  const before = names.size;
  const target = readName(record.data, 0, true);
  if (record.type === RecordType.CNAME) names.add(target);
  else {
    for (const name of [...names]) {
      if (name !== owner && isSubdomain(owner, name)) names.add(substituted(name, owner, target));
    }
  }
  return names.size > before;
}

/** The name below `target` that a name below `owner` stands for. */
function substituted(name: string, owner: string, target: string): string {
  const prefix = owner === '.' ? name : name.slice(0, name.length - owner.length);
  return target === '.' ? prefix : prefix + target;
}
