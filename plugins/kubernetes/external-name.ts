import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { ServiceRecord } from '../../src/cluster/cluster-reader.ts';

/** A chain through more ExternalName Services than this is cut. */
const LONGEST_CHAIN = 10;

/** Records, and whether some are missing because a look-up's reply was truncated. */
export interface Chased {
  readonly records: readonly ResourceRecord[];
  readonly truncated: boolean;
}

const NOTHING: Chased = { records: [], truncated: false };

/** Where a chain of CNAMEs is being followed. */
export interface Chase {
  readonly query: Query;
  /** The zone that is answered from, lower case. */
  readonly zone: string;
  readonly ttl: number;
  /** The addresses of a name inside the zone: the next link of the chain. */
  resolve(name: string, seen: readonly string[]): Chased | Promise<Chased>;
}

/**
 * Follows an ExternalName Service (Kubernetes DNS specification, section 2.5): its CNAME record and what the target
 * has of the type asked for. Targets inside the zone come from the cluster, and a target that has nothing there
 * leaves no CNAME; others are looked up through the whole server. Synchronous when that is.
 * @param owner the Service's name as it is to stand in the answer
 * @param seen targets of the chain so far, in lower case
 */
export function followExternalName(
  chase: Chase,
  service: ServiceRecord,
  owner: string,
  seen: readonly string[],
): Chased | Promise<Chased> {
  const target = externalTarget(service);
  const lower = target.toLowerCase();
  // A name at or below the owner would lead back here.
  if (isSubdomain(owner.toLowerCase(), lower)) return NOTHING;
  if (seen.length >= LONGEST_CHAIN || seen.includes(lower)) return NOTHING;
  const cname = cnameRecord(owner, target, chase.ttl);
  if (isSubdomain(chase.zone, lower)) {
    const next = chase.resolve(target, [...seen, lower]);
    return next instanceof Promise ? next.then((late) => inside(cname, late)) : inside(cname, next);
  }
  const reply = chase.query.lookup(target, chase.query.type);
  return reply instanceof Promise ? reply.then((late) => outside(cname, late)) : outside(cname, reply);
}

/** The name that an ExternalName Service stands for, fully qualified, its letter case kept. */
export function externalTarget(service: ServiceRecord): string {
  const name = service.externalName;
  return name.endsWith('.') ? name : `${name}.`;
}

export function cnameRecord(owner: string, target: string, ttl: number): ResourceRecord {
  return { name: owner, type: RecordType.CNAME, class: RecordClass.IN, ttl, data: nameToWire(target) };
}

function inside(cname: ResourceRecord, next: Chased): Chased {
  if (next.records.length === 0) return next;
  return { records: [cname, ...next.records], truncated: next.truncated };
}

/** The CNAME stands alone where the look-up failed or found nothing; it is missing where there was no reply. */
function outside(cname: ResourceRecord, reply: Reply): Chased {
  if (reply === Reply.silence) return NOTHING;
  return { records: [cname, ...reply.answer], truncated: reply.truncated };
}
