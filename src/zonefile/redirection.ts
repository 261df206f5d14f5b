import { RecordClass, RecordType } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { nameToWire } from '../wire/name.ts';
import { nameInData } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';

/**
 * Where a DNAME record leads a name below its owner (RFC 6672, section 2.2). Undefined when that would be longer
 * than a name can be.
 */
export function redirectedName(name: string, dname: ResourceRecord): string | undefined {
  const target = nameInData(dname.data).toLowerCase();
  const prefix = dname.name === '.' ? name : name.slice(0, name.length - dname.name.length);
  const redirected = target === '.' ? prefix : prefix + target;
  try {
    nameToWire(redirected);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
  return redirected;
}

/** The CNAME record that a DNAME stands for, with the TTL of that (RFC 6672, section 3.1), in seconds. */
export function synthesisedAlias(name: string, target: string, ttl: number): ResourceRecord {
  return { name, type: RecordType.CNAME, class: RecordClass.IN, ttl, data: nameToWire(target) };
}
