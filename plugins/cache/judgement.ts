import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { ResponseType, responseType } from '../../src/server/response-type.ts';
import { RecordType } from '../../src/wire/codes.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { CacheOptions, KeepOptions } from './options.ts';

/** Seconds for what has no TTL of its own to go by. */
const TTL_WITHOUT_RECORDS = 5;
const LONGEST_TTL = 3600;

/** With records or without: the two stores, and the metric label `type`. */
export type Kind = 'success' | 'denial';

/** What is to become of a reply. */
export interface Judgement {
  /** Where to keep it; undefined: nowhere. */
  readonly kind: Kind | undefined;
  /** Whole seconds: the TTL of all its records. */
  readonly ttl: number;
  /** SERVFAIL or NOTIMP: kept, but never longer than it lives. */
  readonly isFailure: boolean;
}

/** @param now milliseconds since 1970 */
export function judge(query: Query, reply: Reply, options: CacheOptions, now: number): Judgement {
  let type = responseType(query, reply, now);
  let answers = true;
  if (type === ResponseType.NoError && reply.answer.length > 0 && !hasAnswer(query, reply)) {
    if (hasStartOfAuthority(reply)) type = ResponseType.NoData;
    else answers = false;
  }
  const isFailure = type === ResponseType.ServerError;
  const ttl = timeToLive(type, reply, options);
  const kept = answers && !reply.truncated && ttl > 0;
  return { kind: kept ? kindOf(type, query, reply, options) : undefined, ttl, isFailure };
}

function kindOf(type: ResponseType, query: Query, reply: Reply, options: CacheOptions): Kind | undefined {
  switch (type) {
    case ResponseType.NoError:
    case ResponseType.Delegation:
      return isIn(options.disabledSuccess, query.name) ? undefined : 'success';
    case ResponseType.NameError:
      // Without one nobody says how long the name is missing (RFC 2308, section 5).
      if (!hasStartOfAuthority(reply)) return undefined;
      break;
    case ResponseType.NoData:
    case ResponseType.ServerError:
      break;
    default:
      return undefined;
  }
  return isIn(options.disabledDenial, query.name) ? undefined : 'denial';
}

function timeToLive(type: ResponseType, reply: Reply, options: CacheOptions): number {
  switch (type) {
    case ResponseType.ServerError:
      return Math.floor(options.serverFailure / 1000);
    case ResponseType.NameError:
    case ResponseType.NoData:
      return clamp(minimalTtl(reply), options.denial);
    case ResponseType.NoError:
      return clamp(minimalTtl(reply), options.success);
    default:
      return clamp(TTL_WITHOUT_RECORDS, options.success);
  }
}

function clamp(ttl: number, { ttl: longest, minimumTtl }: KeepOptions): number {
  return Math.min(Math.max(ttl, minimumTtl), longest);
}

/** The SOA's MINIMUM field does not count, as in CoreDNS. */
function minimalTtl(reply: Reply): number {
  const least = Math.min(leastTtl(reply.answer), leastTtl(reply.authority), leastTtl(reply.additional));
  return least === Infinity ? TTL_WITHOUT_RECORDS : Math.min(least, LONGEST_TTL);
}

function leastTtl(records: readonly ResourceRecord[]): number {
  let least = Infinity;
  for (const { ttl } of records) if (ttl < least) least = ttl;
  return least;
}

/** A chain of CNAMEs alone is no answer, but for who asked for CNAME. */
function hasAnswer({ type }: Query, { answer }: Reply): boolean {
  return type === RecordType.ANY || answer.some((record) => record.type === type);
}

function hasStartOfAuthority({ authority }: Reply): boolean {
  return authority.some((record) => record.type === RecordType.SOA);
}

/** Whether one of the zones holds the name. */
export function isIn(zones: readonly string[], name: string): boolean {
  for (let index = 0; index < zones.length; index++) if (isSubdomain(zones[index]!, name)) return true;
  return false;
}
